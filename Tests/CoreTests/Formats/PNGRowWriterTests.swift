@testable import Formats
@testable import Imaging
@testable import Primitives
import Testing

struct PNGRowWriterTests {
    static let palette = (0..<200).map { RGBColour(red: UInt8($0), green: UInt8(255 - $0), blue: 7) }

    @Test(arguments: [PixelKind.grey8, .grey16, .rgb8, .rgb16])
    func `written rows are read back`(kind: PixelKind) throws {
        let folder = try ScratchFolder()
        var random = SplitMix64(seed: 3)
        let (width, height) = (17, 9)
        let bytes = random.bytes(width * height * kind.byteCount)
        let path = folder.path("image.png")
        try Self.write(bytes, width: width, height: height, kind: kind, runs: [1, 0, 5, 3], to: path)
        let image = try ImageFile.readAll(path: path)
        #expect(image.bytes == bytes)
        #expect(image.width == width && image.height == height)
    }

    @Test func `palette labels are read back with their colours`() throws {
        let folder = try ScratchFolder()
        let path = folder.path("labels.png")
        let labels: [UInt8] = [0, 1, 49, 67, 91, 199]
        try Self.write(labels, width: 3, height: 2, kind: .palette8(Self.palette), runs: [2], to: path)
        #expect(
            try ImageFile.readAllLabels(path: path) == LabelMap(width: 3, height: 2, labels: [0, 1, 49, 67, 91, 199]))
        #expect(try ImageFile.openLabels(path: path).palette == Self.palette)
        #expect(try ImageFile.readAll(path: path).bytes[3..<6] == [1, 254, 7])
    }

    @Test func `the same rows in other runs give the same bytes`() throws {
        let folder = try ScratchFolder()
        var random = SplitMix64(seed: 4)
        let bytes = random.bytes(30 * 12 * 3)
        for (index, runs) in [[12], [1, 1, 10], [5, 7]].enumerated() {
            try Self.write(bytes, width: 30, height: 12, kind: .rgb8, runs: runs, to: folder.path("\(index).png"))
        }
        #expect(try folder.bytes("0.png") == folder.bytes("1.png"))
        #expect(try folder.bytes("0.png") == folder.bytes("2.png"))
    }

    @Test func `a missing folder is an error`() throws {
        let folder = try ScratchFolder()
        let path = folder.path("missing/image.png")
        #expect(throws: ImageError.io(path: path, reason: "No such file or directory")) {
            try PNGRowWriter(path: path, width: 1, height: 1, kind: .grey8)
        }
    }

    #if os(Linux)
        @Test func `a full disk is an error`() throws {
            var random = SplitMix64(seed: 5)
            let bytes = random.bytes(400 * 400 * 3)
            for size in [4, 400] {
                #expect(throws: ImageError.io(path: "/dev/full", reason: "No space left on device")) {
                    try Self.write(
                        Array(bytes[..<(size * size * 3)]), width: size, height: size, kind: .rgb8, runs: [size],
                        to: "/dev/full")
                }
            }
        }
    #endif

    /// Writes an image in runs of the given numbers of rows.
    static func write(
        _ bytes: [UInt8], width: Int, height: Int, kind: PixelKind, runs: [Int], to path: String
    ) throws {
        let writer = try PNGRowWriter(path: path, width: width, height: height, kind: kind)
        var row = 0
        for run in runs {
            let slice = Array(bytes[row * writer.rowByteCount..<(row + run) * writer.rowByteCount])
            try slice.withUnsafeBytes { try writer.write(run, from: $0) }
            row += run
        }
        try writer.finish()
    }
}
