@testable import Formats
@testable import Imaging
import Testing

/// Arrays that are read as images and as label maps.
struct NPYImageTests {
    private func write<Value: NPYScalar>(_ values: [Value], _ shape: [Int], in folder: ScratchFolder) throws -> String {
        let path = folder.path("a.npy")
        let writer = try NPYWriter(path: path, element: Value.npyElement, shape: shape)
        try writer.write(values)
        try writer.finish()
        return path
    }

    @Test func `the values of an array are those of its pixels, whole and by windows`() throws {
        let folder = try ScratchFolder()
        let values = (0..<60).map { UInt16($0 * 1000) }
        let path = try write(values, [4, 5, 3], in: folder)
        let whole = try ImageFile.readAll(path: path)
        #expect(whole.info == ImageInfo(width: 5, height: 4, channels: 3, sampleType: .uint16))
        #expect((0..<60).map { whole.value(at: $0) } == values.map(Double.init))
        guard case .windows(let reader) = try ImageFile.source(path: path) else {
            Issue.record("expected windows")
            return
        }
        for window in [PixelRect(x: 1, y: 2, width: 3, height: 2), PixelRect(x: 0, y: 1, width: 5, height: 2)] {
            #expect(try reader.read(window) == whole.cropped(to: window))
        }
        let chosen = try ImageFile.readAll(path: path, ImageSelection(channels: [2]))
        #expect((0..<20).map { chosen.value(at: $0) } == (0..<20).map { Double(values[3 * $0 + 2]) })
        #expect(try ImageFile.contents(path: path).levels == [.init(width: 5, height: 4)])
    }

    @Test func `values become samples of 32 bits or fewer`() throws {
        let folder = try ScratchFolder()
        func check<Value: NPYScalar>(_ values: [Value], _ type: SampleType, _ samples: [Double]) throws {
            let image = try ImageFile.readAll(path: try write(values, [1, values.count], in: folder))
            #expect(image.sampleType == type)
            #expect(values.indices.map { image.value(at: $0) } == samples)
        }
        try check([Int8.min, .max], .int8, [-128, 127])
        try check([Int64(-3), 2_147_483_647], .int32, [-3, 2_147_483_647])
        try check([UInt64(3), 4_294_967_295], .uint32, [3, 4_294_967_295])
        try check([Float(0.1), -2], .float32, [Double(Float(0.1)), -2])
        try check([0.1, -2], .float32, [Double(Float(0.1)), -2])
        let large = try write([Int64(1), 2, 2_147_483_648, 3], [2, 2], in: folder)
        #expect(
            throws: ImageError.unsupported(
                path: large, reason: "row 1, column 0: expected a value of int32, found 2147483648")
        ) { try ImageFile.readAll(path: large) }
    }

    @Test func `bool and big-endian values are read`() throws {
        let folder = try ScratchFolder()
        let flags = "{'descr': '|b1', 'fortran_order': False, 'shape': (1, 2), }"
        #expect(try ImageFile.readAll(path: folder.write(NPYTests.file(flags, data: [0, 1]), to: "b.npy")).bytes == [0, 1])
        let big = "{'descr': '>i2', 'fortran_order': False, 'shape': (1, 2), }"
        let image = try ImageFile.readAll(path: folder.write(NPYTests.file(big, data: [1, 2, 255, 254]), to: "e.npy"))
        #expect([image.value(at: 0), image.value(at: 1)] == [258, -2])
    }

    @Test func `whole numbers are labels, of whatever type`() throws {
        let folder = try ScratchFolder()
        let integers = try write([Int64(0), 7, 300, 65535], [2, 2], in: folder)
        #expect(try ImageFile.readAllLabels(path: integers).labels == [0, 7, 300, 65535])
        #expect(try ImageFile.readAllLabels(path: write([Float(0), 2], [2, 1], in: folder)).labels == [0, 2])
        let large = try write([Int64(0), 65536], [1, 2], in: folder)
        #expect(
            throws: ImageError.unsupported(
                path: large, reason: "row 0, column 1: expected a label from 0 to 65535, found 65536")
        ) { try ImageFile.readAllLabels(path: large) }
        let shares = try write([Float(0), 0.5], [1, 2], in: folder)
        #expect(throws: ImageError.self) { try ImageFile.readAllLabels(path: shares) }
    }

    @Test(arguments: [
        ("<f4", "False", "(3,)", "found (3)"), ("<f4", "False", "(1, 1, 1, 3)", "found (1, 1, 1, 3)"),
        ("<f4", "False", "(0, 3)", "found (0, 3)"), ("<f4", "False", "(1, 1, 1025)", "found (1, 1, 1025)"),
        ("<f4", "True", "(3, 1)", "found Fortran order"), ("<u1", "False", "(1, 2000000)", "found 2000000×1"),
        ("<c8", "False", "(3, 1)", "found type '<c8'"),
    ])
    func `other arrays are refused in words`(_ type: String, _ order: String, _ shape: String, _ words: String) throws {
        let folder = try ScratchFolder()
        let dictionary = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }"
        let counts = shape.split { !$0.isNumber }.compactMap { Int($0) }
        let size = (Int(String(type.last ?? "1")) ?? 1) * counts.reduce(1, *)
        let path = try folder.write(NPYTests.file(dictionary, data: [UInt8](repeating: 0, count: size)), to: "a.npy")
        let error = #expect(throws: ImageError.self) { try ImageFile.open(path: path) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
}
