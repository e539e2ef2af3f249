@testable import Imaging
import Testing

/// Pictures that are stored turned or mirrored.
struct OrientationTests {
    /// The six pixels 0 1 2 / 3 4 5 as they are seen in each orientation, row by row, by TIFF 6.0, page 36.
    private static let shown: [(Orientation, [[UInt8]])] = [
        (.upright, [[0, 1, 2], [3, 4, 5]]),
        (.mirrored, [[2, 1, 0], [5, 4, 3]]),
        (.turnedAround, [[5, 4, 3], [2, 1, 0]]),
        (.flipped, [[3, 4, 5], [0, 1, 2]]),
        (.transposed, [[0, 3], [1, 4], [2, 5]]),
        (.turnedRight, [[3, 0], [4, 1], [5, 2]]),
        (.transversed, [[5, 2], [4, 1], [3, 0]]),
        (.turnedLeft, [[2, 5], [1, 4], [0, 3]]),
    ]

    @Test(arguments: shown) func `a stored picture is shown as TIFF says`(_ orientation: Orientation, _ expected: [[UInt8]]) {
        let stored = PixelBuffer(width: 3, height: 2, channels: 1, sampleType: .uint8, bytes: [0, 1, 2, 3, 4, 5])
        let found = stored.turned(orientation)
        #expect(found.width == expected[0].count && found.height == expected.count)
        #expect(found.bytes == Array(expected.joined()))
    }

    @Test(arguments: Orientation.allCases) func `a window of a turned picture is that of the whole one`(
        _ orientation: Orientation
    ) {
        let (width, height) = (7, 5)
        let bytes = (0..<width * height * 6).map { UInt8($0) }
        let stored = PixelBuffer(width: width, height: height, channels: 3, sampleType: .uint16, bytes: bytes)
        let whole = stored.turned(orientation)
        let size = orientation.shown(width: width, height: height)
        for y in 0..<size.height {
            for x in 0..<size.width {
                for (w, h) in [(1, 1), (2, 1), (1, 3), (size.width - x, size.height - y)]
                where x + w <= size.width && y + h <= size.height {
                    let window = PixelRect(x: x, y: y, width: w, height: h)
                    let part = stored.cropped(to: orientation.stored(window, width: width, height: height))
                    #expect(part.turned(orientation) == whole.cropped(to: window), "\(window)")
                }
            }
        }
    }
}
