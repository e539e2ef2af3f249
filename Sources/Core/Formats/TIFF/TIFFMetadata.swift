internal import CTIFF
internal import Imaging

extension TIFFSession {
    /// Where the pixels of the current directory lie, by its own tags and by what the description says of all planes.
    ///
    /// Wrong tags are left out: they concern no pixel's value.
    func metadata(_ stack: TIFFStack) -> ImageMetadata {
        var found = stack.metadata
        found.geo = GeoReference(self)
        if found.x != nil || found.y != nil { return found }
        let resolution = resolution
        if let unit = stack.resolutionUnit {
            // ImageJ: the number of pixels in a unit that it names in words.
            found.x = resolution.flatMap { Self.axis($0.x, unit, origin: stack.originX) }
            found.y = resolution.flatMap { Self.axis($0.y, unit, origin: stack.originY) }
            return found
        }
        found.resolution = resolution
        if let geo = found.geo {
            if let axes = geo.axes ?? geo.sides { (found.x, found.y) = (axes.x, axes.y) }
            return found
        }
        guard let resolution else { return found }
        found.x = axis(resolution.x, resolution.unit, position: UInt32(TIFFTAG_XPOSITION))
        found.y = axis(resolution.y, resolution.unit, position: UInt32(TIFFTAG_YPOSITION))
        return found
    }

    /// Pixels in a unit; nil where the directory does not say it, or says what programs write that know nothing.
    private var resolution: PrintResolution? {
        let (x, y) = (ctiff_fraction(pointer, UInt32(TIFFTAG_XRESOLUTION)), ctiff_fraction(pointer, UInt32(TIFFTAG_YRESOLUTION)))
        // Without a unit, TIFF means inches.
        let unit = PrintResolution.Unit(rawValue: Int(ctiff_resolution_unit(pointer))) ?? .inch
        guard x.isFinite, x > 0, y.isFinite, y > 0, unit == .centimetre || (x, y) != (1, 1) else { return nil }
        return PrintResolution(x: x, y: y, unit: unit)
    }

    /// The side of a pixel in a unit that is named in words, or in none.
    ///
    /// - Parameter origin: the pixel whose coordinate is 0.
    private static func axis(_ resolution: Double, _ unit: String, origin: Double) -> AxisSampling? {
        let step = side(1, resolution)
        return AxisSampling(step: step, origin: origin == 0 ? 0 : -origin * step, unit: PhysicalUnit(unit)?.name)
    }

    /// The side of a pixel in micrometres, and its place; of a resolution without a unit, its part of one.
    private func axis(_ resolution: Double, _ unit: PrintResolution.Unit, position: UInt32) -> AxisSampling? {
        let length: Double
        switch unit {
        case .none: return AxisSampling(step: Self.side(1, resolution))
        case .inch: length = 25_400
        case .centimetre: length = 10_000
        }
        let step = Self.side(length, resolution)
        let name = PhysicalUnit.micrometre.name
        // The field is of the corner.
        let place = ctiff_fraction(pointer, position)
        return AxisSampling(step: step, origin: place >= 0 ? place * length + step / 2 : 0, unit: name)
    }

    /// `length / resolution` in the fewest digits: libtiff keeps a resolution in 24 bits.
    private static func side(_ length: Double, _ resolution: Double) -> Double {
        let side = length / resolution
        var power = 1.0
        while side * power < 1, power < 1e20 { power *= 10 }
        for _ in 0..<8 {
            let rounded = (side * power).rounded() / power
            if abs(rounded - side) <= side * 6e-8 { return rounded }
            power *= 10
        }
        return side
    }
}

extension GeoReference {
    /// What the current directory says; nil where it says nothing, or something that cannot be.
    fileprivate init?(_ session: TIFFSession) {
        self.init(
            pixelScale: session.values(33550, TIFF_DOUBLE), tiepoints: session.values(33922, TIFF_DOUBLE),
            transformation: session.values(34264, TIFF_DOUBLE), keys: session.values(34735, TIFF_SHORT),
            doubles: session.values(34736, TIFF_DOUBLE),
            text: String(decoding: (session.values(34737, TIFF_ASCII) as [UInt8]).prefix { $0 != 0 }, as: UTF8.self))
        guard isValid else { return nil }
    }

}

