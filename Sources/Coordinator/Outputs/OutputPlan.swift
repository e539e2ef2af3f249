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
        guard endings.isEmpty || endings.contains(file.ending) else {
            let known = endings.map { ".\($0)" }.joined(separator: " or ")
            throw CoordinatorError(.usage, "\(option): expected a name that ends in \(known), found \"\(path)\"")
        }
        outputs.append(Entry(name: option, path: path))
    }

    /// Refuses plans in which a file is written twice, an input is overwritten or, if it is a folder, added to, or an output cannot be
    /// written.
    package func check() throws(CoordinatorError) {
        var owners: [String: String] = [:]
        for input in inputs { owners[Self.identity(of: input.path)] = "the input \(input.name)" }
        for output in outputs {
            if let other = owners.updateValue("\(output.name) \(output.path)", forKey: Self.identity(of: output.path)) {
                throw CoordinatorError(
                    .usage, "\(output.name): expected a file of its own, found \(output.path), which is also \(other)")
            }
            for input in inputs where Self.lies(output.path, inside: input.path) {
                throw CoordinatorError(
                    .usage, "\(output.name): expected a place outside of the input \(input.name), found \(output.path)")
            }
            try Self.checkWritable(output)
        }
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
    private static func identity(of path: String) -> String {
        var status = stat()
        if stat(path, &status) == 0 { return "\(status.st_dev):\(status.st_ino)" }
        let file = FilePath(path)
        guard let folder = resolved(file.folder.isEmpty ? "." : file.folder) else {
            return URL(fileURLWithPath: path).standardized.path
        }
        return "\(folder)/\(file.name)"
    }

    /// The nearest folder that exists must be one, and writable.
    private static func checkWritable(_ output: Entry) throws(CoordinatorError) {
        var folder = FilePath(output.path).folder
        var status = stat()
        while !folder.isEmpty, folder != "/", stat(folder, &status) != 0, errno == ENOENT { folder = FilePath(folder).folder }
        let place = folder.isEmpty ? "." : folder
        guard stat(place, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw CoordinatorError(.inputOutput, "\(output.path): expected a folder at \(place), found none")
        }
        guard access(place, W_OK | X_OK) == 0 else {
            throw CoordinatorError(
                .inputOutput, "\(output.path): the folder \(place) cannot be written to: \(String(cString: strerror(errno)))")
        }
    }
}
