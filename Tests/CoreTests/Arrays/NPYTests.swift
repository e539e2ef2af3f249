@testable import Formats
import Testing

struct NPYTests {
    /// A file with a hand-written dictionary, as NumPy lays it out.
    static func file(_ dictionary: String, version: UInt8 = 1, data: [UInt8]) -> [UInt8] {
        let length = dictionary.utf8.count
        let size = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        return NPYHeader.magic + [version, 0] + size + Array(dictionary.utf8) + data
    }

    @Test func `the header is NumPy's, byte for byte`() {
        let header = NPYHeader(element: .float32, shape: [480, 640, 72]).encoded()
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (480, 640, 72), }"
        #expect(header.count == 128)
        #expect(Array(header[..<10]) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
        #expect(String(decoding: header[10..<10 + text.utf8.count], as: UTF8.self) == text)
        #expect(header[(10 + text.utf8.count)..<127].allSatisfy { $0 == 0x20 } && header[127] == 0x0A)
        let labels = String(decoding: NPYHeader(element: .uint8, shape: [5]).encoded(), as: UTF8.self)
        #expect(labels.contains("'descr': '|u1'") && labels.contains("'shape': (5,), }"))
    }

    @Test func `floats are read back, whole and by rows`() throws {
        let folder = try ScratchFolder()
        let path = folder.path("a.npy")
        let values = (0..<24).map { Float($0) / 7 }
        let writer = try NPYWriter(path: path, element: .float32, shape: [4, 2, 3])
        try writer.write(Array(values[..<5]))
        try writer.write(Array(values[5...]))
        try writer.finish()
        let reader = try NPYReader(path: path)
        #expect(reader.header == NPYHeader(element: .float32, shape: [4, 2, 3]))
        #expect(try reader.floats(rows: 0..<4) == values)
        #expect(try reader.floats(rows: 1..<3) == Array(values[6..<18]))
        #expect(try reader.floats(rows: 2..<2).isEmpty)
    }

    @Test func `integers of every type are read back`() throws {
        let folder = try ScratchFolder()
        func check<Value: NPYScalar & FixedWidthInteger>(_ values: [Value]) throws {
            let path = folder.path("i.npy")
            let writer = try NPYWriter(path: path, element: Value.npyElement, shape: [values.count])
            try writer.write(values)
            try writer.finish()
            let reader = try NPYReader(path: path)
            #expect(try reader.integers(rows: 0..<values.count) == values.map { Int($0) })
            #expect(try reader.floats(rows: 0..<values.count) == values.map { Float($0) })
        }
        try check([Int8.min, -1, 0, .max])
        try check([Int16.min, -1, 0, .max])
        try check([Int32.min, -1, 0, .max])
        try check([Int64.min, -1, 0, .max])
        try check([UInt8.min, 1, .max])
        try check([UInt16.min, 1, .max])
        try check([UInt32.min, 1, .max])
        try check([UInt64.min, 1, 1 << 62])
    }

    @Test func `bool, float64, big-endian and versions 2 and 3 are read`() throws {
        let folder = try ScratchFolder()
        let bool = try NPYReader(
            path: folder.write(
                Self.file("{'shape': (3,), 'fortran_order': False, 'descr': \"|b1\"}\n", version: 2, data: [0, 1, 1]), to: "b"))
        #expect(try bool.integers(rows: 0..<3) == [0, 1, 1])
        let doubles = try folder.write(
            Self.file(
                "{'descr': '<f8', 'fortran_order': False, 'shape': (1L,), }", version: 3,
                data: [0, 0, 0, 0, 0, 0, 0xF8, 0xBF]),
            to: "d")
        #expect(try NPYReader(path: doubles).floats(rows: 0..<1) == [-1.5])
        let swapped = try folder.write(
            Self.file("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", data: [1, 2, 0xFF, 0xFE]), to: "s")
        #expect(try NPYReader(path: swapped).integers(rows: 0..<2) == [258, -2])
    }

    @Test(arguments: [[5, 4], [3, 2, 4], [1, 6], [6], [2, 3, 2, 2], [0, 3], [3, 0]])
    func `Fortran order is read as C order`(shape: [Int]) throws {
        let folder = try ScratchFolder()
        let count = shape.reduce(1, *)
        // The value at each position is its C-order index; the file stores them with the first axis fastest.
        var stored = [UInt8](repeating: 0, count: count)
        for index in 0..<count { stored[Self.fortranOffset(ofIndex: index, shape: shape)] = UInt8(index) }
        let axes = shape.map(String.init).joined(separator: ", ") + ","
        let path = try folder.write(
            Self.file("{'descr': '|u1', 'fortran_order': True, 'shape': (\(axes)), }", data: stored), to: "f")
        let reader = try NPYReader(path: path)
        #expect(try reader.integers(rows: 0..<shape[0]) == Array(0..<count))
        let perRow = shape.dropFirst().reduce(1, *)
        for row in 0..<shape[0] {
            #expect(try reader.integers(rows: row..<row + 1) == Array(row * perRow..<(row + 1) * perRow))
        }
    }

    private static func fortranOffset(ofIndex index: Int, shape: [Int]) -> Int {
        var position: [Int] = []
        var rest = index
        for length in shape.reversed() {
            position.insert(rest % length, at: 0)
            rest /= length
        }
        return zip(position, shape).reversed().reduce(0) { $0 * $1.1 + $1.0 }
    }

    @Test func `floats are no labels, and unsigned values beyond Int are refused`() throws {
        let folder = try ScratchFolder()
        let floats = try folder.write(NPYHeader(element: .float64, shape: [0]).encoded(), to: "f")
        #expect(throws: ArrayError.unsupported(path: floats, reason: "expected an array of integers, found float64")) {
            try NPYReader(path: floats).integers(rows: 0..<0)
        }
        let large = try folder.write(
            NPYHeader(element: .uint64, shape: [1]).encoded() + [UInt8](repeating: 255, count: 8), to: "u")
        #expect(throws: ArrayError.self) { try NPYReader(path: large).integers(rows: 0..<1) }
    }

    #if os(Linux)
        @Test func `a full disk is an error`() throws {
            #expect(throws: ArrayError.io(path: "/dev/full", reason: "No space left on device")) {
                let writer = try NPYWriter(path: "/dev/full", element: .uint8, shape: [3])
                try writer.write([1, 2, 3] as [UInt8])
                try writer.finish()
            }
        }
    #endif
}