extension TIFFSession {
    /// More values of a field are not taken.
    private static let valuesMax = 1 << 16

    /// The values of a field that libtiff does not know; none unless they are of this type.
    fileprivate func values<Value>(_ tag: UInt32, _ type: TIFFDataType) -> [Value] {
        var count: UInt32 = 0
        guard let values = ctiff_values(pointer, tag, type, &count), count <= Self.valuesMax else { return [] }
        return Array(UnsafeBufferPointer(start: values.assumingMemoryBound(to: Value.self), count: Int(count)))
    }
}

extension TIFFImage {
    /// Where the pixels of one plane lie, in one resolution.
    ///
    /// - Throws: `ImageError` for a page or level that there is not.
    func metadata(of selection: ImageSelection) throws(ImageError) -> ImageMetadata {
        var full: ImageMetadata
        if selection.page == 0, selection.level == 0, stack.channels == 1, stack.place(ofChannel: 0, page: 0) == 0 {
            full = session.metadata(stack)
        } else {
            let levels = try entry(ofChannel: 0, of: selection, in: TIFFIndex(session)).0.levels
            try session.go(to: levels[0])
            full = session.metadata(stack)
            if selection.level > 0 {
                let size = try session.directory()
                try session.go(to: levels[selection.level])
                full = try metadata(ofLevelBelow: full, width: Int(size.width), height: Int(size.height))
            }
        }
        let directory = try session.directory()
        let orientation = Orientation(rawValue: Int(directory.orientation)) ?? firstOrientation
        full = full.shown(orientation, width: Int(directory.width), height: Int(directory.height))
        let depth = max(1, stack.depth ?? 1)
        let plane = full.plane(depth: selection.page % depth, time: selection.page / depth)
        return stack.positions[selection.page].map { plane.placed(at: $0) } ?? plane
    }

    /// Where the pixels of the resolution lie at whose directory the session is.
    ///
    /// Its own tags are believed as far as they give the extent of the full one within a pixel: some programs write the same resolution
    /// everywhere.
    ///
    /// - Parameters:
    ///   - full: of the full resolution.
    ///   - width: of the full resolution in pixels, as `height`.
    func metadata(ofLevelBelow full: ImageMetadata, width: Int, height: Int) throws(ImageError) -> ImageMetadata {
        let directory = try session.directory()
        let (across, down) = (
            Double(width) / Double(max(directory.width, 1)), Double(height) / Double(max(directory.height, 1))
        )
        let scaled = full.scaled(x: across, y: down)
        let own = session.metadata(stack)
        guard stack.metadata.x == nil, (own.geo == nil) == (full.geo == nil), own.x?.unit == full.x?.unit,
            Self.agree(own.x, scaled.x, count: Int(directory.width)), Self.agree(own.y, scaled.y, count: Int(directory.height))
        else { return scaled }
        var level = own
        if own.geo == nil {
            // The corner is the full one's; positions are not written more exactly.
            level.x = own.x.flatMap { full.x?.begun(withSide: $0.step) }
            level.y = own.y.flatMap { full.y?.begun(withSide: $0.step) }
        }
        return level
    }

    private static func agree(_ own: AxisSampling?, _ scaled: AxisSampling?, count: Int) -> Bool {
        guard let own, let scaled else { return false }
        return abs(own.step / scaled.step - 1) * Double(count) <= 1.01
    }
}

extension AxisSampling {
    /// Of pixels of another size whose first one begins where this one's does.
    fileprivate func begun(withSide step: Double) -> AxisSampling? {
        AxisSampling(step: step, origin: origin + (step - self.step) / 2, unit: unit)
    }
}
