internal import COpenJPEG
internal import Imaging

/// Decodes parts of one JPEG 2000 codestream with libopenjp2. Not safe to share between threads.
final class JPEG2000Decoder {
    let codestream: JPEG2000Codestream
    private let source: JPEG2000Source

    /// Reads the markers.
    ///
    /// - Throws: as `JPEG2000Codestream.init`.
    init(_ source: JPEG2000Source, at offset: Int) throws(ImageError) {
        self.source = source
        codestream = try JPEG2000Codestream(source, at: offset)
    }

    /// Bytes that decoding an area takes: each value as it comes out of the wavelet transform, and as libopenjp2 delivers it.
    static func workBytes(width: Int, height: Int, components: Int) -> Int {
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        let (bytes, overflows) = pixels.multipliedReportingOverflow(by: 10 * components)
        return overflow || overflows ? .max : bytes
    }

    /// Decodes an area, in pixels of the image, and hands over its planes.
    ///
    /// - Precondition: the area lies in the image and holds a pixel.
    /// - Throws: `ImageError.corrupt` with what libopenjp2 says.
    func decode<Result>(
        _ area: PixelRect, _ body: (JPEG2000Planes) throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        let image = codestream.image
        precondition(
            area.area > 0 && PixelRect(x: 0, y: 0, width: image.width, height: image.height).contains(area),
            "\(area) of \(image.width)×\(image.height)")
        let bytes = CodestreamBytes(source, codestream)
        let opened = copj_open(
            Unmanaged.passUnretained(bytes).toOpaque(),
            { context, offset, target, count in
                guard let context, let target else { return -1 }
                return Unmanaged<CodestreamBytes>.fromOpaque(context).takeUnretainedValue().read(
                    UnsafeMutableRawBufferPointer(start: target, count: Int(count)), at: Int(offset))
            }, Int64(bytes.byteCount))
        guard let session = opened else { throw .io(path: source.path, reason: "not enough memory to decode JPEG 2000") }
        defer {
            copj_close(session)
            withExtendedLifetime(bytes) {}
        }
        let wanted = PixelRect(x: image.x + area.x, y: image.y + area.y, width: area.width, height: area.height)
        let grid = withFirstSamples(wanted)
        guard copj_read_header(session) == 1,
            copj_decode(session, Int32(grid.x), Int32(grid.y), Int32(grid.endX), Int32(grid.endY)) == 1,
            let found = session.pointee.image, session.pointee.warning_count == 0, source.failure == nil
        else {
            throw source.failure ?? source.corrupt(Self.line(session) ?? "libopenjp2 cannot decode it")
        }
        guard Int(found.pointee.numcomps) == codestream.components.count, let components = found.pointee.comps else {
            throw source.corrupt("expected \(codestream.components.count) components, found \(found.pointee.numcomps)")
        }
        var planes: [JPEG2000Planes.Plane] = []
        for (index, component) in codestream.components.enumerated() {
            let plane = JPEG2000Planes.Plane(of: component, in: grid)
            guard Int(components[index].w) == plane.width, Int(components[index].h) == plane.height,
                let values = components[index].data, Int(components[index].prec) == component.bits
            else {
                throw source.corrupt(
                    "component \(index): expected \(plane.width)×\(plane.height) values of \(component.bits) bits, "
                        + "found \(components[index].w)×\(components[index].h) of \(components[index].prec)")
            }
            var filled = plane
            filled.values = UnsafePointer(values)
            planes.append(filled)
        }
        return try body(JPEG2000Planes(area: wanted, planes: planes))
    }

    /// An area of the grid with the samples that it begins with, which may lie to the left of it and above it, or, at the image's first
    /// pixels, to the right of it and below it: libopenjp2 does not decode an area in which a component has no sample.
    private func withFirstSamples(_ area: PixelRect) -> PixelRect {
        let image = codestream.image
        var (x, y) = (area.x, area.y)
        for component in codestream.components {
            x = min(x, area.x / component.stepX * component.stepX)
            y = min(y, area.y / component.stepY * component.stepY)
        }
        (x, y) = (max(x, image.x), max(y, image.y))
        var (endX, endY) = (area.endX, area.endY)
        for component in codestream.components {
            endX = max(endX, (x + component.stepX - 1) / component.stepX * component.stepX + 1)
            endY = max(endY, (y + component.stepY - 1) / component.stepY * component.stepY + 1)
        }
        return PixelRect(x: x, y: y, width: min(endX, image.endX) - x, height: min(endY, image.endY) - y)
    }

    /// What libopenjp2 says first, in one line of visible characters.
    private static func line(_ session: UnsafeMutablePointer<copj_session>) -> String? {
        let text = String(cString: copj_message(session))
        return text.isEmpty ? nil : String(text.map { $0.isNewline || !$0.isASCII ? " " : $0 })
    }
}

/// A codestream among other bytes, as libopenjp2 reads it: up to its last tile, and then the mark of the end, whether it was there or not.
private final class CodestreamBytes {
    private let source: JPEG2000Source
    private let offset: Int
    /// Up to the end of the last tile.
    private let ownByteCount: Int

    private static let end: [UInt8] = [0xFF, 0xD9]

    init(_ source: JPEG2000Source, _ codestream: JPEG2000Codestream) {
        self.source = source
        (offset, ownByteCount) = (codestream.offset, codestream.byteCount)
    }

    var byteCount: Int { ownByteCount + Self.end.count }

    /// The bytes that there were; -1 for none.
    func read(_ target: UnsafeMutableRawBufferPointer, at position: Int) -> Int64 {
        guard (0..<byteCount).contains(position) else { return -1 }
        let own = max(0, min(target.count, ownByteCount - position))
        if own > 0, source.read(UnsafeMutableRawBufferPointer(rebasing: target[..<own]), at: offset + position) != own {
            return -1
        }
        let rest = min(target.count, byteCount - position) - own
        let first = position + own - ownByteCount
        for index in 0..<rest { target[own + index] = Self.end[first + index] }
        return Int64(own + rest)
    }
}
