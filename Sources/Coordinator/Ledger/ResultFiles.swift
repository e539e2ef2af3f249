internal import Formats
internal import Foundation
internal import Machine
internal import Primitives

/// Result documents that are too large for the database, each in a file that is named by its SHA-256: `results/ab/abcd…`.
///
/// A file appears under its name when it is written. It is not synchronised: who reads it compares the hash, and what a crash of
/// the machine has damaged is computed again. Safe to use from any thread.
struct ResultFiles: Sendable {
    private let directory: String

    init(directory: String) { self.directory = directory }

    private var folder: String { FilePath.join(directory, "results") }
    private var unfinished: String { FilePath.join(folder, "unfinished") }

    /// Makes the folders, and removes what an earlier process left half written.
    func prepare() throws(CoordinatorError) {
        do {
            if FileManager.default.fileExists(atPath: unfinished) { try FileManager.default.removeItem(atPath: unfinished) }
            try FileSystem.makeFolder(unfinished)
        } catch {
            throw failure(error)
        }
    }

    /// Writes the document, unless it is there.
    func write(_ document: Data, as hash: ContentHash) throws(CoordinatorError) {
        let path = path(of: hash)
        if byteCount(of: path) == document.count { return }
        let temporary = FilePath.join(unfinished, UUID().uuidString)
        do {
            try FileSystem.makeFolder(FilePath(path).folder)
        } catch {
            throw failure(error)
        }
        if let reason = OutputFile.failure(ofWriting: document, to: temporary, isDurable: false) {
            unlink(temporary)
            throw CoordinatorError(.inputOutput, "run \(directory): results: \(reason)")
        }
        guard rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw CoordinatorError(.inputOutput, "run \(directory): results: \(SystemReason.text(code))")
        }
    }

    /// The file's content, unchecked; nil if there is no such file or it cannot be read.
    func read(_ hash: ContentHash) -> Data? { try? Data(contentsOf: URL(fileURLWithPath: path(of: hash))) }

    func remove(_ hash: ContentHash) { unlink(path(of: hash)) }

    /// Where the document is or would be.
    func path(of hash: ContentHash) -> String {
        FilePath.join(FilePath.join(folder, String(hash.hex.prefix(2))), hash.hex)
    }

    private func byteCount(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    private func failure(_ error: any Error) -> CoordinatorError {
        let reason = (error as? FileError)?.reason ?? "the folder \(folder) cannot be emptied: \(error.localizedDescription)"
        return CoordinatorError(.inputOutput, "run \(directory): results: \(reason)")
    }
}
