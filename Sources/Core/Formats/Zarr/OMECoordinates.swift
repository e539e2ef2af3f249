internal import Imaging

/// What an OME-Zarr image says of the place of its pixels: the units of its axes, and coordinate transformations of the whole and of each
/// resolution. They measure only: what is wrong in them is left out.
struct OMECoordinates {
    /// `[axis]`: its letter, and its unit.
    private let axes: [(letter: String, unit: String?)]
    private let whole: Transformation
    /// Of full resolution, if it agrees with it.
    private let geo: GeoReference?
    private let first: [AxisSampling?]

    /// - Parameters:
    ///   - list: the axes: objects, or letters alone as older versions write them; nil for t, c, z, y and x.
    ///   - image: the multiscale image.
    ///   - geo: the place on the Earth that is said of full resolution.
    init(axes list: MetadataValue?, of image: MetadataValue, geo: GeoReference?) {
        let axes = Self.axes(list)
        self.axes = axes
        let whole = Transformation(image, axisCount: axes.count)
        self.whole = whole
        let datasets = (try? image.member("datasets")?.elements()) ?? []
        let first = datasets.first.map { Self.samplings(axes, whole, Transformation($0, axisCount: axes.count)) } ?? []
        self.first = first
        self.geo = geo.flatMap { geo in
            let (x, y) = (Self.sampling("x", axes, first), Self.sampling("y", axes, first))
            return geo.agrees(x: x, y: y) ? geo : nil
        }
    }

    private static func axes(_ list: MetadataValue?) -> [(letter: String, unit: String?)] {
        guard let list else { return ["t", "c", "z", "y", "x"].map { (letter: $0, unit: nil) } }
        return ((try? list.elements()) ?? []).map { axis in
            let name = (try? axis.text()) ?? (try? axis.member("name")?.text()) ?? ""
            return (letter: name.lowercased(), unit: try? axis.member("unit")?.text())
        }
    }

    /// Where the pixels of one resolution lie.
    func metadata(of dataset: MetadataValue) -> ImageMetadata {
        let found = Self.samplings(axes, whole, Transformation(dataset, axisCount: axes.count))
        var metadata = ImageMetadata(
            x: stated("x", found), y: stated("y", found), z: stated("z", found), time: stated("t", found))
        metadata.geo = geo.flatMap { geo in
            guard let x = map("x", found), let y = map("y", found), x.step > 0, y.step > 0 else { return nil }
            return geo.seen(through: PixelMap(xx: x.step, x0: x.start, yy: y.step, y0: y.start))
        }
        return metadata
    }

    /// The coordinates along an axis; nil where they are the numbers of pixels, without a unit.
    private func stated(_ letter: String, _ found: [AxisSampling?]) -> AxisSampling? {
        guard let axis = Self.sampling(letter, axes, found) else { return nil }
        return axis.unit == nil && axis.step == 1 && axis.origin == 0 ? nil : axis
    }

    /// From the corners of pixels to those of full resolution: pixels lie around their centres, as coordinates are of centres.
    private func map(_ letter: String, _ found: [AxisSampling?]) -> (step: Double, start: Double)? {
        guard let full = Self.sampling(letter, axes, first), let level = Self.sampling(letter, axes, found) else { return nil }
        let step = level.step / full.step
        return (step, (level.origin - full.origin) / full.step + (1 - step) / 2)
    }

    private static func sampling(
        _ letter: String, _ axes: [(letter: String, unit: String?)], _ found: [AxisSampling?]
    ) -> AxisSampling? {
        axes.firstIndex { $0.letter == letter }.flatMap { found.indices.contains($0) ? found[$0] : nil }
    }

    private static func samplings(
        _ axes: [(letter: String, unit: String?)], _ whole: Transformation, _ part: Transformation
    ) -> [AxisSampling?] {
        axes.indices.map { axis in
            AxisSampling(
                step: part.scale[axis] * whole.scale[axis],
                origin: part.translation[axis] * whole.scale[axis] + whole.translation[axis], unit: axes[axis].unit)
        }
    }
}

