@testable import Formats
@testable import Imaging
@testable import Primitives
import Testing

struct TIFFPyramidTests {
    @Test(arguments: [PixelKind.grey8, .grey16, .rgb8, .rgb16], [(17, 9), (700, 30), (512, 512), (1100, 1030)])
    func `written rows are read back, whole and by windows`(kind: PixelKind, size: (width: Int, height: Int)) throws {
        let folder = try ScratchFolder()
        let path = folder.path("image.tif")
        var random = SplitMix64(seed: 3)
        let bytes = random.bytes(size.width * size.height * kind.byteCount)
        try Self.write(bytes, size.width, size.height, kind, runs: [1, 0, 4, size.height - 5], to: path)
        let image = try ImageFile.readAll(path: path)
        #expect(image.bytes == bytes && image.width == size.width && image.height == size.height)
        guard case .windows(let reader) = try ImageFile.source(path: path) else {
            Issue.record("a tiled TIFF is read by windows")
            return
        }
        for _ in 0..<20 {
            let (x, y) = (Int.random(in: 0..<size.width, using: &random), Int.random(in: 0..<size.height, using: &random))
            let window = PixelRect(
                x: x, y: y, width: Int.random(in: 1...size.width - x, using: &random),
                height: Int.random(in: 1...size.height - y, using: &random))
            #expect(try reader.read(window) == image.cropped(to: window), "\(window), seed 3")
        }
    }

    @Test func `palette labels are read back with their colours`() throws {
        let folder = try ScratchFolder()
        let path = folder.path("labels.tif")
        try Self.write([0, 1, 49, 67, 91, 199], 3, 2, .palette8(PNGRowWriterTests.palette), runs: [2], to: path)
        #expect(
            try ImageFile.readAllLabels(path: path) == LabelMap(width: 3, height: 2, labels: [0, 1, 49, 67, 91, 199]))
        #expect(try ImageFile.openLabels(path: path).palette.prefix(200) == PNGRowWriterTests.palette[...])
        #expect(try ImageFile.readAll(path: path).bytes[3..<6] == [1, 254, 7])
    }

    @Test func `the same rows in other runs give the same bytes`() throws {
        let folder = try ScratchFolder()
        var random = SplitMix64(seed: 4)
        let bytes = random.bytes(600 * 520 * 3)
        for (index, runs) in [[520], [1, 1, 518], [500, 20]].enumerated() {
            try Self.write(bytes, 600, 520, .rgb8, runs: runs, to: folder.path("\(index).tif"))
        }
        for side in [64, 100, 512, 600] {
            let writer = try TIFFPyramidWriter(
                path: folder.path("\(side).tif"), width: 600, height: 520, kind: .rgb8, overviews: .mean)
            try Regions.write(bytes, to: writer, width: 600, height: 520, pixelByteCount: 3, side: side, seed: 9)
            #expect(try folder.bytes("0.tif") == folder.bytes("\(side).tif"), "side \(side), seed 9")
        }
        #expect(try folder.bytes("0.tif") == folder.bytes("1.tif"))
        #expect(try folder.bytes("0.tif") == folder.bytes("2.tif"))
    }

    @Test func `an overview keeps a label or takes the mean of four, at odd borders too`() {
        let rows: [UInt8] = [1, 3, 200, 9, 5, 0, 2, 4, 100, 10, 8, 0, 7, 7, 7, 9, 255, 0]
        func halved(_ rule: OverviewRule) -> [UInt8] {
            var target = [UInt8](repeating: 77, count: 14)
            rule.halve(rows, 5, 3, stride: 6, .grey8, into: &target, at: 1)
            return target
        }
        #expect(halved(.topLeft) == [77, 1, 200, 5, 77, 77, 77, 7, 7, 255, 77, 77, 77, 77])
        // (1 + 3 + 2 + 4 + 2) / 4, (200 + 9 + 100 + 10 + 2) / 4, (5 + 5 + 8 + 8 + 2) / 4; then the last row counts twice.
        #expect(halved(.mean) == [77, 3, 80, 7, 77, 77, 77, 7, 8, 255, 77, 77, 77, 77])
        let values: [UInt16] = [65535, 65535, 1, 65534]
        var target: [UInt8] = [0, 0, 0, 0]
        OverviewRule.mean.halve(values.withUnsafeBytes { Array($0) }, 4, 1, stride: 4, .grey16, into: &target, at: 0)
        // (4 · 65535 + 2) / 4 and (2 + 2 · 65534 + 2) / 4
        #expect(target == [0xFF, 0xFF, 0x00, 0x80])
    }

    @Test func `a missing folder and a full disk are errors`() throws {
        let folder = try ScratchFolder()
        let path = folder.path("missing/image.tif")
        #expect(throws: ImageError.io(path: path, reason: "No such file or directory")) {
            try TIFFPyramidWriter(path: path, width: 1, height: 1, kind: .grey8, overviews: .mean)
        }
    }

    @Test func `damaged files are errors of one line, or read`() throws {
        let folder = try ScratchFolder()
        let path = folder.path("image.tif")
        var random = SplitMix64(seed: 11)
        try Self.write(random.bytes(40 * 30 * 3), 40, 30, .rgb8, runs: [30], to: path)
        let whole = try folder.bytes("image.tif")
        let limits = ImageLimits(heldBytesMax: 64 << 20)
        for _ in 0..<400 {
            let damaged = try folder.write(random.mutated(whole), to: "damaged.tif")
            do {
                _ = try ImageFile.readAll(path: damaged, limits: limits)
            } catch {
                #expect(!error.description.contains { $0.isNewline }, "seed 11: \(error)")
            }
        }
        for count in stride(from: 0, to: whole.count, by: 97) {
            let cut = try folder.write(Array(whole[..<count]), to: "cut.tif")
            #expect(throws: ImageError.self, "cut after \(count) bytes") { try ImageFile.readAll(path: cut, limits: limits) }
        }
    }

    private static func write(
        _ bytes: [UInt8], _ width: Int, _ height: Int, _ kind: PixelKind, runs: [Int], to path: String
    ) throws {
        let writer = try TIFFPyramidWriter(path: path, width: width, height: height, kind: kind, overviews: .mean)
        var row = 0
        for run in runs where run > 0 {
            let region = PixelRect(x: 0, y: row, width: width, height: run)
            let rowByteCount = width * kind.byteCount
            try bytes[row * rowByteCount..<(row + run) * rowByteCount].withUnsafeBytes { try writer.write(region, from: $0) }
            row += run
        }
        try writer.finish()
    }
}
