@testable import Commands
@testable import Imaging
import Testing

/// The picture of the demo, by values worked out by hand.
@Suite struct DemoPictureTests {
    /// 8-bit RGB of one colour.
    private static func plain(_ value: UInt8, width: Int, height: Int) -> PixelBuffer {
        PixelBuffer(
            width: width, height: height, channels: 3, sampleType: .uint8,
            bytes: [UInt8](repeating: value, count: 3 * width * height))
    }

    @Test func `strokes have their class colours, in the middle panel alone`() throws {
        let image = PixelBuffer(
            width: 2, height: 2, channels: 3, sampleType: .uint8, bytes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
        let scribbles = LabelMap(width: 2, height: 2, labels: [0, 1, 3, 0])
        let joined = try DemoPicture(image: image, scribbles: scribbles).joined(with: Self.plain(50, width: 2, height: 2))
        #expect(joined.width == 3 * 2 + 2 * 8 && joined.height == 2)
        let (white, result) = ([UInt8](repeating: 255, count: 24), [UInt8](repeating: 50, count: 6))
        // #E69F00 is the colour of the first class, #009E73 that of the third.
        let upper: [[UInt8]] = [[1, 2, 3, 4, 5, 6], white, [1, 2, 3, 0xE6, 0x9F, 0x00], white, result]
        let lower: [[UInt8]] = [[7, 8, 9, 10, 11, 12], white, [0x00, 0x9E, 0x73, 10, 11, 12], white, result]
        #expect(joined.bytes == Array((upper + lower).joined()))
    }

    @Test(arguments: [(64, 64), (256, 256), (257, 129), (512, 256), (600, 150), (1024, 256)])
    func `panels are halved until they are no larger than 256 pixels`(side: Int, panelSide: Int) throws {
        let empty = LabelMap(width: side, height: side, labels: [UInt16](repeating: 0, count: side * side))
        let image = Self.plain(9, width: side, height: side)
        let joined = try DemoPicture(image: image, scribbles: empty).joined(with: image)
        #expect(joined.width == 3 * panelSide + 2 * 8 && joined.height == panelSide)
    }

    @Test func `a result of another height is refused`() throws {
        let scribbles = LabelMap(width: 3, height: 3, labels: [0, 0, 0, 0, 2, 0, 0, 0, 0])
        let picture = DemoPicture(image: Self.plain(9, width: 3, height: 3), scribbles: scribbles)
        let error = #expect(throws: PanelRowError.self) { try picture.joined(with: Self.plain(9, width: 3, height: 2)) }
        #expect(error?.description == "panel 3: expected 3 rows, found 2")
    }
}