extension OMECoordinates {
    /// A scaling and then a translation, along each axis.
    private struct Transformation {
        var scale: [Double]
        var translation: [Double]

        /// Takes what `coordinateTransformations` of `value` say, in their order; nothing of those of other lengths and kinds.
        init(_ value: MetadataValue, axisCount: Int) {
            scale = [Double](repeating: 1, count: axisCount)
            translation = [Double](repeating: 0, count: axisCount)
            for element in (try? value.member("coordinateTransformations")?.elements()) ?? [] {
                if let factors = Self.numbers(element, "scale", count: axisCount) {
                    for axis in factors.indices {
                        scale[axis] *= factors[axis]
                        translation[axis] *= factors[axis]
                    }
                }
                if let shifts = Self.numbers(element, "translation", count: axisCount) {
                    for axis in shifts.indices { translation[axis] += shifts[axis] }
                }
            }
        }

        private static func numbers(_ value: MetadataValue, _ name: String, count: Int) -> [Double]? {
            guard let numbers = (try? value.member(name))?.doubles, numbers.count == count else { return nil }
            return numbers
        }
    }
}

extension MetadataValue {
    /// The numbers of a list; nil for anything else.
    var doubles: [Double]? {
        guard case .array(let values) = value else { return nil }
        let numbers = values.compactMap { value -> Double? in
            switch value {
            case .integer(let number): Double(number)
            case .number(let number): number
            default: nil
            }
        }
        return numbers.count == values.count ? numbers : nil
    }
}

extension GeoReference {
    /// The attribute in which the tags of GeoTIFF are kept.
    static let attributeName = "geotiff"

    /// What the attributes of a group say of full resolution; nil where they say nothing, or something that cannot be.
    init?(_ attributes: MetadataValue) {
        guard let value = try? attributes.member(Self.attributeName) else { return nil }
        func doubles(_ name: String) -> [Double] { (try? value.member(name))?.doubles ?? [] }
        let keys = doubles("GeoKeyDirectory")
        self.init(
            pixelScale: doubles("ModelPixelScale"), tiepoints: doubles("ModelTiepoint"),
            transformation: doubles("ModelTransformation"), keys: keys.compactMap { UInt16(exactly: $0) },
            doubles: doubles("GeoDoubleParams"), text: (try? value.member("GeoAsciiParams")?.text()) ?? "")
        guard isValid, self.keys.count == keys.count else { return nil }
    }

    /// The tags as a JSON object.
    var json: String {
        let lists = [
            ("ModelPixelScale", pixelScale), ("ModelTiepoint", tiepoints), ("ModelTransformation", transformation),
            ("GeoDoubleParams", doubles),
        ].filter { !$0.1.isEmpty }.map { "\"\($0)\": [\($1.map { "\($0)" }.joined(separator: ", "))]" }
        let directory = keys.isEmpty ? [] : ["\"GeoKeyDirectory\": [\(keys.map { "\($0)" }.joined(separator: ", "))]"]
        let texts = text.isEmpty ? [] : ["\"GeoAsciiParams\": \(JSONText.quoted(text))"]
        return "{\((lists + directory + texts).joined(separator: ", "))}"
    }

    /// Whether coordinates say the same, as far as they can: an image that was scaled or cut since lies elsewhere.
    fileprivate func agrees(x: AxisSampling?, y: AxisSampling?) -> Bool {
        guard let x, let y else { return false }
        func isNear(_ one: AxisSampling, _ other: AxisSampling) -> Bool {
            abs(one.step - other.step) <= 1e-9 * abs(one.step) && abs(one.origin - other.origin) <= 1e-3 * abs(one.step)
        }
        if let axes { return isNear(axes.x, x) && isNear(axes.y, y) }
        // Of a turned image, only the size of pixels is in the coordinates; where points alone tell the place, nothing is.
        guard let sides else { return (x.step, y.step, x.origin, y.origin) == (1, 1, 0, 0) }
        return abs(sides.x.step - x.step) <= 1e-9 * x.step && abs(sides.y.step - y.step) <= 1e-9 * y.step
    }
}
