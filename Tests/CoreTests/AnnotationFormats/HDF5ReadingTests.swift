@testable import AnnotationFormats
@testable import Annotations
import CHDF5
@testable import Imaging
@testable import Primitives
import Testing

/// What the library writes is read without it, and what is damaged or made to harm is refused.
@Suite struct HDF5ReadingTests {
    /// Sides of an array and of its chunks; no chunks where these are nil.
    struct Blocks: CustomTestStringConvertible {
        let shape: [Int]
        let chunk: [Int]?
        var testDescription: String { "\(shape) in \(chunk.map(String.init(describing:)) ?? "one")" }
    }

    private static let blocks = [
        Blocks(shape: [], chunk: nil), Blocks(shape: [5], chunk: nil), Blocks(shape: [4, 0, 2], chunk: nil),
        Blocks(shape: [6, 5, 1], chunk: nil), Blocks(shape: [5], chunk: [2]), Blocks(shape: [6, 5, 1], chunk: [6, 5, 1]),
        Blocks(shape: [7, 5, 1], chunk: [3, 2, 1]), Blocks(shape: [2, 7, 9, 1], chunk: [1, 4, 9, 1]),
        Blocks(shape: [3, 4, 5], chunk: [2, 4, 5]), Blocks(shape: [3, 4], chunk: [16, 16]),
        // So many chunks that their tree has levels.
        Blocks(shape: [150, 160], chunk: [2, 3]),
    ]

    /// Only chunks are filtered.
    private static let packedBlocks = blocks.flatMap { blocks -> [(Blocks, [HDF5Sample.Filter])] in
        let filters: [[HDF5Sample.Filter]] = [[], [.deflate], [.shuffle], [.shuffle, .deflate], [.deflate, .shuffle]]
        return (blocks.chunk == nil ? [[]] : filters).map { (blocks, $0) }
    }

    @Test(arguments: packedBlocks)
    func `numbers of 8 bits are those that were written`(blocks: Blocks, filters: [HDF5Sample.Filter]) throws {
        let count = blocks.shape.reduce(1, *)
        let values = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        let bytes = try HDF5Sample.bytes { file in
            file.group("a")
            file.dataset("a/b", hdf5_uint8(), values, shape: blocks.shape, chunk: blocks.chunk, filters: filters)
        }
        let read = try HDF5File(bytes, path: "in").bytes(of: "a/b")
        #expect(read.shape == blocks.shape && read.values == values)
    }

    @Test(arguments: [1, 2, 4, 8], [(false, false), (false, true), (true, false), (true, true)])
    func `whole numbers of all sizes are those that were written`(byteCount: Int, kind: (Bool, Bool)) throws {
        let (isSigned, isBigEndian) = kind
        let bits = UInt64.max >> (64 - 8 * byteCount)
        let words = [0, 1, 0x80 & bits, bits >> 1, bits, 0x0102_0304_0506_0708 & bits]
        let expected = words.map { word in
            isSigned ? Int64(bitPattern: word << (64 - 8 * byteCount)) >> (64 - 8 * byteCount) : Int64(clamping: word)
        }
        let elements = words.flatMap { word in
            let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
            return isBigEndian ? bytes.reversed() : bytes
        }
        let bytes = try HDF5Sample.bytes { file in
            let type = HDF5Sample.integer(byteCount: byteCount, isSigned: isSigned, isBigEndian: isBigEndian)
            file.dataset("whole", type, elements, shape: [2, 3])
            file.dataset("compact", type, elements, shape: [2, 3], isCompact: true)
            file.dataset("chunks", type, elements, shape: [2, 3], chunk: [1, 2], filters: [.shuffle, .deflate])
        }
        let file = try HDF5File(bytes, path: "in")
        for place in ["whole", "compact", "chunks"] {
            let read = try file.integers(of: place)
            #expect(read.shape == [2, 3] && read.values == expected, "\(place)")
        }
    }

    @Test func `texts of their own length are those that were written`() throws {
        let texts = ["a", "", "Grüße", String(repeating: "long ", count: 2000)] + (0..<400).map { "text \($0)" }
        let bytes = try HDF5Sample.bytes { file in
            file.ownTexts("whole", texts)
            file.ownTexts("chunks", texts, chunk: [7])
            file.ownAttribute("other", "x", of: "whole")
            file.ownAttribute("slice", "[1:2,3:4]", of: "whole")
        }
        let file = try HDF5File(bytes, path: "in")
        #expect(try file.texts(of: "whole") == texts && file.texts(of: "chunks") == texts)
        #expect(try file.attribute("slice", of: "whole") == "[1:2,3:4]" && file.attribute("none", of: "whole") == nil)
    }

    @Test func `values that were never written are the fill value`() throws {
        let bytes = try HDF5Sample.bytes { file in
            file.dataset("none", hdf5_uint8(), nil, shape: [4, 3], chunk: [2, 2], fill: UInt8(7))
            file.dataset("zeros", hdf5_uint8(), nil as [UInt8]?, shape: [4, 3])
            file.dataset(
                "some", hdf5_uint8(), [1, 2, 3, 4, 5, 6], shape: [4, 3], chunk: [2, 2], filters: [.deflate], fill: UInt8(7),
                rows: 2)
        }
        let file = try HDF5File(bytes, path: "in")
        #expect(try file.bytes(of: "none").values == [UInt8](repeating: 7, count: 12))
        #expect(try file.bytes(of: "zeros").values == [UInt8](repeating: 0, count: 12))
        #expect(try file.bytes(of: "some").values == [1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7])
    }

