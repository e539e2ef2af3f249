@testable import Formats
import Foundation
@testable import Imaging
import Testing

/// Stacks whose first plane alone has a directory: ImageJ's above 4 GB, and those that tifffile calls truncated.
struct TIFFPlanesTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// A file of one directory, and planes one after the other behind it.
    private struct Stack {
        var width = 9
        var height = 7
        var planes = 5
        var samples = 1
        var bits = 8
        /// 1 for unsigned integers, 3 for floats.
        var format = 1
        var isBig = false
        var isPlanar = false
        var compression = 1
        var photometric: Int?
        var description = "ImageJ=1.54f\nimages=5\nslices=5\n"
        /// Bytes that the directory states for its strip; nil for those of a plane.
        var stripBytes: Int?

        var planeValueCount: Int { width * height * samples }

        /// The value at a position of a plane, as it is stored.
        func value(_ plane: Int, _ position: Int) -> Int { (31 * position + 77 * plane + 5) % (bits == 8 ? 256 : 60000) }

        func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            let little = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return isBig ? little.reversed() : little
        }

        func stored(_ value: Int) -> [UInt8] {
            format == 3 ? bytes(Int(Float(value).bitPattern), 4) : bytes(value, bits / 8)
        }

        /// Where the first plane begins.
        var start: Int { header(0).count }

        func header(_ start: Int) -> [UInt8] {
            let text = Array(description.utf8) + [0]
            let (count, planeBytes) = (13, planeValueCount * bits / 8)
            let after = 8 + 2 + 12 * count + 4
            // The strips of an image that stores its samples apart, behind the description.
            let strips = isPlanar ? samples : 1
            func list(_ values: [Int], at place: Int) -> [UInt8] {
                strips == 1 ? bytes(values[0], 4) : bytes(after + text.count + place, 4)
            }
            let offsets = (0..<strips).map { start + $0 * planeBytes / strips }
            let counts = offsets.map { _ in stripBytes ?? planeBytes / strips }
            func short(_ value: Int) -> [UInt8] { bytes(value, 2) + [0, 0] }
            let entries: [(tag: Int, type: Int, count: Int, value: [UInt8])] = [
                (254, 4, 1, bytes(0, 4)), (256, 4, 1, bytes(width, 4)), (257, 4, 1, bytes(height, 4)), (258, 3, 1, short(bits)),
                (259, 3, 1, short(compression)), (262, 3, 1, short(photometric ?? (samples == 3 ? 2 : 1))),
                (270, 2, text.count, bytes(after, 4)), (273, 4, strips, list(offsets, at: 0)), (277, 3, 1, short(samples)),
                (278, 4, 1, bytes(height, 4)), (279, 4, strips, list(counts, at: 4 * strips)),
                (284, 3, 1, short(isPlanar ? 2 : 1)), (339, 3, 1, short(format)),
            ]
            precondition(entries.count == count)
            let table = entries.flatMap { bytes($0.tag, 2) + bytes($0.type, 2) + bytes($0.count, 4) + $0.value }
            return Array((isBig ? "MM" : "II").utf8) + bytes(42, 2) + bytes(8, 4) + bytes(count, 2) + table + bytes(0, 4) + text
                + (strips == 1 ? [] : (offsets + counts).flatMap { bytes($0, 4) })
        }

        var file: [UInt8] {
            header(start) + (0..<planes).flatMap { plane in (0..<planeValueCount).flatMap { stored(value(plane, $0)) } }
        }

        /// The values of a plane as they are read.
        func values(_ plane: Int) -> [Int] { (0..<planeValueCount).map { value(plane, $0) } }
    }

    private static func values(_ pixels: PixelBuffer) -> [Int] {
        (0..<pixels.width * pixels.height * pixels.channels).map { Int(pixels.value(at: $0)) }
    }

    @Test(arguments: [false, true], [8, 16, 32])
    func `all planes of an ImageJ stack with one directory are read`(_ isBig: Bool, _ bits: Int) throws {
        var stack = Stack(bits: bits, format: bits == 32 ? 3 : 1, isBig: isBig)
        for samples in [1, 3] {
            stack.samples = samples
            // ImageJ states what fits; some programs nothing.
            for stripBytes in [nil, 1] {
                stack.stripBytes = stripBytes
                let path = try scratch.write(stack.file, to: "stack.tif")
                let contents = try ImageFile.contents(path: path)
                #expect(contents.depth == 5 && contents.times == 1 && contents.channels == samples)
                #expect(contents.notes.isEmpty, "\(contents.notes)")
                for plane in stripBytes == nil ? 0..<5 : 1..<5 {
                    let pixels = try ImageFile.readAll(path: path, ImageSelection(page: plane))
                    #expect(pixels.sampleType == [8: .uint8, 16: .uint16, 32: .float32][bits])
                    #expect(Self.values(pixels) == stack.values(plane), "plane \(plane)")
                    if bits < 32, samples == 1 {
                        let labels = try ImageFile.readAllLabels(path: path, ImageSelection(page: plane)).labels
                        #expect(labels == stack.values(plane).map(UInt16.init))
                    }
                }
            }
        }
    }

    @Test func `channels, depth and time are found as the description orders them`() throws {
        var stack = Stack(planes: 12)
        stack.description = "ImageJ=1.54f\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\n"
        let path = try scratch.write(stack.file, to: "hyper.tif")
        let contents = try ImageFile.contents(path: path)
        #expect(contents.depth == 3 && contents.times == 2 && contents.channels == 2)
        for page in 0..<6 {
            let (first, second) = (stack.values(2 * page), stack.values(2 * page + 1))
            let pixels = try ImageFile.readAll(path: path, ImageSelection(page: page))
            #expect(Self.values(pixels) == first.indices.flatMap { [first[$0], second[$0]] })
            #expect(Self.values(try ImageFile.readAll(path: path, ImageSelection(page: page, channels: [1]))) == second)
        }
    }

    @Test func `windows of a plane are its pixels`() throws {
        let stack = Stack(bits: 16, isBig: true)
        let path = try scratch.write(stack.file, to: "stack.tif")
        guard case .windows(let reader) = try ImageFile.source(path: path, ImageSelection(page: 4)) else {
            Issue.record("expected windows")
            return
        }
        let whole = try ImageFile.readAll(path: path, ImageSelection(page: 4))
        for window in [PixelRect(x: 2, y: 3, width: 5, height: 4), PixelRect(x: 8, y: 0, width: 1, height: 1)] {
            #expect(try reader.read(window) == whole.cropped(to: window))
        }
    }

    @Test(arguments: [#""axes": "ZYX", "#, #""axes": "QYX", "#, ""])
    func `tifffile's truncated stacks are read, with axes and without`(_ axes: String) throws {
        var stack = Stack(bits: 16)
        stack.description = #"{"shape": [5, 7, 9], \#(axes)"truncated": true}"#
        let path = try scratch.write(stack.file, to: "truncated.tif")
        #expect(try ImageFile.contents(path: path).depth == 5)
        for plane in 0..<5 {
            #expect(try Self.values(ImageFile.readAll(path: path, ImageSelection(page: plane))) == stack.values(plane))
        }
    }

    @Test func `a truncated stack of colours is read, interleaved or in planes`() throws {
        var stack = Stack(samples: 3)
        stack.description = #"{"shape": [5, 7, 9, 3], "truncated": true}"#
        let path = try scratch.write(stack.file, to: "truncated.tif")
        #expect(try Self.values(ImageFile.readAll(path: path, ImageSelection(page: 3))) == stack.values(3))

        stack.isPlanar = true
        for description in [
            #"{"shape": [5, 3, 7, 9], "axes": "ZSYX", "truncated": true}"#, #"{"shape": [5, 3, 7, 9], "truncated": true}"#,
        ] {
            stack.description = description
            let planar = try scratch.write(stack.file, to: "planar.tif")
            for plane in 0..<5 {
                let values = stack.values(plane)
                let expected = (0..<63).flatMap { [values[$0], values[63 + $0], values[126 + $0]] }
                #expect(try Self.values(ImageFile.readAll(path: planar, ImageSelection(page: plane))) == expected)
                let green = try ImageFile.readAll(path: planar, ImageSelection(page: plane, channels: [1]))
                #expect(Self.values(green) == Array(values[63..<126]))
            }
        }
    }

    @Test func `samples that are counted as channels are channels once`() throws {
        var stack = Stack(samples: 3)
        stack.description = "ImageJ=1.54f\nimages=5\nchannels=3\nslices=5\n"
        let path = try scratch.write(stack.file, to: "rgb.tif")
        let contents = try ImageFile.contents(path: path)
        #expect(contents.depth == 5 && contents.channels == 3)
        #expect(try Self.values(ImageFile.readAll(path: path, ImageSelection(page: 4))) == stack.values(4))
    }

    @Test func `grey levels from white are inverted in every plane`() throws {
        let path = try scratch.write(Stack(photometric: 0).file, to: "white.tif")
        for plane in [0, 3] {
            let expected = Stack().values(plane).map { 255 - $0 }
            #expect(try Self.values(ImageFile.readAll(path: path, ImageSelection(page: plane))) == expected)
        }
    }

    @Test func `a file that ends too early is an error that names the plane, and a note`() throws {
        let stack = Stack()
        let file = stack.file
        let path = try scratch.write(Array(file.dropLast(64)), to: "cut.tif")
        #expect(try Self.values(ImageFile.readAll(path: path, ImageSelection(page: 2))) == stack.values(2))
        for plane in [3, 4] {
            let error = #expect(throws: ImageError.self) { try ImageFile.readAll(path: path, ImageSelection(page: plane)) }
            let offset = stack.start + 63 * plane
            #expect(
                error
                    == .corrupt(
                        path: path,
                        reason: "plane \(plane) of 5: expected 63 bytes from byte \(offset) on, "
                            + "found the end of the file at \(file.count - 64)"))
        }
        #expect(
            try ImageFile.contents(path: path).notes == [
                ImageNote(.missing, "3 of 5 planes are in the file, the others cannot be read; was the copy complete?")
            ])
        #expect(throws: ImageError.self) { try ImageFile.source(path: path, ImageSelection(page: 5)) }
    }

    @Test func `a compressed first plane has no others behind it, and this is said`() throws {
        var stack = Stack()
        stack.compression = 32773
        let path = try scratch.write(stack.file, to: "packed.tif")
        let error = #expect(throws: ImageError.self) { try ImageFile.source(path: path, ImageSelection(page: 1)) }
        #expect(
            error
                == .unsupported(
                    path: path,
                    reason:
                        "expected a directory for each of the 5 images of its description, or images that are not compressed and "
                        + "follow the first one; found one directory"))
    }

    // MARK: - Above 4 GB

    /// Whether a file without content may be as large as 5 GB here.
    private static func holdsLargeFiles() -> Bool {
        guard let scratch = try? ScratchFolder(), let path = try? scratch.write([0], to: "large") else { return false }
        return truncate(path, 5 << 30) == 0
    }

    @Test(.enabled(if: Self.holdsLargeFiles(), "the file system holds no files above 4 GB"))
    func `planes beyond 4 GB are read where they lie`() throws {
        // 12 planes of 400 MB: a file without content, except for a few pixels of the last plane.
        var stack = Stack(width: 20000, height: 20000, planes: 0)
        stack.description = "ImageJ=1.54f\nimages=12\nslices=12\n"
        let path = try scratch.write(stack.file, to: "large.tif")
        try #require(truncate(path, off_t(stack.start + 12 * 400_000_000)) == 0)
        let marks: [UInt8] = [1, 2, 3, 4, 5]
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        let place = stack.start + 11 * 400_000_000 + 19998 * 20000 + 19000
        try #require(pwrite(descriptor, marks, 5, off_t(place)) == 5)
        #expect(place > 4 << 30)

        #expect(try ImageFile.contents(path: path).depth == 12)
        guard case .windows(let reader) = try ImageFile.source(path: path, ImageSelection(page: 11)) else {
            Issue.record("expected windows")
            return
        }
        let window = try reader.read(PixelRect(x: 18999, y: 19997, width: 7, height: 3))
        #expect(window.bytes == [UInt8](repeating: 0, count: 8) + marks + [UInt8](repeating: 0, count: 8))

        try #require(truncate(path, off_t(place)) == 0)
        let error = #expect(throws: ImageError.self) { try ImageFile.source(path: path, ImageSelection(page: 11)) }
        #expect(error?.description.contains("plane 11 of 12: expected 400000000 bytes from byte") == true)
    }
}
