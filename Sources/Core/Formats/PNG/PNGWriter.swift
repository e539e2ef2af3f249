internal import CPNG
internal import Foundation
package import Imaging

/// Writes a PNG row by row, from the top to the bottom. The same rows and parameters give the same bytes: the file holds no
/// time and no text.
///
/// The file appears under its path at once and is complete only after `finish()`; a caller that needs it to appear complete
/// writes to a temporary name and renames it. Not safe to share between threads.
package final class PNGRowWriter {
    package let width: Int
    package let height: Int
    package let kind: PixelKind
    private let file: OutputFile
    private let session: UnsafeMutablePointer<cpng_session>
    private var nextRow = 0
    private var isFinished = false

    /// Bytes of one row.
    package var rowByteCount: Int { width * kind.byteCount }

    /// Creates the file and writes its header.
    ///
    /// - Parameter caption: what is written besides the pixels; of it, the size of pixels.
    /// - Precondition: width and height are 1…2³¹−1; a palette has 1…256 colours.
    /// - Throws: `ImageError.io` with the system's reason.
    package init(
        path: String, width: Int, height: Int, kind: PixelKind, caption: ImageCaption = ImageCaption()
    ) throws(ImageError) {
        precondition((1...0x7FFF_FFFF).contains(width) && (1...0x7FFF_FFFF).contains(height), "image \(width)×\(height)")
        do {
            file = try OutputFile(path: path)
        } catch {
            throw ImageError(error)
        }
        guard let session = cpng_open(file.stream, 1) else {
            throw .io(path: path, reason: "not enough memory to write the image")
        }
        self.session = session
        self.width = width
        self.height = height
        self.kind = kind
        var header = Self.header(of: kind)
        header.width = UInt32(width)
        header.height = UInt32(height)
        if let count = caption.metadata.pixelsPerMetre { (header.pixels_per_metre_x, header.pixels_per_metre_y) = count }
        try check(cpng_write_header(session, &header))
    }

    deinit { cpng_close(session) }

    /// Encodes the next `count` rows: `[row][column][channel]`, `uint16` values little-endian.
    ///
    /// - Precondition: `rows` holds `count * rowByteCount` bytes, no more rows are written than the image has, and every index
    ///   has a colour in the palette.
    /// - Throws: `ImageError.io` with the system's reason; every later call throws it again.
    package func write(_ count: Int, from rows: UnsafeRawBufferPointer) throws(ImageError) {
        precondition(count >= 0 && nextRow + count <= height, "rows \(nextRow) + \(count) of \(height)")
        precondition(rows.count == count * rowByteCount, "\(count) rows of \(rowByteCount) bytes: found \(rows.count)")
        guard count > 0 else { return }
        if case .palette8(let palette) = kind {
            let largest = rows.reduce(0, max)
            precondition(Int(largest) < palette.count, "palette of \(palette.count) colours, index \(largest)")
        }
        try check(
            cpng_write_rows(session, rows.baseAddress?.assumingMemoryBound(to: UInt8.self), rowByteCount, count))
        nextRow += count
    }

    /// Completes the file and hands it to the disk.
    ///
    /// - Precondition: all rows are written, and `finish()` was not called before.
    /// - Throws: `ImageError.io` with the system's reason.
    package func finish() throws(ImageError) {
        precondition(nextRow == height && !isFinished, "\(nextRow) of \(height) rows written")
        isFinished = true
        try check(cpng_write_end(session))
        do {
            try file.close()
        } catch {
            throw ImageError(error)
        }
    }

    private static func header(of kind: PixelKind) -> cpng_header {
        var header = cpng_header()
        header.bit_depth = kind == .grey16 || kind == .rgb16 ? 16 : 8
        switch kind {
        case .grey32: preconditionFailure("a PNG of 32 bits")
        case .grey8, .grey16: header.colour_type = PNG_COLOR_TYPE_GRAY
        case .rgb8, .rgb16: header.colour_type = PNG_COLOR_TYPE_RGB
        case .palette8(let palette):
            precondition((1...256).contains(palette.count), "palette of \(palette.count) colours")
            header.colour_type = PNG_COLOR_MASK_COLOR | PNG_COLOR_MASK_PALETTE
            header.palette_count = Int32(palette.count)
            withUnsafeMutableBytes(of: &header.palette) { bytes in
                for (index, colour) in palette.enumerated() {
                    bytes[3 * index] = colour.red
                    bytes[3 * index + 1] = colour.green
                    bytes[3 * index + 2] = colour.blue
                }
            }
        }
        return header
    }

    private func check(_ status: Int32) throws(ImageError) {
        switch Int(status) {
        case Int(CPNG_OK): return
        case Int(CPNG_CORRUPT): throw .unsupported(path: file.path, reason: String(cString: cpng_message(session)))
        // The system's reason is that of the last write, with the limit that stood in its way.
        default: throw .io(path: file.path, reason: errno == EFBIG ? FileSystem.reason : String(cString: cpng_message(session)))
        }
    }
}

/// Writes a PNG from regions; they are put together to rows first.
package final class PNGRegionWriter: RegionWriter {
    private let writer: PNGRowWriter
    private var assembler: RowAssembler

    /// Creates the file and writes its header: as `PNGRowWriter`.
    package init(
        path: String, width: Int, height: Int, kind: PixelKind, caption: ImageCaption = ImageCaption()
    ) throws(ImageError) {
        writer = try PNGRowWriter(path: path, width: width, height: height, kind: kind, caption: caption)
        assembler = RowAssembler(width: width, height: height, pixelByteCount: kind.byteCount)
    }

    package func write(_ region: PixelRect, from pixels: UnsafeRawBufferPointer) throws(ImageError) {
        let writer = writer
        try assembler.add(region, pixels) { (count, rows) throws(ImageError) in try writer.write(count, from: rows) }
    }

    package func finish() throws(ImageError) { try writer.finish() }
}
