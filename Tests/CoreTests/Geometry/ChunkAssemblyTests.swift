@testable import Imaging
import Testing

/// Windows that are put together from chunks.
@Suite struct ChunkAssemblyTests {
    private static let info = ImageInfo(width: 5, height: 3, channels: 1, sampleType: .uint8)

    /// The chunk of 2 × 2 pixels of an image in which the pixel in row r, column c has the value 10 r + c; cut at the border.
    ///
    /// - Parameter gaps: chunks in which the first pixel has no data.
    private static func chunk(_ row: Int, _ column: Int, gaps: [[Int]] = []) -> PixelBuffer {
        let (rows, columns) = (2 * row..<min(3, 2 * row + 2), 2 * column..<min(5, 2 * column + 2))
        let bytes = rows.flatMap { row in columns.map { UInt8(10 * row + $0) } }
        let validity: [UInt8]? = gaps.contains([row, column]) ? [0] + [UInt8](repeating: 1, count: bytes.count - 1) : nil
        return PixelBuffer(
            width: columns.count, height: rows.count, channels: 1, sampleType: .uint8, bytes: bytes, validity: validity)
    }

    @Test(
        arguments: [
            (PixelRect(x: 0, y: 0, width: 1, height: 1), [0], [[0, 0]]),
            (PixelRect(x: 4, y: 2, width: 1, height: 1), [24], [[1, 2]]),
            (PixelRect(x: 1, y: 1, width: 2, height: 2), [11, 12, 21, 22], [[0, 0], [0, 1], [1, 0], [1, 1]]),
            (PixelRect(x: 2, y: 0, width: 2, height: 2), [2, 3, 12, 13], [[0, 1]]),
            (PixelRect(x: 3, y: 0, width: 2, height: 3), [3, 4, 13, 14, 23, 24], [[0, 1], [0, 2], [1, 1], [1, 2]]),
            (
                PixelRect(x: 0, y: 0, width: 5, height: 3), [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24],
                [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
            ),
        ] as [(PixelRect, [UInt8], [[Int]])])
    func `a window has its pixels, of the chunks that it touches and no others`(
        window: PixelRect, pixels: [UInt8], chunks: [[Int]]
    ) throws {
        var asked: [[Int]] = []
        let found = try PixelBuffer(of: window, in: Self.info, 2, 2) { (row, column) throws(ImageError) in
            asked.append([row, column])
            return Self.chunk(row, column)
        }
        #expect(asked == chunks)
        #expect(found.bytes == pixels && found.validity == nil)
    }

    @Test func `chunks larger than the image are cut like it`() throws {
        let found = try PixelBuffer(of: PixelRect(x: 1, y: 0, width: 1, height: 2), in: Self.info, 100, 100) {
            (row, column) throws(ImageError) in
            #expect(row == 0 && column == 0)
            return PixelBuffer(width: 5, height: 3, channels: 1, sampleType: .uint8, bytes: [UInt8](0..<15))
        }
        #expect(found.bytes == [1, 6])
    }

    @Test(
        arguments: [
            (PixelRect(x: 0, y: 0, width: 5, height: 3), [1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1]),
            (PixelRect(x: 3, y: 0, width: 2, height: 2), [1, 0, 1, 1]), (PixelRect(x: 2, y: 2, width: 1, height: 1), [0]),
            (PixelRect(x: 0, y: 0, width: 3, height: 2), nil), (PixelRect(x: 3, y: 2, width: 1, height: 1), nil),
        ] as [(PixelRect, [UInt8]?)])
    func `pixels without data are those of the chunks, and a window of none has no mask`(window: PixelRect, mask: [UInt8]?)
        throws
    {
        let found = try PixelBuffer(of: window, in: Self.info, 2, 2) { (row, column) throws(ImageError) in
            Self.chunk(row, column, gaps: [[0, 2], [1, 1]])
        }
        #expect(found.validity == mask)
    }
}
