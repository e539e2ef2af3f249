import Foundation
@testable import Primitives
import Testing

@testable import Coordinator

/// Promise 7 at the command line: files of strangers end in a result or in one line and exit code 65 or 74.
@Suite struct HostileFileTests {
    /// Files that no image reader should take, or that lie about themselves.
    private static func handmade() -> [String: [UInt8]] {
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let wide: [UInt8] = [0, 0x0F, 0x42, 0x40]
        return [
            "empty": [], "signature.png": signature, "text.png": Array("P5 2 2 255".utf8),
            "tiff.tif": Array("II*\0".utf8) + [8, 0, 0, 0, 255, 255], "bigtiff.tif": Array("MM\0+".utf8) + [0, 8, 0, 0],
            "gif.gif": Array("GIF89a".utf8), "webp.webp": Array("RIFF0000WEBP".utf8),
            "hdf5.h5": [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "zip.zip": [0x50, 0x4B, 3, 4],
            "cut.jpg": [0xFF, 0xD8, 0xFF, 0xE0, 0, 16], "zeros": [UInt8](repeating: 0, count: 4096),
            "line\nfeed.png": signature,
            // Interlaced, 16 bits, four channels, a million pixels each way: 8 TB when decoded whole.
            "bomb.png": signature + [0, 0, 0, 13] + Array("IHDR".utf8) + wide + wide + [16, 6, 0, 0, 1, 0, 0, 0, 0],
        ]
    }

    /// `COPPICE_TEST_SEED` repeats one case.
    private static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["COPPICE_TEST_SEED"].flatMap(UInt64.init).map { [$0] } ?? Array(0..<40)

    /// What a call may answer about hostile files.
    private func check(_ arguments: [String], _ place: String) async throws {
        let outcome = try await Program.coppice(arguments)
        if outcome.status == 0 { return }
        #expect(outcome.status == 65 || outcome.status == 74, "\(place): \(outcome.status): \(outcome.errors)")
        let lines = outcome.errors.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 2 && lines.last == "" && lines[0].hasPrefix("coppice: "), "\(place): \(outcome.errors)")
    }

    @Test func `no damaged or foreign file does more than one line of harm`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 48, pixelsPerClass: 60)
        let image = scratch("image.png")
        let labels = scratch("scribbles.png")
        let training = ["--trees", "1", "--local", "1", "--quiet", "--output", scratch("m.json")]
        #expect(try await Program.coppice(["train", image, labels] + training).status == 0)
        try FileManager.default.copyItem(atPath: scratch("m.json"), toPath: scratch("model.json"))
        let segmenting = ["--model", scratch("model.json"), "--local", "1", "--quiet", "--output", scratch("l.png")]
        for (name, bytes) in Self.handmade().sorted(by: { $0.key < $1.key }) {
            let path = scratch(name)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            for arguments in [
                ["info", path], ["segment", path] + segmenting, ["train", path, labels] + training,
                ["train", image, path] + training, ["segment", image, "--model", path, "--output", scratch("l.png")],
                ["train", "--table", path, path] + training,
            ] {
                let outcome = try await Program.coppice(arguments)
                #expect(outcome.status == 65, "\(name): \(arguments[0]): \(outcome.status) \(outcome.errors)")
                #expect(outcome.errors.split(separator: "\n").count == 1, "\(name): \(outcome.errors)")
            }
        }
        let originals = try (image: scratch.bytes("image.png"), labels: scratch.bytes("scribbles.png"))
        for seed in Self.seeds {
            var random = SplitMix64(seed: seed)
            try Data(random.damaged([UInt8](originals.image))).write(to: URL(fileURLWithPath: scratch("a.png")))
            try Data(random.damaged([UInt8](originals.labels))).write(to: URL(fileURLWithPath: scratch("b.png")))
            try await check(["info", scratch("a.png")], "info, seed \(seed)")
            try await check(["segment", scratch("a.png")] + segmenting, "segment, seed \(seed)")
            try await check(["train", image, scratch("b.png")] + training, "labels, seed \(seed)")
        }
    }

    /// Where real hostile files lie, beside the package; nowhere on most machines.
    private static let shared = URL(filePath: #filePath).appending(path: "../../../../shared/data/formats").standardized

    @Test(.enabled(if: FileManager.default.fileExists(atPath: shared.path), "../shared/data/formats is not here"))
    func `every file of the shared formats is described or refused in one line`() async throws {
        let files = FileManager.default.enumerator(at: Self.shared, includingPropertiesForKeys: nil)
        var count = 0
        while let file = files?.nextObject() as? URL {
            count += 1
            try await check(["info", file.path], file.path)
        }
        #expect(count > 0)
    }
}

extension SplitMix64 {
    /// One to three bytes changed, in half of all cases among the first hundred, and sometimes the end cut off.
    fileprivate mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...3, using: &self) {
            let end = Bool.random(using: &self) ? min(100, result.count) : result.count
            result[Int.random(in: 0..<end, using: &self)] = UInt8.random(in: 0...255, using: &self)
        }
        if Int.random(in: 0..<4, using: &self) == 0 { result.removeLast(Int.random(in: 1..<result.count, using: &self)) }
        return result
    }
}
