@testable import Compression
@testable import Formats
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

/// Folders that are no image, damaged or made to harm end in one line, without memory beyond the limits and without leaving the folder.
struct HostileZarrTests {
    /// One change of a good image's metadata, and what must be said of it.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let version: Int
        let file: String
        let old: String
        let new: String
        let message: String

        init(_ version: Int, _ file: String, _ old: String, _ new: String, _ message: String) {
            (self.version, self.file, self.old, self.new, self.message) = (version, file, old, new, message)
        }

        var testDescription: String { "v\(version): \(new)" }
    }

    private static let types = "expected bool, integers of 8 to 64 bits or floats of 16 to 64 bits"

    static let wrongs: [Wrong] = [
        Wrong(2, "0/.zarray", "\"|u1\"", "\"<c8\"", "dtype: \(types), found \"<c8\""),
        Wrong(2, "0/.zarray", "\"|u1\"", "[[\"r\", \"|u1\"]]", "dtype: \(types), found a list of 1"),
        Wrong(2, "0/.zarray", "\"|u1\"", "\"|u2\"", "dtype: \(types), found \"|u2\""),
        Wrong(2, "0/.zarray", "\"|u1\"", "\"<M8[ns]\"", "dtype: \(types), found \"<M8[ns]\""),
        Wrong(2, "0/.zarray", "\"C\"", "\"K\"", "order: expected \"C\" or \"F\", found \"K\""),
        Wrong(
            2, "0/.zarray", "\"filters\": null", "\"filters\": [{\"id\": \"delta\"}]",
            "filters[0].id: expected no filters, found \"delta\""),
        Wrong(
            2, "0/.zarray", "null,", "{\"id\": \"lz4\"},",
            "compressor.id: expected one of the codecs blosc, gzip, zlib, zstd, found \"lz4\""),
        Wrong(
            2, "0/.zarray", "null,", "{\"id\": \"lzma\", \"format\": 1},",
            "compressor.id: expected one of the codecs blosc, gzip, zlib, zstd, found \"lzma\""),
        Wrong(
            2, "0/.zarray", "null,", "{\"id\": \"blosc\", \"cname\": \"lizard\"},",
            "compressor.cname: expected \(MetadataValue.alternatives(Blosc.compressors)), found \"lizard\""),
        Wrong(2, "0/.zarray", "[7, 9]", "[7, 0]", "shape: expected an array that holds something, found [7, 0]"),
        Wrong(
            2, "0/.zarray", "[7, 9]", "[7, -9]", "damaged image: shape[1]: expected an integer from 0 to 1099511627776, found -9"),
        Wrong(2, "0/.zarray", "[7, 9]", "[7]", "damaged image: chunks: expected 1 lengths, one for each dimension, found [4, 5]"),
        Wrong(2, "0/.zarray", "[7, 9]", "[7, 1000001]", "expected at most 1000000×1000000 pixels, found 1000001×7"),
        Wrong(
            2, "0/.zarray", "[7, 9]", "[7, 1e30]",
            "damaged image: shape[1]: expected an integer from 0 to 1099511627776, found 1e+30"),
        Wrong(
            2, "0/.zarray", "[4, 5]", "[4, 0]", "damaged image: chunks[1]: expected an integer from 1 to 1099511627776, found 0"),
        Wrong(
            2, "0/.zarray", "[4, 5]", "[1099511627776, 1099511627776]",
            "chunks: expected chunks of at most 268435456 bytes, found [1099511627776, 1099511627776]"),
        Wrong(
            2, "0/.zarray", "[4, 5]", "[16384, 16385]", "chunks: expected chunks of at most 268435456 bytes, found [16384, 16385]"
        ),
        Wrong(
            2, "0/.zarray", "\"fill_value\": 0", "\"fill_value\": 256",
            "damaged image: fill_value: expected an integer from 0 to 255, found 256"),
        Wrong(2, "0/.zarray", "\"/\"", "\"-\"", "dimension_separator: expected \".\" or \"/\", found \"-\""),
        Wrong(2, "0/.zarray", "{", "[", "damaged image: malformed JSON"),
        Wrong(
            2, "0/.zarray", "\"zarr_format\": 2", "\"zarr_format\": 3",
            "damaged image: zarr_format: expected an integer from 2 to 2, found 3"),
        Wrong(
            2, ".zattrs", "\"0.4\"", "\"0.9\"",
            "multiscales[0].version: expected \"0.1\", \"0.2\", \"0.3\" or \"0.4\", found \"0.9\""),
        Wrong(2, ".zattrs", "multiscales", "images", "expected an OME-Zarr image, found a group without multiscales"),
        Wrong(
            2, ".zattrs", "multiscales", "plate", "expected an OME-Zarr image, found a plate; take an image in one of its wells"),
        Wrong(2, ".zattrs", "\"x\"", "\"y\"", "damaged image: multiscales[0].axes[1].name: expected each axis once, found \"y\""),
        Wrong(2, ".zattrs", "\"y\"", "\"q\"", "multiscales[0].axes[0].name: expected the axes t, c, z, y and x, found \"q\""),
        Wrong(2, ".zattrs", "\"y\"", "\"z\"", "multiscales[0].axes: expected y and x among the axes, found z, x"),
        Wrong(
            2, ".zattrs", "\"space\"", "\"time\"",
            "damaged image: multiscales[0].axes[0].type: expected \"space\" for the axis y, found \"time\""),
        Wrong(2, ".zattrs", "[{\"path\": \"0\"}]", "[]", "damaged image: multiscales[0].datasets: expected an array, found []"),
        Wrong(
            2, ".zattrs", "\"path\": \"0\"", "\"path\": \"1\"", "damaged image: expected the array of full resolution, found none"
        ),
        Wrong(3, "zarr.json", "\"0.5\"", "\"0.6\"", "attributes.ome.version: expected \"0.5\", found \"0.6\""),
        Wrong(3, "zarr.json", "\"ome\"", "\"other\"", "expected an OME-Zarr image, found a Zarr group without OME metadata"),
        Wrong(3, "zarr.json", "\"group\"", "\"tree\"", "node_type: expected \"array\" or \"group\", found \"tree\""),
        Wrong(3, "0/zarr.json", "\"uint8\"", "\"complex64\"", "data_type: \(types), found \"complex64\""),
        Wrong(
            3, "0/zarr.json", "\"regular\"", "\"rectangular\"",
            "chunk_grid: expected a regular grid with its configuration, found an object"),
        Wrong(
            3, "0/zarr.json", "\"default\"", "\"other\"",
            "chunk_key_encoding: expected the encoding \"default\" or \"v2\", found an object"),
        Wrong(
            3, "0/zarr.json", "[{\"name\": \"bytes\"",
            "[{\"name\": \"transpose\", \"configuration\": {\"order\": [0, 0]}}, {\"name\": \"bytes\"",
            "damaged image: codecs[0].configuration.order: expected each of 0 to 1 once, found [0, 0]"),
        Wrong(
            3, "0/zarr.json", "[{\"name\": \"bytes\"",
            "[{\"name\": \"transpose\", \"configuration\": {\"order\": [0, 2]}}, {\"name\": \"bytes\"",
            "damaged image: codecs[0].configuration.order[1]: expected an integer from 0 to 1, found 2"),
        Wrong(
            3, "0/zarr.json", "[{\"name\": \"bytes\"", "[{\"name\": \"numcodecs.delta\"}, {\"name\": \"bytes\"",
            "codecs[0].name: expected \"transpose\" or \"bytes\", found \"numcodecs.delta\""),
        Wrong(
            3, "0/zarr.json", "\"little\"}}", "\"little\"}}, {\"name\": \"numcodecs.lzma\"}",
            "codecs[1].name: expected one of the codecs \(BytesCodec.namesOfV3.keys.sorted().joined(separator: ", ")), "
                + "found \"numcodecs.lzma\""),
        Wrong(
            3, "0/zarr.json", "[{\"name\": \"bytes\"", "[{\"name\": \"zstd\"}, {\"name\": \"bytes\"",
            "codecs[0]: expected the codec \"bytes\" before \"zstd\", found an object"),
        Wrong(
            3, "0/zarr.json", "\"little\"}}", "\"little\"}}, {\"name\": \"zstd\"}, {\"name\": \"gzip\"}",
            "codecs: expected at most one compressor, found a list of 3"),
        Wrong(3, "0/zarr.json", "\"attributes\": {}", "\"codex\": 1", "expected the members of a Zarr v3 array, found \"codex\""),
        Wrong(
            3, "0/zarr.json", "\"fill_value\": 0", "\"fill_value\": \"NaN\"",
            "damaged image: fill_value: expected an integer from 0 to 255, found \"NaN\""),
    ]

    @Test(arguments: wrongs)
    func `what is not read is said in one line`(wrong: Wrong) throws {
        let scratch = try ScratchFolder()
        var image = HandmadeZarr()
        image.version = wrong.version
        let path = try image.write(to: scratch)
        let good = try #require(image.documents[wrong.file])
        let bad = good.replacing(wrong.old, with: wrong.new, maxReplacements: 1)
        #expect(bad != good)
        _ = try scratch.write(Array(bad.utf8), to: "image.zarr/\(wrong.file)")
        let error = #expect(throws: ImageError.self) { try ImageFile.source(path: path) }
        let description = try #require(error?.description)
        #expect(description.hasPrefix(path))
        #expect(description.hasSuffix(": \(wrong.message)"), "\(description)")
    }

    @Test(arguments: ["", "/", "..", "../secret", "/etc", "0/../../secret", ".", "0/", "0//1", "a\\\\b", "a\\u0000b"])
    func `no path in the metadata leads out of the folder`(path: String) throws {
        let scratch = try ScratchFolder()
        try HandmadeZarr().write(to: scratch, "secret")
        for version in [2, 3] {
            var image = HandmadeZarr()
            image.version = version
            let folder = try image.write(to: scratch, "\(version).zarr")
            let file = version == 2 ? ".zattrs" : "zarr.json"
            let text = try #require(image.documents[file]).replacing("\"path\": \"0\"", with: "\"path\": \"\(path)\"")
            _ = try scratch.write(Array(text.utf8), to: "\(version).zarr/\(file)")
            let error = #expect(throws: ImageError.self) { try ImageFile.source(path: folder) }
            #expect(
                error?.description.contains("expected a path below this group, found") == true, "\(String(describing: error))")
        }
    }

    @Test func `no link leads out of the folder`() throws {
        let scratch = try ScratchFolder()
        try HandmadeZarr().write(to: scratch, "other.zarr")
        let path = try HandmadeZarr().write(to: scratch)
        try FileManager.default.removeItem(atPath: "\(path)/0/0/0")
        for target in ["../../../other.zarr/0/0/0", scratch.path("other.zarr/0/0/0"), "/dev/zero", "/etc/hostname"] {
            try FileManager.default.createSymbolicLink(atPath: "\(path)/0/0/0", withDestinationPath: target)
            let error = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }
            #expect(error?.description.hasPrefix("\(path)/0/0/0: ") == true, "\(String(describing: error))")
            try FileManager.default.removeItem(atPath: "\(path)/0/0/0")
        }
        try FileManager.default.createSymbolicLink(atPath: "\(path)/0/0/0", withDestinationPath: "nowhere")
        #expect(throws: ImageError.io(path: "\(path)/0/0/0", reason: "No such file or directory")) {
            try ImageFile.readAll(path: path)
        }
    }

    @Test func `a chunk that is cut off, too long, a folder or of another size is named`() throws {
        let claims = (1 << 31) - 1
        let cases: [(HandmadeZarr.Packing, [UInt8], String)] = [
            (.raw, [1, 2, 3], "damaged image: chunk: expected 20 bytes, found 3"),
            (.raw, [], "damaged image: chunk: expected 20 bytes, found 0"),
            (.raw, [UInt8](repeating: 1, count: 5000), "expected at most 4118 bytes, found 5000"),
            (.zlib, [], "damaged image: damaged zlib data"),
            (
                .zlib, try Zlib.compress([1, 2, 3]),
                "damaged image: zlib data: expected exactly 20 bytes when unpacked, found another size"
            ),
            (.gzip, [0x1F, 0x8B, 8], "damaged image: damaged zlib data"),
            (
                .gzip, try Bytes.packed([UInt8](repeating: 0, count: 1 << 18), .gzip),
                "damaged image: zlib data: expected exactly 20 bytes when unpacked, found another size"
            ),
            (
                .zstd, Bytes.zstd(claimed: claims, block: [0], isLast: true),
                "damaged image: zstd data: expected 20 bytes when unpacked, found \(claims)"
            ),
            (
                .zstd, Bytes.zstd(claimed: 5, block: [1, 2, 3, 4, 5], isLast: true),
                "damaged image: zstd data: expected 20 bytes when unpacked, found 5"
            ),
            (.zstd, [1, 2, 3, 4, 5, 6], "damaged image: damaged zstd data"),
            (.blosc, Bytes.blosc(claimed: claims, content: [1, 2, 3]), "damaged image: damaged blosc data"),
            (
                .blosc, Bytes.blosc(claimed: 3, content: [1, 2, 3]),
                "damaged image: blosc data: expected 20 bytes when unpacked, found 3"
            ),
            (.blosc, [2, 1, 2, 1], "damaged image: damaged blosc data"),
        ]
        for (packing, stored, message) in cases {
            let scratch = try ScratchFolder()
            var image = HandmadeZarr()
            image.packing = packing
            let path = try image.write(to: scratch)
            _ = try scratch.write(stored, to: "image.zarr/0/1/1")
            let error = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }
            #expect(error?.description == "\(path)/0/1/1: \(message)")
        }
        let scratch = try ScratchFolder()
        let path = try HandmadeZarr().write(to: scratch)
        try FileManager.default.removeItem(atPath: "\(path)/0/1/1")
        try scratch.makeFolder("image.zarr/0/1/1")
        #expect(throws: ImageError.corrupt(path: "\(path)/0/1/1", reason: "expected a file, found a folder")) {
            try ImageFile.readAll(path: path)
        }
    }

    @Test func `shards whose index is wrong are named`() throws {
        var image = HandmadeZarr()
        (image.version, image.sharding) = (3, .end([8, 10]))
        let scratch = try ScratchFolder()
        let path = try image.write(to: scratch)
        let shard = try scratch.bytes("image.zarr/0/c/0/0")
        let indexByteCount = 4 * 16 + 4
        func answer(_ index: [UInt64]) throws -> String? {
            let bytes = index.flatMap(Bytes.little)
            let chunks = Array(shard[..<(shard.count - indexByteCount)])
            _ = try scratch.write(chunks + bytes + Bytes.little(Bytes.crc32c(bytes)), to: "image.zarr/0/c/0/0")
            return #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }?.description
        }
        let name = "\(path)/0/c/0/0"
        #expect(
            try answer([1000, 20, 0, 20, 0, 20, 0, 20])
                == "\(name): damaged image: chunk 0 of the shard: expected 20 bytes from 1000 on, found 0")
        #expect(
            try answer([0, 1 << 40, 0, 20, 0, 20, 0, 20])
                == "\(name): chunk 0 of the shard: expected at most 4118 bytes, found 1099511627776")
        #expect(
            try answer([.max, 20, 0, 20, 0, 20, 0, 20])
                == "\(name): damaged image: shard index: chunk 0: expected a range of bytes, found 20 bytes from \(UInt64.max) on"
        )
        #expect(
            try answer([UInt64(Int.max), 20, 0, 20, 0, 20, 0, 20])
                == "\(name): damaged image: shard index: chunk 0: expected a range of bytes, found 20 bytes from \(Int.max) on")
        _ = try scratch.write([UInt8](shard.prefix(30)), to: "image.zarr/0/c/0/0")
        let short = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }
        #expect(short?.description == "\(name): damaged image: shard index: expected 68 bytes, found 30")
        var changed = shard
        changed[shard.count - 10] ^= 1
        _ = try scratch.write(changed, to: "image.zarr/0/c/0/0")
        let wrong = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }
        #expect(wrong?.description.contains("expected the checksum") == true)
    }

    @Test func `rows are read although a row of chunks is larger than what may be held`() throws {
        let scratch = try ScratchFolder()
        var image = HandmadeZarr()
        (image.shape, image.chunks, image.isMissing) = ([1000, 1000], [1000, 1], { $0[1] < 999 })
        let path = try image.write(to: scratch)
        let limits = ImageLimits(heldBytesMax: 100_000)
        let reader = try ImageFile.openLabels(path: path, limits: limits)
        var labels = [UInt16](repeating: 1, count: 1000)
        for _ in 0..<1000 { try labels.withUnsafeMutableBufferPointer { try reader.read(1, into: $0) } }
        #expect(labels.dropLast().allSatisfy { $0 == 0 })
        #expect(labels.last == UInt16(truncatingIfNeeded: image.value([999, 999])) & 255)
    }

    @Test func `damaged folders never crash`() throws {
        let scratch = try ScratchFolder()
        var images = HandmadeZarr.Packing.allCases.map { packing in
            var image = HandmadeZarr()
            (image.packing, image.version) = (packing, packing == .zlib ? 2 : 3)
            return image
        }
        images[0].sharding = .end([8, 10])
        let limits = ImageLimits(widthMax: 2000, heightMax: 2000, heldBytesMax: 1 << 24)
        var readCount = 0
        for seed in 0..<600 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let image = images[Int(seed) % images.count]
            let path = try image.write(to: scratch)
            let chunk = image.version == 2 ? "0/0/0" : "0/c/0/0"
            let file = try #require((image.documents.keys.sorted() + [chunk, chunk]).randomElement(using: &random))
            _ = try scratch.write(random.mutated(try scratch.bytes("image.zarr/\(file)")), to: "image.zarr/\(file)")
            do throws(ImageError) {
                _ = try ImageFile.readAll(path: path, limits: limits)
                readCount += 1
            } catch {
                #expect(!error.description.contains("\n") && error.description.hasPrefix(path), "seed \(seed): \(error)")
            }
        }
        #expect(readCount > 20)
    }
}
