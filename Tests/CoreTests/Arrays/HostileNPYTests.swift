@testable import Formats
@testable import Primitives
import Testing

/// Damaged and malicious `.npy` files must end in an `ArrayError` of one line.
struct HostileNPYTests {
    @Test(arguments: [
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "Python objects"),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "structured"),
        ("{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }", "found type '<f2'"),
        ("{'descr': '|f4', 'fortran_order': False, 'shape': (1,), }", "found type '|f4'"),
        ("{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", "found type '<U4'"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "0 or more"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "0 or more"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0), }", "too large"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "found a scalar"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1)}, ", "nothing after"),
        ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", "True or False"),
        ("{'descr': '<f4', 'fortran_order': False, }", "expected the keys"),
        ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "repeated key 'descr'"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", "unexpected or repeated key 'x'"),
        ("{'descr': '<f4\\n', 'fortran_order': False, 'shape': (1,), }", "plain string"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "expected 75 bytes for shape [2], found 71"),
        ("", "expected '{'"),
    ])
    func `hostile headers are refused with the reason`(dictionary: String, reason: String) throws {
        let folder = try ScratchFolder()
        let path = try folder.write(NPYTests.file(dictionary, data: [0, 0, 0, 0]), to: "a.npy")
        let error = #expect(throws: ArrayError.self) { try NPYReader(path: path) }
        let text = error?.description ?? ""
        #expect(text.contains(reason) && !text.contains("\n"), "\(text)")
    }

    @Test func `other content and unknown versions are refused`() throws {
        let folder = try ScratchFolder()
        let text = try folder.write(Array("1,2,3\n".utf8), to: "a.npy")
        #expect(throws: ArrayError.corrupt(path: text, reason: "expected a .npy file, found text")) {
            try NPYReader(path: text)
        }
        for version in [0, 4, 255] as [UInt8] {
            let path = try folder.write(NPYTests.file("{}", version: version, data: []), to: "v.npy")
            #expect(throws: ArrayError.self) { try NPYReader(path: path) }
        }
        let long = try folder.write(NPYHeader.magic + [2, 0, 255, 255, 255, 127, 0, 0], to: "long.npy")
        #expect(throws: ArrayError.self) { try NPYReader(path: long) }
    }

    @Test func `an array without rows is read at once, however many values a row has`() throws {
        let folder = try ScratchFolder()
        for isFortranOrder in [false, true] {
            let header = NPYHeader(element: .uint8, shape: [0, 1 << 29, 1 << 29], isFortranOrder: isFortranOrder)
            let reader = try NPYReader(path: try folder.write(header.encoded(), to: "none.npy"))
            #expect(try reader.floats(rows: 0..<0).isEmpty)
            #expect(try reader.integers(rows: 0..<0).isEmpty)
        }
    }

    @Test func `mutated files never crash`() throws {
        let folder = try ScratchFolder()
        let plain = NPYHeader(element: .float32, shape: [3, 2]).encoded() + [UInt8](repeating: 1, count: 24)
        let fortran =
            NPYHeader(element: .uint16, shape: [2, 2, 2], isFortranOrder: true).encoded() + [UInt8](repeating: 1, count: 16)
        for seed in 0..<3000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let path = try folder.write(random.mutated(seed.isMultiple(of: 2) ? plain : fortran), to: "mutated.npy")
            do throws(ArrayError) {
                let reader = try NPYReader(path: path)
                _ = try reader.floats(rows: 0..<reader.header.rowCount)
                _ = try reader.integers(rows: 0..<reader.header.rowCount)
            } catch {
                #expect(!error.description.contains("\n"), "seed \(seed)")
            }
        }
    }
}
