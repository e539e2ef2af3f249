@testable import Compression
@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
import Testing

@Suite struct ReferenceReaderTests {
    private let folder: ScratchFolder
    private let reader: ReferenceReader

    init() throws {
        folder = try ScratchFolder()
        reader = ReferenceReader(try ReferencePolicy(roots: [folder.path("")], prefixes: []), heldBytesMax: 1 << 20)
    }

    /// Grey rows, of which row r holds the value `first + r`.
    private func image(first: Int = 0, height: Int = 200) throws -> [UInt8] {
        let rows = (0..<height).map { [UInt8](repeating: UInt8(truncatingIfNeeded: first + $0), count: 16) }
        return try HandmadePNG.file(width: 16, height: height, bitDepth: 8, colourType: 0, rows: rows)
    }

    private func reference(_ name: String, y: Int, height: Int = 4) throws -> ImageReference {
        let identity = try InputFile(path: folder.path(name)).identity
        return ImageReference(
            path: name, size: identity.byteCount, modified: identity.modifiedNanoseconds,
            window: PixelRect(x: 2, y: y, width: 3, height: height))
    }

    private func firstColumn(_ source: ImageReference) throws -> [UInt8] {
        let pixels = try reader.pixels(of: source, cancellation: nil)
        return stride(from: 0, to: pixels.bytes.count, by: 3).map { pixels.bytes[$0] }
    }

    @Test func `windows upwards, downwards and over one another hold the same pixels as the image`() throws {
        _ = try folder.write(image(), to: "a.png")
        for y in [0, 1, 3, 90, 88, 196, 0, 100, 100] {
            #expect(try firstColumn(reference("a.png", y: y)) == (y..<y + 4).map { UInt8($0) }, "\(y)")
        }
        #expect(try firstColumn(reference("a.png", y: 150, height: 50)).last == 199)
    }

    @Test func `a file that takes another's place is not taken for it`() throws {
        _ = try folder.write(image(), to: "a.png")
        let old = try reference("a.png", y: 5)
        #expect(try firstColumn(old) == [5, 6, 7, 8])
        _ = try folder.write(image(first: 40, height: 201), to: "a.png")
        #expect(throws: JobError.self) { try firstColumn(old) }
        #expect(try firstColumn(reference("a.png", y: 5)) == [45, 46, 47, 48])
    }

    @Test func `an image that is cut off fails where it ends, again and again`() throws {
        let whole = try image()
        _ = try folder.write(Array(whole.prefix(whole.count / 3)), to: "cut.png")
        let source = try reference("cut.png", y: 190)
        for _ in 0..<2 { #expect(throws: JobError.self) { try firstColumn(source) } }
    }

    @Test(arguments: [false, true])
    func `an image that unpacks to more than may be held is refused before it is`(isInterlaced: Bool) throws {
        let side = isInterlaced ? 2000 : 1_000_000
        let bomb =
            HandmadePNG.signature
            + HandmadePNG.header(width: side, height: side, bitDepth: 16, colourType: 2, isInterlaced: isInterlaced)
            + HandmadePNG.chunk("IDAT", try Zlib.compress([UInt8](repeating: 0, count: 1 << 16), level: 9))
            + HandmadePNG.chunk("IEND", [])
        _ = try folder.write(bomb, to: "bomb.png")
        let source = try reference("bomb.png", y: 0)
        let error = #expect(throws: JobError.self) { try firstColumn(source) }
        #expect(error?.description.contains("expected at most 1048576 bytes held") == true, "\(String(describing: error))")
    }

    @Test func `a raised flag stops the decoding`() throws {
        _ = try folder.write(image(), to: "a.png")
        let flag = CancellationFlag()
        flag.raise()
        let source = try reference("a.png", y: 150)
        #expect(throws: JobError.cancelled) { try reader.pixels(of: source, cancellation: flag) }
        #expect(try firstColumn(source) == [150, 151, 152, 153])
    }

    @Test func `a raised flag ends the reads of a folder, also of what is not there`() throws {
        _ = try folder.write([1, 2, 3], to: "a")
        let cancellation = ReadCancellation()
        let store = try FolderStore(path: folder.path(""), cancellation)
        let (present, missing) = (try #require(StoreKey(path: "a")), try #require(StoreKey(path: "b")))
        #expect(try store.read(present, .whole, byteCountMax: 9) == [1, 2, 3])
        #expect(try store.read(missing, .whole, byteCountMax: 9) == nil)
        cancellation.flag.raise()
        for key in [present, missing] {
            let error = #expect(throws: ImageError.self) { _ = try store.read(key, .whole, byteCountMax: 9) }
            #expect(error?.description.contains("called off") == true)
        }
    }

    @Test func `a data root that is no folder is refused`() {
        for root in [folder.path("none"), "/dev/null", ""] {
            #expect(throws: ReferenceError.self) { try ReferencePolicy(roots: [root], prefixes: []) }
        }
        #expect(throws: ReferenceError.self) { try ReferencePolicy(roots: [], prefixes: ["images"]) }
    }
}
