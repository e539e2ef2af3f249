@testable import Imaging
@testable import Primitives
import Testing

struct BandReaderTests {
    /// Serves the rows of an array, and counts the rows that were asked for at once.
    final class ArrayReader: RowReader, LabelRowReader {
        let info: ImageInfo
        let bytes: [UInt8]
        private(set) var nextRow = 0
        var width: Int { info.width }
        var height: Int { info.height }
        var palette: [RGBColour] { [] }

        init(info: ImageInfo, bytes: [UInt8]) {
            self.info = info
            self.bytes = bytes
        }

        func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
            rows.copyBytes(from: bytes[nextRow * info.rowByteCount..<(nextRow + count) * info.rowByteCount])
            nextRow += count
        }

        func read(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) throws(ImageError) {
            for index in 0..<count * width { labels[index] = UInt16(bytes[nextRow * width + index]) }
            nextRow += count
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `windows of sliding bands equal those of the whole image`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let info = ImageInfo(
            width: .random(in: 1...20, using: &random), height: .random(in: 1...50, using: &random),
            channels: [1, 3][Int.random(in: 0...1, using: &random)],
            sampleType: [.uint8, .uint16][Int.random(in: 0...1, using: &random)])
        let source = ArrayReader(info: info, bytes: random.bytes(info.height * info.rowByteCount))
        let band = BandReader(source)
        while band.rows.upperBound < info.height {
            let end = Int.random(in: band.rows.upperBound...info.height, using: &random)
            let start = Int.random(in: band.rows.lowerBound...end, using: &random)
            try band.advance(to: start..<end)
            #expect(band.rows == start..<end && source.nextRow == max(end, source.nextRow), "seed \(seed)")
            let y = Int.random(in: start...end, using: &random)
            let x = Int.random(in: 0...info.width, using: &random)
            let rect = PixelRect(
                x: x, y: y, width: .random(in: 0...info.width - x, using: &random),
                height: .random(in: 0...end - y, using: &random))
            #expect(band.window(rect).bytes == Self.referenceWindow(rect, of: source), "seed \(seed), \(rect)")
        }
    }

    @Test func `labels slide as pixels do`() throws {
        let info = ImageInfo(width: 4, height: 6, channels: 1, sampleType: .uint8)
        let band = LabelBandReader(ArrayReader(info: info, bytes: (0..<24).map(UInt8.init)))
        try band.advance(to: 0..<3)
        #expect(band.window(PixelRect(x: 1, y: 1, width: 2, height: 2)).labels == [5, 6, 9, 10])
        try band.advance(to: 2..<5)
        #expect(band.window(PixelRect(x: 0, y: 2, width: 4, height: 1)).labels == [8, 9, 10, 11])
        try band.advance(to: 5..<6)
        #expect(band.window(PixelRect(x: 3, y: 5, width: 1, height: 1)).labels == [23])
    }

    @Test func `rows between two bands are skipped`() throws {
        let info = ImageInfo(width: 2, height: 9, channels: 1, sampleType: .uint8)
        let band = BandReader(ArrayReader(info: info, bytes: (0..<18).map(UInt8.init)))
        try band.advance(to: 5..<7)
        #expect(band.window(PixelRect(x: 0, y: 5, width: 2, height: 2)).bytes == [10, 11, 12, 13])
        try band.advance(to: 9..<9)
        #expect(band.rows == 9..<9)
    }

    private static func referenceWindow(_ rect: PixelRect, of source: ArrayReader) -> [UInt8] {
        let pixelByteCount = source.info.channels * source.info.sampleType.byteCount
        return (rect.y..<rect.endY).flatMap { row in
            (rect.x..<rect.endX).flatMap { column in
                (0..<pixelByteCount).map { source.bytes[row * source.info.rowByteCount + column * pixelByteCount + $0] }
            }
        }
    }
}
