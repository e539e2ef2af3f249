import Foundation
import Testing

/// A file of `Goldens`, read from its head on: little-endian values, one after the other.
struct GoldenFile {
    private var rest: Data

    init(_ name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        rest = try Data(contentsOf: folder.appending(path: "Goldens/\(name).bin"))
    }

    /// Whether all was taken.
    var isAtEnd: Bool { rest.isEmpty }

    /// The next `count` values; fails the test if there are fewer.
    mutating func take<Value: BitwiseCopyable>(_ count: Int, _ type: Value.Type) throws -> [Value] {
        let byteCount = count * MemoryLayout<Value>.size
        try #require(rest.count >= byteCount)
        defer { rest = rest.dropFirst(byteCount) }
        return rest.prefix(byteCount).withUnsafeBytes { bytes in
            (0..<count).map { bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Value>.size, as: type) }
        }
    }
}
