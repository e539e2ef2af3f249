@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
import Testing

/// OME-Zarr in a ZIP archive is the image that its folder would be.
struct ZipReadingTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private static let images: [(name: String, image: HandmadeZarr)] =
        [2, 3].flatMap { version in
            var plain = HandmadeZarr()
            (plain.version, plain.type, plain.packing) = (version, .uint16, .zlib)
            (plain.axes, plain.shape, plain.chunks) = (["c", "y", "x"], [3, 7, 9], [2, 4, 5])
            var flat = plain
            (flat.isNested, flat.isMissing, flat.fillValue) = (false, { $0[1] == 1 }, 7)
            return [("version \(version)", plain), ("version \(version), flat, with a gap", flat)]
        } + [
            (
                "shards",
                { () -> HandmadeZarr in
                    var image = HandmadeZarr()
                    (image.version, image.chunks, image.sharding) = (3, [2, 3], .end([4, 6]))
                    return image
                }()
            )
        ]

    @Test(arguments: images, [(false, "", false), (true, "", false), (true, "deep/image.zarr/", true), (false, "x.zarr/", true)])
    func `every window has the pixels that were stored`(
        named: (name: String, image: HandmadeZarr), kind: (isDeflated: Bool, folder: String, isZip64: Bool)
    ) throws {
        let image = named.image
        let zip = HandmadeZip(try image.values, isDeflated: kind.isDeflated, in: kind.folder, isZip64: kind.isZip64)
        let path = try scratch.write(zip.bytes, to: "image.zarr.zip")
        guard case .windows(let reader) = try ImageFile.source(path: path) else {
            Issue.record("not in windows")
            return
        }
        #expect(try reader.read(image.whole) == image.pixels(image.whole))
        for window in [PixelRect(x: 8, y: 0, width: 1, height: 7), PixelRect(x: 1, y: 3, width: 6, height: 2)] {
            #expect(try reader.read(window) == image.pixels(window))
        }
        #expect(try ImageFile.readAll(path: path) == image.pixels(image.whole))
    }

    @Test func `labels are read, chunks that are not there are counted, and the last entry of a name counts`() throws {
        var image = HandmadeZarr()
        (image.isMissing, image.fillValue) = ({ $0 == [1, 1] }, 5)
        var zip = HandmadeZip(try image.values)
        zip.entries.insert(.init(name: "0/0/0", content: [1, 2, 3]), at: 0)
        // A folder and a name that no key can have are passed over.
        zip.entries.append(.init(name: "0/", content: []))
        zip.entries.append(.init(name: String(repeating: "n", count: 9000), content: [1]))
        let path = try scratch.write(zip.bytes, to: "a.ozx")
        let labels = try ImageFile.openLabels(path: path)
        let text = "1 of 4 chunks is not there and is read as 5, the fill value; was the copy complete?"
        #expect(labels.notes == [ImageNote(.missing, text)])
        #expect(try ImageFile.contents(path: path).notes == [ImageNote(.missing, text)])
        #expect(try ImageFile.readAllLabels(path: path).labels == image.pixels(image.whole).bytes.map(UInt16.init))
    }

    @Test func `a worker reads windows of an archive that a job names`() throws {
        let image = HandmadeZarr()
        let path = try scratch.write(HandmadeZip(try image.values, isDeflated: true).bytes, to: "image.zarr.zip")
        var reference = try #require(try ImageReference(file: path))
        #expect(reference.window == image.whole)
        reference.window = PixelRect(x: 2, y: 1, width: 5, height: 6)
        let reader = ReferenceReader(try ReferencePolicy(roots: [scratch.path("")], prefixes: []), heldBytesMax: 1 << 20)
        #expect(try reader.pixels(of: reference, cancellation: nil) == image.pixels(reference.window))
    }

    @Test func `what an archive holds besides is said by its name`() throws {
        let values = try HandmadeZarr().values
        func answer(_ change: (inout HandmadeZip) -> Void) throws -> String {
            var zip = HandmadeZip(values, isDeflated: true)
            change(&zip)
            let path = try scratch.write(zip.bytes, to: "image.zarr.zip")
            let error = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }
            return try #require(error?.description).replacing("\(path)", with: "ZIP")
        }
        func last(_ change: (inout HandmadeZip.Entry) -> Void) throws -> String {
            try answer { change(&$0.entries[$0.entries.count - 1]) }
        }
        let name = "ZIP/0/1/1"
        #expect(
            try answer { $0.entries = [.init(name: "readme.txt", content: [1])] }
                == "ZIP: expected an image file or an OME-Zarr image in a ZIP archive, found a ZIP archive without metadata of Zarr"
        )
        #expect(try answer { $0.entries = [] }.hasSuffix("found a ZIP archive without metadata of Zarr"))
        #expect(
            try answer { $0.entries = ["b", "a"].flatMap { HandmadeZip(values, in: "\($0).zarr/").entries } }
                == "ZIP: expected one OME-Zarr image in the archive, found \"a.zarr\" and \"b.zarr\"")
        #expect(try last { $0.flags = 1 } == "\(name): expected an entry without a password, found one with it")
        #expect(try last { $0.method = 93 } == "\(name): expected an entry that is stored or deflated, found Zstandard")
        #expect(try last { $0.method = 77 } == "\(name): expected an entry that is stored or deflated, found method 77")
        #expect(try last { $0.checksum = 5 } == "\(name): damaged image: expected its checksum, found another")
        #expect(
            try last { $0.claimedByteCount = 1 << 30 }
                .hasPrefix("\(name): damaged image: expected an entry inside the archive, found one of 1073741824 bytes in "))
        #expect(
            try last { $0.content = [UInt8](repeating: 1, count: 5000) } == "\(name): expected at most 4118 bytes, found 5000")
        #expect(try last { $0.claimedByteCount = 30 } == "\(name): damaged image: expected 30 bytes, found 20")
        for (isZip64, count) in [(true, 1 << 40), (true, 20_000_000), (true, 99), (false, 99)] {
            #expect(
                try answer { ($0.isZip64, $0.claimedEntryCount) = (isZip64, count) }
                    == "ZIP: damaged image: expected the directory of a ZIP archive, found none or a damaged one")
        }
    }

    @Test func `archives that are cut off or changed end in one line`() throws {
        var image = HandmadeZarr()
        image.packing = .zlib
        let archives = try [false, true].map { try HandmadeZip(image.values, isDeflated: $0, isZip64: $0).bytes }
        let limits = ImageLimits(widthMax: 2000, heightMax: 2000, heldBytesMax: 1 << 24)
        var readCount = 0
        for seed in 0..<800 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let archive = archives[Int(seed % 2)]
            let isCut = seed.isMultiple(of: 7)
            let path = try scratch.write(
                isCut ? Array(archive.prefix(Int.random(in: 4..<archive.count, using: &random))) : random.mutated(archive),
                to: "image.zarr.zip")
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
