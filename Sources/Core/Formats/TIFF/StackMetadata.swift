internal import Imaging

/// Where one plane of a stack lies, as far as it is said of this plane alone.
struct PlanePosition: Equatable {
    var x: Double?
    var y: Double?
    var z: Double?
    var time: Double?
}

extension ImageMetadata {
    /// Of a plane whose first pixel's centre is stated, in the units of the axes.
    func placed(at position: PlanePosition) -> ImageMetadata {
        func moved(_ axis: AxisSampling?, _ origin: Double?) -> AxisSampling? {
            guard let axis, let origin else { return axis }
            return AxisSampling(step: axis.step, origin: origin, unit: axis.unit) ?? axis
        }
        var placed = self
        (placed.x, placed.y) = (moved(x, position.x), moved(y, position.y))
        (placed.z, placed.time) = (moved(z, position.z), moved(time, position.time))
        return placed
    }
}

extension OMEXML {
    /// Sizes of pixels and steps between planes and time points, with their units.
    var metadata: ImageMetadata {
        ImageMetadata(
            x: axis("PhysicalSizeX", "µm"), y: axis("PhysicalSizeY", "µm"), z: axis("PhysicalSizeZ", "µm"),
            time: axis("TimeIncrement", "s"))
    }

    private func axis(_ name: String, _ unit: String) -> AxisSampling? {
        guard let size = number(pixels, name), size > 0 else { return nil }
        guard let unit = PhysicalUnit(pixels["\(name)Unit"] ?? unit) else {
            // Pixels, or a frame of reference that is not a length: a step of 1 says nothing.
            return size == 1 ? nil : AxisSampling(step: size)
        }
        return AxisSampling(step: size, unit: unit.name)
    }

    /// Places of planes, in the units of the sizes, by the number of the page.
    func positions(depth: Int, times: Int) -> [Int: PlanePosition] {
        let sizes = metadata
        var positions: [Int: PlanePosition] = [:]
        for plane in planes {
            let (z, t) = (plane["TheZ"].flatMap { Int($0) } ?? 0, plane["TheT"].flatMap { Int($0) } ?? 0)
            guard (0..<depth).contains(z), (0..<times).contains(t), positions[t * depth + z] == nil else { continue }
            let position = PlanePosition(
                x: value(plane, "PositionX", "reference frame", in: sizes.x),
                y: value(plane, "PositionY", "reference frame", in: sizes.y),
                z: value(plane, "PositionZ", "reference frame", in: sizes.z), time: value(plane, "DeltaT", "s", in: sizes.time))
            if position != PlanePosition() { positions[t * depth + z] = position }
        }
        return positions
    }

    /// A place or time in the unit of an axis; nil where either has none.
    private func value(_ plane: [String: String], _ name: String, _ unit: String, in axis: AxisSampling?) -> Double? {
        guard let value = number(plane, name), let from = PhysicalUnit(plane["\(name)Unit"] ?? unit),
            let to = axis?.unit.flatMap({ PhysicalUnit($0) })
        else { return nil }
        return from.convert(value, to: to)
    }

    private func number(_ attributes: [String: String], _ name: String) -> Double? {
        attributes[name].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }
}

extension TIFFStack {
    /// Takes the steps and units from ImageJ's description; the size of pixels is in tags, in a unit that is named here.
    ///
    /// - Parameter value: the value of a key.
    mutating func readCalibration(_ value: (String) -> String?) {
        func number(_ key: String) -> Double? { value(key).flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } }
        resolutionUnit = value("unit")
        (originX, originY) = (number("xorigin") ?? 0, number("yorigin") ?? 0)
        let name = PhysicalUnit(value("zunit") ?? resolutionUnit ?? "pixel")?.name
        if let spacing = number("spacing"), name != nil || spacing != 1 {
            metadata.z = AxisSampling(step: abs(spacing), origin: -(number("zorigin") ?? 0) * abs(spacing), unit: name)
        }
        if let interval = number("finterval") {
            metadata.time = AxisSampling(step: abs(interval), unit: PhysicalUnit(value("tunit") ?? "sec")?.name)
        }
    }
}
