@testable import Formats
internal import FuzzHarness

/// Every input is a `.npy` file, read as floats and as integers, whole and by ranges.
@main
enum NPYTarget {
    // libFuzzer calls on one thread.
    nonisolated(unsafe) private static let file = MemoryFile()

    static func main() throws {
        try Fuzzing.main(seeds: seeds) { input, count in
            NPYTarget.test(Fuzzing.bytes(input, count))
            return 0
        }
    }

    private static func seeds() -> [String: [UInt8]] {
        var seeds: [String: [UInt8]] = [:]
        for element in NPYElement.allCases {
            for order in ["c", "f"] {
                let header = NPYHeader(
                    element: element, shape: [3, 2], isFortranOrder: order == "f", isBigEndian: element.byteCount == 4)
                seeds["\(element)-\(order).npy"] = header.encoded() + (0..<header.dataByteCount).map { UInt8($0 & 3) }
            }
        }
        seeds["empty.npy"] = NPYHeader(element: .float32, shape: [0, 1 << 30], isFortranOrder: true).encoded()
        seeds["deep.npy"] =
            NPYHeader(element: .uint8, shape: [2, 1, 2, 1, 2], isFortranOrder: true).encoded() + [1, 2, 3, 4, 5, 6, 7, 8]
        return seeds
    }

    private static func test(_ bytes: [UInt8]) {
        file.replaceContent(bytes)
        do throws(ArrayError) { try read(bytes) } catch { Fuzzing.expectOneLine(error.description) }
    }

    private static func read(_ bytes: [UInt8]) throws(ArrayError) {
        let reader = try NPYReader(path: file.path)
        let header = reader.header
        precondition(header.dataByteCount <= bytes.count)
        let whole = try reader.floats(rows: 0..<header.rowCount)
        let cut = header.rowCount / 3
        let parts = try reader.floats(rows: 0..<cut) + reader.floats(rows: cut..<header.rowCount)
        precondition(whole.elementsEqual(parts) { $0.bitPattern == $1.bitPattern }, "ranges differ from the whole array")
        precondition(whole.count == header.rowCount * header.valuesPerRow)
        // What we would write of it reads as the same array.
        file.replaceContent(header.encoded() + bytes.suffix(header.dataByteCount))
        let again = try NPYReader(path: file.path)
        precondition(again.header == header, "\(again.header) was \(header)")
        let same = try again.floats(rows: 0..<header.rowCount)
        precondition(whole.elementsEqual(same) { $0.bitPattern == $1.bitPattern })
        let integers = try again.integers(rows: 0..<header.rowCount)
        precondition(integers.count == whole.count)
    }
}
