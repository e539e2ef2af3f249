internal import CTIFF
internal import Imaging

extension ImageMetadata {
    /// Sets the tags that say where the pixels lie in the directory that is to be written; false if libtiff refuses one.
    ///
    /// The place on the Earth is GeoTIFF's; the size of pixels is the resolution as it was read, or in centimetres.
    func set(in session: UnsafeMutablePointer<ctiff_session>) -> Bool {
        var isSet = true
        if let resolution = writtenResolution {
            isSet = ctiff_set_u16(session, UInt32(TIFFTAG_RESOLUTIONUNIT), UInt16(resolution.unit.rawValue)) == 1 && isSet
            isSet = ctiff_set_fraction(session, UInt32(TIFFTAG_XRESOLUTION), resolution.x) == 1 && isSet
            isSet = ctiff_set_fraction(session, UInt32(TIFFTAG_YRESOLUTION), resolution.y) == 1 && isSet
            for (tag, axis) in [(TIFFTAG_XPOSITION, x), (TIFFTAG_YPOSITION, y)] {
                guard let position = axis.flatMap({ Self.position(of: $0, resolution.unit) }) else { continue }
                isSet = ctiff_set_fraction(session, UInt32(tag), position) == 1 && isSet
            }
        }
        guard let geo else { return isSet }
        isSet = ctiff_know_geo_fields(session) == 1 && isSet
        for (tag, values) in [(33550, geo.pixelScale), (33922, geo.tiepoints), (34264, geo.transformation), (34736, geo.doubles)]
        {
            if !values.isEmpty { isSet = ctiff_set_values(session, UInt32(tag), UInt32(values.count), values) == 1 && isSet }
        }
        if !geo.keys.isEmpty { isSet = ctiff_set_values(session, 34735, UInt32(geo.keys.count), geo.keys) == 1 && isSet }
        if !geo.text.isEmpty { isSet = ctiff_set_text(session, 34737, geo.text) == 1 && isSet }
        return isSet
    }

    /// The resolution as it was read; otherwise the size of pixels as one, unless it only follows from the place on the Earth.
    private var writtenResolution: PrintResolution? {
        if let resolution { return Self.isStorable(resolution) ? resolution : nil }
        guard geo == nil, let x, let y else { return nil }
        let found: PrintResolution
        if let across = x.length(in: .centimetre), let down = y.length(in: .centimetre) {
            found = PrintResolution(x: 1 / across, y: 1 / down, unit: .centimetre)
        } else if x.unit == nil, y.unit == nil {
            found = PrintResolution(x: 1 / abs(x.step), y: 1 / abs(y.step), unit: .none)
        } else {
            return nil
        }
        return Self.isStorable(found) ? found : nil
    }

    /// A fraction of two whole numbers of 32 bits.
    private static func isStorable(_ resolution: PrintResolution) -> Bool {
        [resolution.x, resolution.y].allSatisfy { $0 >= 1e-9 && $0 < 4e9 }
    }

    /// The place of the first pixel's corner, in the unit of the resolution; nil where nothing is said, and below 0, for which TIFF has no
    /// number.
    private static func position(of axis: AxisSampling, _ unit: PrintResolution.Unit) -> Double? {
        guard axis.origin != 0, unit != .none else { return nil }
        let corner = axis.convert(axis.origin - axis.step / 2, to: unit == .inch ? .inch : .centimetre)
        return corner.flatMap { $0 >= 0 && $0 < 4e9 ? $0 : nil }
    }
}

extension ImageCaption {
    /// The description of an OME-TIFF, which only its axes or the size of its pixels make worth writing; nil if none is.
    func description(width: Int, height: Int, _ kind: PixelKind) -> String? {
        guard stack != nil || isOME && (metadata.x != nil || metadata.y != nil) else { return nil }
        return omeXML(width: width, height: height, kind, depth: stack?.depth ?? 1, times: stack?.times ?? 1)
    }

    /// OME-XML of images one after the other: planes in depth come first, then time points. In ASCII, as TIFF's texts are.
    func omeXML(width: Int, height: Int, _ kind: PixelKind, depth: Int, times: Int) -> String {
        let (samples, type) =
            switch kind {
            case .grey8, .palette8: (1, "uint8")
            case .grey16: (1, "uint16")
            case .grey32: (1, "uint32")
            case .rgb8: (3, "uint8")
            case .rgb16: (3, "uint16")
            }
        var sizes = ""
        for (axis, name) in [(metadata.x, "PhysicalSizeX"), (metadata.y, "PhysicalSizeY"), (metadata.z, "PhysicalSizeZ")] {
            if let axis, let unit = axis.unit.flatMap({ PhysicalUnit($0) }), unit.quantity == .length {
                sizes += " \(name)=\"\(abs(axis.step))\" \(name)Unit=\"\(Self.escaped(unit.symbol))\""
            }
        }
        if let axis = metadata.time, let unit = axis.unit.flatMap({ PhysicalUnit($0) }), unit.quantity == .time {
            sizes += " TimeIncrement=\"\(abs(axis.step))\" TimeIncrementUnit=\"\(Self.escaped(unit.symbol))\""
        }
        let schema = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
        let name = Self.escaped(name)
        let planes = (0..<times).map { t in (0..<depth).map { z in plane(depth: z, time: t) }.joined() }.joined()
        return
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OME xmlns=\"\(schema)\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
            + "xsi:schemaLocation=\"\(schema) \(schema)/ome.xsd\" Creator=\"coppice\"><Image ID=\"Image:0\" Name=\"\(name)\">"
            + "<Pixels ID=\"Pixels:0\" DimensionOrder=\"XYCZT\" Type=\"\(type)\" SizeX=\"\(width)\" SizeY=\"\(height)\" "
            + "SizeC=\"\(samples)\" SizeZ=\"\(depth)\" SizeT=\"\(times)\"\(sizes)>"
            + "<Channel ID=\"Channel:0:0\" SamplesPerPixel=\"\(samples)\" Name=\"\(name)\"/>"
            + "<TiffData IFD=\"0\" PlaneCount=\"\(depth * times)\"/>\(planes)</Pixels></Image></OME>"
    }

    /// Where a plane lies; empty where nothing is known beyond its number.
    private func plane(depth: Int, time: Int) -> String {
        let places = [("PositionX", metadata.x), ("PositionY", metadata.y), ("PositionZ", metadata.z)].compactMap { name, axis in
            guard let axis, axis.origin != 0, let unit = axis.unit.flatMap({ PhysicalUnit($0) }) else { return String?.none }
            let place = axis.origin + (name == "PositionZ" ? axis.step * Double(depth) : 0)
            return " \(name)=\"\(place)\" \(name)Unit=\"\(Self.escaped(unit.symbol))\""
        }
        return places.isEmpty ? "" : "<Plane TheC=\"0\" TheZ=\"\(depth)\" TheT=\"\(time)\"\(places.joined())/>"
    }

    /// A text between the quotation marks of XML.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "&", "<", ">", "\"", "'": "&#\(scalar.value);"
            case _ where scalar.value >= 32 && scalar.value < 127: String(scalar)
            // XML has no other control characters.
            case "\t", "\n", "\r": " "
            default: scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF ? "" : "&#\(scalar.value);"
            }
        }.joined()
    }
}
