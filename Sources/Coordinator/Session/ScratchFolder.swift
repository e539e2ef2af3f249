internal import Foundation
internal import Machine

/// A folder for the time of a command, which only this user can read.
struct ScratchFolder: Sendable {
    let path: String

    /// - Throws: an I/O error.
    init() throws(CoordinatorError) {
        var template = Array(FilePath.join(FileManager.default.temporaryDirectory.path, "coppice-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CoordinatorError(
                .inputOutput,
                "\(FileManager.default.temporaryDirectory.path): a folder cannot be made: \(SystemReason.last)")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes it with all that is in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
