@testable import Formats
internal import Foundation
@testable import Imaging
@testable import Jobs

/// A folder with one small image, which jobs may name: `image.png`, 200 bytes, changed at 0.
struct NamedImage {
    let folder: String
    let policy: ReferencePolicy

    init() {
        folder = Self.makeFolder()
        do {
            try Self.writeImage(folder + "/image.png")
            policy = try ReferencePolicy(roots: [folder], prefixes: ["https://example.org/a"])
        } catch {
            preconditionFailure("the image of the references: \(error)")
        }
    }

    private static func makeFolder() -> String {
        var template = Array("/dev/shm/coppice-fuzz-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no folder in /dev/shm")
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func writeImage(_ path: String) throws {
        let writer = try PNGRowWriter(path: path, width: 8, height: 8, kind: .grey8)
        let rows = (0..<64).map { UInt8($0) }
        try rows.withUnsafeBytes { try writer.write(8, from: $0) }
        try writer.finish()
        // The size is part of a reference: what follows the end of the image is not read.
        precondition(truncate(path, 200) == 0, "the image's size")
        let times = [timespec(), timespec()]
        precondition(utimensat(AT_FDCWD, path, times, 0) == 0, "the image's time")
    }
}
