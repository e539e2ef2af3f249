package import Imaging

/// Writes a PNG from regions; they are put together to rows first.
package final class PNGRegionWriter: RegionWriter {
    private let writer: PNGRowWriter
    private var assembler: RowAssembler

    /// Creates the file and writes its header: as `PNGRowWriter`.
    package init(path: String, width: Int, height: Int, kind: PixelKind) throws(ImageError) {
        writer = try PNGRowWriter(path: path, width: width, height: height, kind: kind)
        assembler = RowAssembler(width: width, height: height, pixelByteCount: kind.byteCount)
    }

    package func write(_ region: PixelRect, from pixels: UnsafeRawBufferPointer) throws(ImageError) {
        let writer = writer
        try assembler.add(region, pixels) { (count, rows) throws(ImageError) in try writer.write(count, from: rows) }
    }

    package func finish() throws(ImageError) { try writer.finish() }
}
