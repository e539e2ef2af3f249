internal import Formats
internal import Foundation
internal import Imaging
internal import Primitives
internal import Protocol

/// Everything that decides which jobs a run has and what their results are. The same manifest means the same jobs.
package struct RunManifest: Codable, Equatable, Sendable {
    /// A file or folder that is read, with its content's hash. Its path is for messages: a file may move.
    package struct Input: Codable, Equatable, Sendable {
        var path: String
        var sha256: ContentHash
    }

    /// Of Coppice.
    package var version = Coppice.version
    /// Such as `segment`.
    package var command: String
    /// By the names of their options.
    package var parameters: [String: String]
    package var inputs: [Input]
    /// So many inputs, from the first on, are worked on by themselves, each in the phase of its number.
    package var separateInputs: Int?

    /// Hashes the inputs.
    ///
    /// - Throws: an I/O error for a file that cannot be read.
    package init(
        command: String, parameters: [String: String], inputs paths: [String], separateInputs: Int? = nil
    ) throws(CoordinatorError) {
        self.separateInputs = separateInputs
        self.command = command
        self.parameters = parameters
        // A file of several images is named once for each.
        var hashes: [[UInt8]: ContentHash] = [:]
        inputs = try paths.map { (path) throws(CoordinatorError) in
            do {
                // By its bytes: names that are the same text in two Unicode forms are two files.
                let hash = try hashes[Array(path.utf8)] ?? ContentHash(ofInput: path)
                hashes[Array(path.utf8)] = hash
                return Input(path: path, sha256: hash)
            } catch {
                let reason = (error as? ImageError)?.reason ?? (error as? FileError)?.reason ?? "cannot be read"
                throw CoordinatorError(.inputOutput, "\(path): \(reason)")
            }
        }
    }

    /// The first thing in which `found` is another run than this one, as `expected …, found …`; nil if it is the same.
    ///
    /// - Parameter begun: phases of which something is kept: a separate input of another phase may be another one now.
    package func difference(from found: RunManifest, begun: Set<Int> = []) -> String? {
        if command != found.command { return "expected the command \(command), found \(found.command)" }
        if version != found.version { return "expected coppice \(version), found \(found.version)" }
        for name in Set(parameters.keys).union(found.parameters.keys).sorted() where parameters[name] != found.parameters[name] {
            return "expected \(name) \(parameters[name] ?? "none"), found \(found.parameters[name] ?? "none")"
        }
        if inputs.count != found.inputs.count {
            return "expected \(inputs.count) input files, found \(found.inputs.count)"
        }
        for (number, (expected, found)) in zip(inputs, found.inputs).enumerated() where expected.sha256 != found.sha256 {
            if number < separateInputs ?? 0, !begun.contains(number) { continue }
            let name = expected.path == found.path ? "" : " in \(found.path)"
            return "expected input \(expected.path) with sha256 \(expected.sha256.hex.prefix(12))…, "
                + "found \(found.sha256.hex.prefix(12))…\(name)"
        }
        return nil
    }
}
