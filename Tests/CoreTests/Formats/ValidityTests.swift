@testable import Formats
@testable import Imaging
@testable import Primitives
import Testing

/// Which pixels have data, on the way from a reader to a window.
@Suite struct ValidityTests {
    static let seeds = 0..<30 as Range<UInt64>

    @Test func `a mask of ones is no mask, and others go with the pixels`() {
        let image = MaskedReader(seed: 1)
        let whole = image.whole
        #expect(whole.validity == image.validity)
        let pixels = PixelBuffer(width: 2, height: 1, channels: 1, sampleType: .uint8, bytes: [3, 4], validity: [1, 1])
        #expect(pixels.validity == nil)
        #expect(pixels == PixelBuffer(width: 2, height: 1, channels: 1, sampleType: .uint8, bytes: [3, 4]))
        #expect(pixels != PixelBuffer(width: 2, height: 1, channels: 1, sampleType: .uint8, bytes: [3, 4], validity: [1, 0]))
        let hole = PixelBuffer(width: 3, height: 1, channels: 1, sampleType: .uint8, bytes: [3, 4, 5], validity: [1, 0, 1])
        #expect(hole.cropped(to: PixelRect(x: 1, y: 0, width: 2, height: 1)).validity == [0, 1])
        #expect(hole.cropped(to: PixelRect(x: 2, y: 0, width: 1, height: 1)).validity == nil)
    }

    @Test(arguments: seeds)
    func `windows of sliding bands have the mask of the whole image`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let reader = MaskedReader(seed: seed)
        let whole = reader.whole
        let windows = ImageWindows(.rows(reader.rows), path: "image")
        while windows.rows.upperBound < whole.height {
            let end = Int.random(in: windows.rows.upperBound...whole.height, using: &random)
            let start = Int.random(in: windows.rows.lowerBound...end, using: &random)
            try windows.advance(to: start..<end)
            guard start < end else { continue }
            let rect = reader.rect(rows: start..<end, &random)
            #expect(try windows.window(rect) == whole.cropped(to: rect), "seed \(seed), \(rect)")
        }
    }

    @Test(arguments: seeds)
    func `windows of chunks have the mask of the whole image, and so have their rows`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let reader = MaskedReader(seed: seed)
        let windows = ImageWindows(.windows(reader), path: "image")
        for _ in 0..<10 {
            let rect = reader.rect(rows: 0..<reader.info.height, &random)
            #expect(try windows.window(rect) == reader.whole.cropped(to: rect), "seed \(seed), \(rect)")
        }
        let source = ImageSource.windows(reader)
        #expect(source.isMasked && source.heldRowByteCount == reader.info.rowByteCount + reader.info.width)
        let rows = ImageWindows(.rows(source.rowReader), path: "image")
        try rows.advance(to: 0..<reader.info.height)
        #expect(try rows.window(PixelRect(x: 0, y: 0, width: reader.info.width, height: reader.info.height)) == reader.whole)
    }

    @Test(arguments: seeds)
    func `a pixel of joined channels has data where all of them have some`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (width, height) = (Int.random(in: 1...20, using: &random), Int.random(in: 1...20, using: &random))
        let parts = (0..<3).map { MaskedReader(seed: 3 * seed + $0, width: width, height: height, hasMask: $0 != 1) }
        let expected = (0..<width * height).map { pixel in parts.map { $0.validity[pixel] }.min() ?? 0 }
        let rect = PixelRect(x: 0, y: 0, width: width, height: height)
        for sources in [parts.map(ImageSource.windows), parts.map { .rows($0.rows) }] {
            let stack = try ChannelStack.source(sources, path: "image")
            #expect(stack.isMasked)
            let windows = ImageWindows(stack, path: "image")
            try windows.advance(to: 0..<height)
            let found = try windows.window(rect)
            #expect(found.validity ?? [UInt8](repeating: 1, count: expected.count) == expected, "seed \(seed)")
            #expect(found.channels == parts.reduce(0) { $0 + $1.info.channels })
        }
    }

    @Test func `NaN in any channel says that a pixel has no data, and is read as 0`() throws {
        let values: [Float] = [1, 2, .nan, 4, 5, -.nan, 7, 8, .signalingNaN, .infinity]
        let image = FloatReader(values, channels: 2)
        let windows = ImageWindows(.windows(image), path: "image")
        let pixels = try windows.window(PixelRect(x: 0, y: 0, width: 5, height: 1))
        #expect(pixels.validity == [1, 0, 0, 1, 0])
        // An infinite value in a pixel that has no data anyway is no value.
        #expect((0..<10).map { pixels.value(at: $0) } == [1, 2, 0, 4, 5, 0, 7, 8, 0, 0])
        #expect(try windows.window(PixelRect(x: 3, y: 0, width: 1, height: 1)).validity == nil)
    }

    @Test(arguments: [(Float.infinity, "inf"), (-.infinity, "-inf")])
    func `an infinite value in a pixel with data is refused with its place`(value: Float, name: String) {
        let windows = ImageWindows(.windows(FloatReader([0, .nan, 1, 2, value, 3], channels: 1)), path: "image")
        let error = #expect(throws: ImageError.self) { try windows.window(PixelRect(x: 1, y: 0, width: 5, height: 1)) }
        #expect(error?.description == "image: row 0, column 4: expected a finite value, found \(name)")
    }

    @Test(arguments: seeds)
    func `parts of a core hold all its pixels with data, once, and little else`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let (width, height) = (Int.random(in: 1...300, using: &random), Int.random(in: 1...300, using: &random))
        var validity = [UInt8](repeating: 0, count: width * height)
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let (left, top) = (Int.random(in: 0..<width, using: &random), Int.random(in: 0..<height, using: &random))
            let (right, bottom) = (Int.random(in: left..<width, using: &random), Int.random(in: top..<height, using: &random))
            for row in top...bottom { for column in left...right { validity[row * width + column] = 1 } }
        }
        let image = PixelBuffer(
            width: width, height: height, channels: 1, sampleType: .uint8,
            bytes: [UInt8](repeating: 9, count: width * height), validity: validity)
        let core = PixelRect(x: width / 4, y: height / 4, width: (width + 1) / 2, height: (height + 1) / 2)
        let parts = ValidParts.cover(core, of: image, reach: 2)
        var covers = [Int](repeating: 0, count: width * height)
        for part in parts {
            #expect(core.contains(part) && part.area > 0, "seed \(seed)")
            for row in part.y..<part.endY { for column in part.x..<part.endX { covers[row * width + column] += 1 } }
        }
        #expect(covers.allSatisfy { $0 <= 1 }, "seed \(seed)")
        var (left, right, top, bottom) = (Int.max, -1, Int.max, -1)
        for row in core.y..<core.endY {
            for column in core.x..<core.endX where validity[row * width + column] == 1 {
                #expect(covers[row * width + column] == 1, "seed \(seed)")
                (left, right, top, bottom) = (min(left, column), max(right, column), min(top, row), max(bottom, row))
            }
        }
        let box = right < 0 ? 0 : (right - left + 1) * (bottom - top + 1)
        #expect(parts.reduce(0) { $0 + $1.area } <= box, "seed \(seed)")
    }

    @Test func `a core of two islands far apart is covered by two parts, one without data by none`() {
        let (width, height) = (512, 512)
        var validity = [UInt8](repeating: 0, count: width * height)
        for row in 0..<40 { for column in 0..<40 { validity[row * width + column] = 1 } }
        for row in 480..<512 { for column in 300..<512 { validity[row * width + column] = 1 } }
        let image = PixelBuffer(
            width: width, height: height, channels: 1, sampleType: .uint8,
            bytes: [UInt8](repeating: 9, count: width * height), validity: validity)
        #expect(
            ValidParts.cover(PixelRect(x: 0, y: 0, width: width, height: height), of: image, reach: 2) == [
                PixelRect(x: 0, y: 0, width: 40, height: 40), PixelRect(x: 300, y: 480, width: 212, height: 32),
            ])
        #expect(ValidParts.cover(PixelRect(x: 100, y: 100, width: 99, height: 99), of: image, reach: 2).isEmpty)
    }
}

