import Foundation
import Testing

/// A folder of its own for one test, removed when the test lets go of it.
final class ScratchFolder {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "coppice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The path of `name` inside the folder; nothing is created.
    func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes `bytes` to a new file `name`, in place of an old one, and returns its path.
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        // Thousands of small files are written by some tests: `Data.write`, and emptying a file that is there, would each
        // wait for the disk.
        unlink(path(name))
        let stream = try #require(fopen(path(name), "wb"))
        defer { fclose(stream) }
        #expect(fwrite(bytes, 1, bytes.count, stream) == bytes.count)
        return path(name)
    }

    /// Makes the folder `name`, and those that it is in.
    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    /// The bytes of `name`.
    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path(name)))) }
}

/// Where tests find data that is not part of the package: `../shared/data` beside it.
enum SharedData {
    static func path(_ relative: String) -> String {
        URL(filePath: #filePath).appending(path: "../../../../../shared/data/\(relative)").standardized.path
    }

    static func exists(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: path(relative)) }
}

/// Small inputs that once went wrong, which are not part of the package: `../shared/faults/inputs` beside it.
enum SharedFaults {
    static func path(_ relative: String) -> String {
        URL(filePath: #filePath).appending(path: "../../../../../shared/faults/inputs/\(relative)").standardized.path
    }

    static let isHere = FileManager.default.fileExists(atPath: path("axes"))
}

/// Files beside the tests.
enum Golden {
    static func text(_ name: String) throws -> String {
        try String(contentsOf: URL(filePath: #filePath).appending(path: "../../Goldens/\(name)").standardized, encoding: .utf8)
    }
}
