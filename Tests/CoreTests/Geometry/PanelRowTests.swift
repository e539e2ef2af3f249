@testable import Imaging
import Testing

/// Pictures side by side.
@Suite struct PanelRowTests {
    /// 8-bit RGB whose values count up from `first`.
    private static func panel(_ width: Int, _ height: Int, from first: UInt8) -> PixelBuffer {
        PixelBuffer(
            width: width, height: height, channels: 3, sampleType: .uint8,
            bytes: (0..<3 * width * height).map { first + UInt8($0) })
    }

    @Test func `panels follow each other with white between them and none around them`() throws {
        let row = try PanelRow([Self.panel(1, 2, from: 0), Self.panel(2, 2, from: 10), Self.panel(1, 2, from: 30)], gapPixels: 1)
        let joined = row.joined()
        #expect(joined.width == 6 && joined.height == 2 && joined.channels == 3 && joined.sampleType == .uint8)
        let upper: [UInt8] = [0, 1, 2, 255, 255, 255, 10, 11, 12, 13, 14, 15, 255, 255, 255, 30, 31, 32]
        let lower: [UInt8] = [3, 4, 5, 255, 255, 255, 16, 17, 18, 19, 20, 21, 255, 255, 255, 33, 34, 35]
        #expect(joined.bytes == upper + lower)
    }

    @Test func `a gap is as wide as is asked`() throws {
        let panels = [Self.panel(1, 1, from: 0), Self.panel(1, 1, from: 3)]
        #expect(try PanelRow(panels, gapPixels: 0).joined().bytes == [0, 1, 2, 3, 4, 5])
        let wide = try PanelRow(panels, gapPixels: 2).joined()
        #expect(wide.width == 4)
        #expect(wide.bytes == [0, 1, 2, 255, 255, 255, 255, 255, 255, 3, 4, 5])
    }

    @Test func `one panel stays as it is`() throws {
        let panel = Self.panel(3, 2, from: 7)
        #expect(try PanelRow([panel], gapPixels: 5).joined() == panel)
    }

    @Test(arguments: [1, 3]) func `panels of unequal heights are refused`(height: Int) {
        let error = #expect(throws: PanelRowError.self) {
            try PanelRow([Self.panel(2, 2, from: 0), Self.panel(2, 2, from: 0), Self.panel(2, height, from: 0)], gapPixels: 1)
        }
        #expect(error?.description == "panel 3: expected 2 rows, found \(height)")
    }

    @Test(
        arguments: [
            (1, SampleType.uint8, "panel 1: expected 3 channels of uint8, found 1 of uint8"),
            (3, SampleType.uint16, "panel 1: expected 3 channels of uint8, found 3 of uint16"),
        ])
    func `panels that are not 8-bit RGB are refused`(channels: Int, type: SampleType, message: String) {
        let bytes = [UInt8](repeating: 0, count: channels * type.byteCount)
        let panel = PixelBuffer(width: 1, height: 1, channels: channels, sampleType: type, bytes: bytes)
        let error = #expect(throws: PanelRowError.self) { try PanelRow([panel], gapPixels: 1) }
        #expect(error?.description == message)
    }
}