/// A random image in chunks, of which some pixels have no data.
private final class MaskedReader: WindowReader {
    let info: ImageInfo
    let chunkWidth: Int
    let chunkHeight: Int
    let isMasked: Bool
    let bytes: [UInt8]
    /// `[row][column]`; all ones of a reader without a mask.
    let validity: [UInt8]

    init(seed: UInt64, width: Int? = nil, height: Int? = nil, hasMask: Bool = true) {
        var random = SplitMix64(seed: seed)
        info = ImageInfo(
            width: width ?? .random(in: 1...20, using: &random), height: height ?? .random(in: 1...50, using: &random),
            channels: .random(in: 1...3, using: &random), sampleType: .uint16)
        (chunkWidth, chunkHeight) = (Int.random(in: 1...9, using: &random), Int.random(in: 1...9, using: &random))
        isMasked = hasMask
        bytes = random.bytes(info.height * info.rowByteCount)
        // Whole chunks and whole images with data, too.
        let rarity = [1, 3, 200][Int.random(in: 0...2, using: &random)]
        validity = (0..<info.width * info.height).map { _ in
            hasMask && Int.random(in: 0...rarity, using: &random) == 0 ? 0 : 1
        }
    }

    var whole: PixelBuffer {
        PixelBuffer(
            width: info.width, height: info.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes,
            validity: validity)
    }

    /// The same, some rows at a time.
    var rows: BufferedRowReader {
        BufferedRowReader(info, isMasked: isMasked) { [self] (row) throws(ImageError) in
            let count = min(chunkHeight, info.height - row)
            return whole.cropped(to: PixelRect(x: 0, y: row, width: info.width, height: count))
        }
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        try PixelBuffer(of: window, in: info, chunkWidth, chunkHeight) { (row, column) throws(ImageError) in
            let (x, y) = (column * chunkWidth, row * chunkHeight)
            return whole.cropped(
                to: PixelRect(
                    x: x, y: y, width: min(chunkWidth, info.width - x), height: min(chunkHeight, info.height - y)))
        }
    }

    func rect(rows: Range<Int>, _ random: inout SplitMix64) -> PixelRect {
        let y = Int.random(in: rows, using: &random)
        let x = Int.random(in: 0..<info.width, using: &random)
        return PixelRect(
            x: x, y: y, width: .random(in: 1...info.width - x, using: &random),
            height: .random(in: 1...rows.upperBound - y, using: &random))
    }
}

/// One row of floats.
private final class FloatReader: WindowReader {
    let info: ImageInfo
    let chunkWidth = 1
    let chunkHeight = 1
    private let values: [Float]

    init(_ values: [Float], channels: Int) {
        self.values = values
        info = ImageInfo(width: values.count / channels, height: 1, channels: channels, sampleType: .float32)
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        let values = values[window.x * info.channels..<window.endX * info.channels]
        return PixelBuffer(
            width: window.width, height: 1, channels: info.channels, sampleType: .float32,
            bytes: values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
    }
}
