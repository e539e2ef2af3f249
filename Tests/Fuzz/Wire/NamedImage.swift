internal import Core
internal import Foundation

/// A folder with one small image, which jobs may name: `image.png`, 200 bytes, changed at 0.
final class NamedImage {
    let folder: String
    let policy: ReferencePolicy

    init() {
        var template = Array("/dev/shm/coppice-fuzz-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { preconditionFailure("no folder in /dev/shm") }
        folder = String(cString: path)
        do {
            policy = try ReferencePolicy(roots: [folder], prefixes: ["https://example.org/a"])
            let image = folder + "/image.png"
            let writer = try PNGRowWriter(path: image, width: 8, height: 8, kind: .grey8)
            let rows = (0..<64).map { UInt8($0) }
            try rows.withUnsafeBytes { rows throws(ImageError) in try writer.write(8, from: rows) }
            try writer.finish()
            // The size is part of a reference: what follows the end of the image is not read.
            precondition(truncate(image, 200) == 0)
            var times = [timespec(), timespec()]
            precondition(utimensat(AT_FDCWD, image, &times, 0) == 0)
        } catch {
            preconditionFailure("the image of the references: \(error)")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}
