internal import Formats
internal import Foundation
internal import Primitives
internal import Protocol

/// The directory of a run that is open: its lock and its ledger.
///
///     D/lock             held by the process that works in D
///     D/ledger.sqlite    the record, with small results
///     D/results/ab/…     large results, by their hash
///
/// Safe to use from any thread.
package final class RunDirectory: Sendable {
    let path: String
    let ledger: Ledger
    private let manifest: RunManifest
    private let lock: RunLock

    /// Opens the directory, and makes it if there is none.
    ///
    /// - Throws: bad input when it is of another run; an I/O error when another process works in it, or it cannot be written.
    package init(path: String, manifest: RunManifest, arguments: [String] = CommandLine.arguments) throws(CoordinatorError) {
        do {
            try FileSystem.makeFolder(path)
        } catch {
            throw CoordinatorError(.inputOutput, "run \(path): \(error.reason)")
        }
        self.path = path
        self.manifest = manifest
        lock = try RunLock(directory: path)
        ledger = try Ledger(directory: path, manifest: manifest, arguments: arguments)
    }

    /// What is said when the run begins; nil for a new one.
    var greeting: String? {
        get throws(CoordinatorError) {
            if ledger.wasFinished {
                return "run \(path) is finished: of its outputs, those that are missing or changed are written again"
            }
            return ledger.authority.epoch > 1 ? "run \(path) goes on: \(try kept)" : nil
        }
    }

    /// 32 hexadecimal digits that are the same whenever the run works on the separate input `number`, as long as that stays what it is.
    func key(ofInput number: Int) -> String {
        let words = "\(ledger.authority.run) \(number) \(manifest.inputs[number].sha256.hex)"
        return String(ContentHash(of: Array(words.utf8)).hex.prefix(32))
    }

    /// Closes the ledger, gives the directory free, and adds to an error that can be mended how to go on.
    func conclude(_ failure: CoordinatorError?) throws(CoordinatorError) {
        defer { lock.release() }
        guard let failure else { return try ledger.close(as: .finished, message: nil) }
        guard [.interrupted, .incomplete, .noWorker].contains(failure.kind) else {
            // The first error is the one to tell; a ledger that cannot be closed either is most often its reason.
            try? ledger.close(as: .failed, message: failure.description)
            throw failure
        }
        try? ledger.batch.flush()
        let told = CoordinatorError(
            failure.kind,
            "\(failure.description)\(failure.kind == .interrupted ? ":" : ";") \(try kept); the same command continues")
        try ledger.close(as: failure.kind == .interrupted ? .interrupted : .failed, message: failure.description)
        throw told
    }

    /// Such as `12 of 64 jobs are kept in D`.
    private var kept: String {
        get throws(CoordinatorError) {
            let (kept, jobs) = try ledger.progress()
            return "\(kept)\(jobs.map { " of \($0)" } ?? "") jobs are kept in \(path)"
        }
    }
}
