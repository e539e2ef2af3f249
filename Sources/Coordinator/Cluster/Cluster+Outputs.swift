internal import Formats
internal import Foundation
internal import Jobs
internal import Primitives

extension Cluster {
    /// The files that a phase of a kept run has written, if the same was asked for and they are as they were written; nil if they are
    /// to be written.
    ///
    /// - Parameter paths: what is asked for.
    func keptOutputs(ofPhase number: Int, for paths: MapOutputs) async throws -> [String]? {
        guard let ledger = directory?.ledger else { return nil }
        return try await offload {
            guard let files = try ledger.outputs(of: number, request: paths.request) else { return nil }
            let areThere = files.allSatisfy { file in (try? ContentHash(ofOutput: file.path)) == file.sha256 }
            return areThere ? files.map(\.path) : nil
        }
    }

    /// Writes down, if the run is kept, that a phase has written its outputs.
    func keep(outputs: [String], ofPhase number: Int, for paths: MapOutputs) async throws {
        guard let ledger = directory?.ledger else { return }
        try await offload {
            let files = try outputs.map { RunManifest.Input(path: $0, sha256: try ContentHash(ofOutput: $0)) }
            try ledger.keep(outputs: files, of: number, request: paths.request)
        }
    }

    /// Forgets what is kept of a phase whose input turned out to be bad.
    func forget(phase number: Int) throws(CommandError) { try directory?.ledger.forget(phase: number) }
}
