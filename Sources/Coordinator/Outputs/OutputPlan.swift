internal import Formats
internal import Foundation

/// The files that a command reads and writes, held against each other before anything is computed.
package struct OutputPlan: Sendable {
    /// One file, and what the user calls it: `--output`, or the input's own name.
    package struct Entry: Hashable, Sendable {
        let name: String
        package let path: String
    }

    package private(set) var inputs: [Entry] = []
    private(set) var outputs: [Entry] = []

    package init() {}

    package mutating func read(_ paths: [String]) { inputs += paths.map { Entry(name: $0, path: $0) } }

    /// - Parameter endings: the extensions that fit what is written; empty for any.
    /// - Throws: a usage error for another ending.
    package mutating func write(_ path: String?, as option: String, endings: [String] = []) throws(CoordinatorError) {
        guard let path else { return }
        let file = FilePath(path)
        guard !["", ".", ".."].contains(file.name) else {
            throw CoordinatorError(.usage, "\(option): expected the name of a file, found \"\(path)\"")
        }
        // Where no home folder is known, `~` is none: no folder of this name is made.
        guard path.prefix(while: { $0 != "/" }) != "~" else {
            throw CoordinatorError(.usage, "\(option): expected the name of a file, found \(path), and no home folder (HOME)")
        }
        guard endings.isEmpty || endings.contains(file.ending) else {
            let known = endings.map { ".\($0)" }.joined(separator: " or ")
            throw CoordinatorError(.usage, "\(option): expected a name that ends in \(known), found \"\(path)\"")
        }
        outputs.append(Entry(name: option, path: path))
    }

    /// Refuses plans in which a file is written twice, an input is overwritten or, if it is a folder, added to, or an output cannot be
    /// written.
    ///
    /// - Returns: what is to be warned of: names that some file systems do not tell apart.
    package func check() throws(CoordinatorError) -> [String] {
        var owners: [[UInt8]: String] = [:]
        for input in inputs { owners[Self.identity(of: input.path)] = "the input \(input.name)" }
        // Outputs by their text in lower case, which is equal in every Unicode form.
        var looks: [String: Entry] = [:]
        var warnings: [String] = []
        for output in outputs {
            if let other = owners.updateValue("\(output.name) \(output.path)", forKey: Self.identity(of: output.path)) {
                throw CoordinatorError(
                    .usage, "\(output.name): expected a file of its own, found \(output.path), which is also \(other)")
            }
            if let other = looks.updateValue(output, forKey: Self.place(of: output.path).lowercased()) {
                let difference = output.path == other.path ? "their Unicode form" : "case"
                if FileSystem.foldsNames(in: FilePath(output.path).folder) {
                    throw CoordinatorError(
                        .usage,
                        "\(output.name): expected a file of its own, found \(output.path), which differs from \(other.name) \(other.path) in "
                            + "\(difference) alone: one file here")
                }
                warnings.append(
                    "\(output.name): \(other.path) and \(output.path) differ in \(difference) alone: where a file system does not tell them apart, "
                        + "one replaces the other")
            }
            for input in inputs where Self.lies(output.path, inside: input.path) {
                throw CoordinatorError(
                    .usage, "\(output.name): expected a place outside of the input \(input.name), found \(output.path)")
            }
            try Self.checkWritable(output)
        }
        return warnings
    }

    /// Whether `path`, which need not exist, lies in the folder `folder`; false if that is none.
    private static func lies(_ path: String, inside folder: String) -> Bool {
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, let root = resolved(folder) else { return false }
        var place = FilePath(path).folder
        while !place.isEmpty, place != "/", resolved(place) == nil { place = FilePath(place).folder }
        guard let resolved = resolved(place.isEmpty ? "." : place) else { return false }
        return resolved == root || resolved.hasPrefix(root == "/" ? root : root + "/")
    }

    /// The path with symbolic links resolved; nil if nothing is there.
    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    /// Equal for two paths exactly if they name one file, whether it exists or not.
    private static func identity(of path: String) -> [UInt8] {
        var status = stat()
        return Array((stat(path, &status) == 0 ? "\(status.st_dev):\(status.st_ino)" : place(of: path)).utf8)
    }

    /// The path as far as it can be told, with what symbolic links lead to.
    private static func place(of path: String) -> String {
        let file = FilePath((try? FileSystem.linkTarget(path)) ?? path)
        guard let folder = FileSystem.resolved(file.folder.isEmpty ? "." : file.folder) else {
            return URL(fileURLWithPath: file.sibling(file.name)).standardized.path
        }
        return FilePath.join(folder, file.name)
    }

    /// The nearest folder that exists must be one, and writable.
    private static func checkWritable(_ output: Entry) throws(CoordinatorError) {
        let target: String
        do {
            target = try FileSystem.linkTarget(output.path)
        } catch {
            throw CoordinatorError(.inputOutput, "\(output.path): \(error.reason)")
        }
        if let obstacle = FileSystem.obstacle(toWritingIn: FilePath(target).folder) {
            throw CoordinatorError(.inputOutput, "\(output.path): \(obstacle)")
        }
    }
}