    @Test func `a group has all its names, and links to elsewhere lead nowhere`() throws {
        let names = (0..<700).map { "name \($0)" }
        let bytes = try HDF5Sample.bytes { file in
            file.group("many")
            for name in names { file.group("many/\(name)") }
            file.softLink("soft", to: "/many")
            file.group("other")
            file.externalLink("other/external", to: "/many", of: "other.h5")
        }
        let file = try HDF5File(bytes, path: "in")
        #expect(try file.names(in: "many") == names.sorted() && file.names(in: "none") == [])
        #expect(try file.has("many/name 699") && !file.has("many/name 700") && !file.has("many/name 1/x"))
        #expect(try file.names(in: "") == ["many", "other", "soft"])
        #expect(try !file.has("soft") && !file.has("soft/name 1"))
        #expect(throws: ImageError.self) { try file.bytes(of: "soft") }
        // A group with links to other files is of the newer kind.
        #expect { try file.has("other/external") } throws: { "\($0)".contains("found a newer one") }
    }

    @Test func `what is not read is refused by its name`() throws {
        let newest = try HDF5Sample.bytes(isNewest: true) { $0.group("a") }
        #expect {
            try AnnotationFile.read(AnnotationContent(path: "in", bytes: newest), AnnotationReading())
        } throws: { "\($0)".contains("found superblock 3") }
        let bytes = try HDF5Sample.bytes { file in
            file.dataset("external", hdf5_uint8(), nil as [UInt8]?, shape: [4], external: "values")
            file.dataset("checksum", hdf5_uint8(), [1, 2, 3] as [UInt8], shape: [3], chunk: [3], filters: [.checksum])
            file.dataset("many", hdf5_uint8(), nil as [UInt8]?, shape: [1 << 20, 1 << 20], chunk: [1, 1])
            file.dataset("wide", hdf5_uint8(), [1] as [UInt8], shape: [1 << 13, 1], chunk: [1, (1 << 14) + 1], rows: 1)
        }
        let file = try HDF5File(bytes, path: "in")
        for (place, reason) in [
            ("external", "found values in others"), ("checksum", "found filter 3"), ("many", "at most 67108864 values"),
            ("wide", "134217728 bytes"),
        ] {
            #expect { try file.bytes(of: place) } throws: { "\($0)".contains(reason) }
        }
    }

    @Test func `texts that are repeated without end are paid for`() throws {
        let long = String(repeating: "x", count: 1 << 20)
        let bytes = try HDF5Sample.bytes { $0.ownTexts("texts", [long]) }
        let file = try HDF5File(bytes, path: "in")
        for _ in 0..<15 { #expect(try file.texts(of: "texts").first == long) }
        #expect { try file.texts(of: "texts") } throws: { "\($0)".contains("16777216 bytes of text") }
    }

    /// A project with what ilastik writes and `HDF5Writer` does not: chunks, filters, texts of their own length.
    static func project() throws -> [UInt8] {
        try HDF5Sample.bytes { file in
            let root = "PixelClassification"
            for group in [root, "\(root)/LabelSets", "\(root)/LabelSets/labels000", "Input Data", "Input Data/infos"] {
                file.group(group)
            }
            file.group("Input Data/infos/lane0000")
            file.group("Input Data/infos/lane0000/Raw Data")
            file.ownTexts(
                "Input Data/infos/lane0000/Raw Data/axistags", [#"{"axes":[{"key":"y"},{"key":"x"},{"key":"c"}]}"#])
            file.ownTexts("\(root)/LabelNames", ["nuclei", "rest"])
            file.dataset("\(root)/LabelColors", hdf5_int64(), [230, 159, 0, 86, 180, 233] as [Int64], shape: [2, 3])
            let block = "\(root)/LabelSets/labels000/block0000"
            file.dataset(
                block, hdf5_uint8(), [1, 1, 0, 2, 0, 0, 2, 2] as [UInt8], shape: [2, 4, 1], chunk: [1, 3, 1],
                filters: [.shuffle, .deflate])
            file.ownAttribute("blockSlice", "[3:5,2:6,0:1]", of: block)
        }
    }

    @Test func `a project in chunks is read`() throws {
        let (format, read) = try AnnotationFile.read(
            AnnotationContent(path: "in", bytes: try Self.project()), AnnotationReading())
        #expect(format.option == "ilastik")
        #expect(read.document.classes.map(\.name) == ["nuclei", "rest"])
        let boxes = read.document.annotations.map(\.shape.box)
        #expect(boxes == [PixelRect(x: 2, y: 3, width: 2, height: 1), PixelRect(x: 4, y: 3, width: 2, height: 2)])
    }

    /// The library lost memory or went beyond it for a good part of these.
    @Test func `damage anywhere is an error in one line, or other values`() throws {
        let bytes = try Self.project()
        // Where the file is not empty, or damage would mostly change nothing.
        let places = bytes.indices.filter { bytes[$0] != 0 || $0.isMultiple(of: 16) }
        var failureCount = 0
        for seed in 0..<3000 as Range<UInt64> {
            var generator = SplitMix64(seed: seed)
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = places[Int.random(in: 0..<places.count, using: &generator)]
                damaged[place] =
                    [0, 1, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &generator)][
                        Int.random(in: 0..<5, using: &generator)]
            }
            do throws(ImageError) {
                _ = try IlastikProject.read(AnnotationContent(path: "in", bytes: damaged), AnnotationReading())
            } catch {
                failureCount += 1
                let isLine = !error.description.contains { $0.isNewline }
                #expect(isLine, "seed \(seed): \(error)")
            }
        }
        #expect(failureCount > 300)
    }
}
