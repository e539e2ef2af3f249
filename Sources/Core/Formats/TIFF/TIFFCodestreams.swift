internal import CTIFF
internal import Imaging

/// The chunks of a TIFF that are JPEG 2000 codestreams, in the layout that libtiff delivers other chunks in. Not safe to share between
/// threads.
final class TIFFCodestreams {
    private let session: TIFFSession
    private let isYCbCr: Bool
    /// The chunk that was read last: strips are decoded in parts.
    private var held: (index: Int, decoder: JPEG2000Decoder)?
    /// One row: `[column][component]`.
    private var row: [Int32] = []

    /// - Parameter isYCbCr: whether three components are luminance and colour differences, unless the codestream transforms them itself.
    init(_ session: TIFFSession, isYCbCr: Bool) { (self.session, self.isYCbCr) = (session, isYCbCr) }

    /// Decodes rows of a chunk: `[row][column][sample]`, each row as long as one of a chunk.
    ///
    /// - Parameters:
    ///   - lines: rows of the chunk that lie in the image.
    ///   - columns: those of the chunk that lie in the image.
    /// - Throws: `ImageError`: `corrupt` when the codestream is damaged or contradicts the directory, `unsupported` for what is not read.
    func read(
        _ index: Int, _ lines: Range<Int>, columns: Int, into stored: UnsafeMutableRawBufferPointer, _ layout: TIFFLayout
    ) throws(ImageError) {
        let place = "\(layout.isTiled ? "tile" : "strip") \(index)"
        let decoder = try decoder(index, place, layout)
        let codestream = decoder.codestream
        let count = codestream.components.count
        let chunkRow = index % (layout.chunkColumns * layout.chunkRows) / layout.chunkColumns
        let rows = min(layout.chunkHeight, layout.height - chunkRow * layout.chunkHeight)
        let size = codestream.image
        guard (columns...layout.chunkWidth).contains(size.width), (rows...layout.chunkHeight).contains(size.height) else {
            throw contradiction(
                place, "\(layout.chunkWidth)×\(layout.chunkHeight) pixels", "\(size.width)×\(size.height)")
        }
        let isColoured = convertsColours(of: codestream)
        let isWhole = lines.count == rows
        let area = PixelRect(
            x: 0, y: isWhole ? 0 : lines.lowerBound, width: size.width, height: isWhole ? size.height : lines.count)
        let (valueCount, bits) = (layout.chunkWidth * count, layout.values.bits)
        let rowBytes = (valueCount * bits + 7) / 8
        let all = Array(0..<count)
        if row.count < valueCount { row = [Int32](repeating: 0, count: valueCount) }
        try decoder.decode(area) { (planes) throws(ImageError) in
            row.withUnsafeMutableBufferPointer { row in
                for line in 0..<lines.count {
                    planes.write(lines.lowerBound + line - area.y, all, to: row)
                    if isColoured { JPEG2000Planes.colour(row, pixels: columns, bits: codestream.components[0].bits) }
                    StoredValues.write(
                        row, count: columns * count, bits: bits,
                        to: UnsafeMutableRawBufferPointer(rebasing: stored[line * rowBytes..<(line + 1) * rowBytes]))
                }
            }
        }
    }

    /// Whether the colours of the first chunk are luminance and differences, which are turned into red, green and blue.
    func convertsColours(_ layout: TIFFLayout) -> Bool {
        (try? decoder(0, "", layout)).map { convertsColours(of: $0.codestream) } ?? false
    }

    private func convertsColours(of codestream: JPEG2000Codestream) -> Bool {
        codestream.components.count == 3 && !codestream.transformsColours && (isYCbCr || codestream.hasThinnedColours)
            && codestream.components.allSatisfy { $0.bits == codestream.components[0].bits && !$0.isSigned }
    }

    private func decoder(_ index: Int, _ place: String, _ layout: TIFFLayout) throws(ImageError) -> JPEG2000Decoder {
        if let held, held.index == index { return held.decoder }
        held = nil
        let byteCount = Int(clamping: TIFFGetStrileByteCount(session.pointer.pointee.tiff, UInt32(index)))
        guard byteCount <= session.byteCount else { throw session.corrupt(place, "it is cut off") }
        guard byteCount <= TIFFLayout.chunkBytesMax else {
            throw .unsupported(
                path: session.path, reason: "\(place): expected at most \(TIFFLayout.chunkBytesMax) bytes, found \(byteCount)")
        }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        let count = bytes.withUnsafeMutableBytes {
            ctiff_read_packed_chunk(session.pointer, layout.isTiled ? 1 : 0, UInt32(index), $0.baseAddress, Int64(byteCount))
        }
        guard count == byteCount else { throw session.corrupt(place, "it is cut off") }
        let source = JPEG2000Source(bytes, path: session.path, place: place)
        let decoder = try JPEG2000Decoder(source, at: try JP2Boxes(source).codestreamOffset)
        try check(decoder.codestream, place, layout)
        held = (index, decoder)
        return decoder
    }

    /// Throws unless a codestream has the values that the directory says.
    private func check(_ codestream: JPEG2000Codestream, _ place: String, _ layout: TIFFLayout) throws(ImageError) {
        let samples = layout.isPlanar ? 1 : layout.samplesPerPixel
        guard codestream.components.count == samples else {
            throw contradiction(place, "\(samples) components", "\(codestream.components.count)")
        }
        for component in codestream.components {
            let isFitting: Bool =
                switch layout.values {
                case .unsigned(let bits): component.bits <= bits && !component.isSigned
                case .signed(let bits): component.bits <= bits
                case .float: false
                }
            guard isFitting else {
                throw contradiction(
                    place, "\(layout.values)", "\(component.isSigned ? "signed" : "unsigned") integers of \(component.bits) bits")
            }
        }
    }

    private func contradiction(_ place: String, _ expected: String, _ found: String) -> ImageError {
        .corrupt(
            path: session.path, reason: "\(place): expected \(expected), as the directory says, found a codestream of \(found)")
    }
}

/// Values as they are stored in a TIFF, in the machine's order of bytes.
enum StoredValues {
    /// Writes the lowest bits of values; those that are no whole bytes are packed with the highest bit first.
    static func write(
        _ values: UnsafeMutableBufferPointer<Int32>, count: Int, bits: Int, to target: UnsafeMutableRawBufferPointer
    ) {
        precondition(count <= values.count && (count * bits + 7) / 8 <= target.count, "\(count) values in \(target.count) bytes")
        switch bits {
        case 8: for index in 0..<count { target[index] = UInt8(truncatingIfNeeded: values[index]) }
        case 16:
            for index in 0..<count {
                target.storeBytes(of: UInt16(truncatingIfNeeded: values[index]), toByteOffset: 2 &* index, as: UInt16.self)
            }
        case 32: for index in 0..<count { target.storeBytes(of: values[index], toByteOffset: 4 &* index, as: Int32.self) }
        default:
            var (window, held, next) = (UInt64(0), 0, 0)
            for index in 0..<count {
                window = window << UInt64(bits) | UInt64(UInt32(bitPattern: values[index])) & (1 << UInt64(bits) - 1)
                held += bits
                while held >= 8 {
                    held -= 8
                    target[next] = UInt8(truncatingIfNeeded: window >> UInt64(held))
                    next += 1
                }
            }
            if held > 0 { target[next] = UInt8(truncatingIfNeeded: window << UInt64(8 - held)) }
        }
    }
}
