internal import Formats
internal import Imaging

/// A note about what a command is given, and the list or file that it is about.
package struct ListNote: Hashable, Sendable {
    let file: String
    let note: ImageNote
}

extension InputNotes {
    /// Adds notes about what a command is given.
    ///
    /// - Throws: as `add(_:of:)`.
    package func add(_ notes: [ListNote]) throws(CoordinatorError) {
        for entry in notes { try add([entry.note], of: entry.file) }
    }
}

/// Finds what is listed more than once, such as a pair in two lines of a manifest.
///
/// Two paths are one if they lead to one name in one folder. A link is another name: who makes some means them.
package struct Doubles {
    private let list: String?
    private var known: [[UInt8]: Int?] = [:]
    private var folders: [String: String] = [:]
    /// The lists in which there are doubles: how many, and what the first is. What has no list is of the command line.
    private var found: [(list: String?, file: String, count: Int, first: String)] = []

    /// - Parameter list: that the lines are of; nil for a command line.
    package init(list: String? = nil) { self.list = list }

    /// Whether the images have not been listed together before.
    ///
    /// - Parameter line: of the list.
    package mutating func isNew(_ inputs: [ImageInput], line: Int? = nil) -> Bool {
        isNew(inputs, line: line, in: list)
    }

    /// The same of a list that is one of several.
    mutating func isNew(_ inputs: [ImageInput], line: Int?, in list: String?) -> Bool {
        let key = inputs.flatMap { Array("\(place(of: $0))\n".utf8) }
        guard let earlier = known.updateValue(line, forKey: key) else { return true }
        known.updateValue(earlier, forKey: key)
        let name = inputs.map(\.description).joined(separator: ", ")
        let lines = line.map { line in
            "\(name) in line \(line)" + (earlier.map { ", as in line \($0)" } ?? "")
        }
        if let index = found.firstIndex(where: { $0.list == list }) {
            found[index].count += 1
        } else {
            found.append((list, list ?? inputs.first?.path ?? "", 1, lines ?? name))
        }
        return false
    }

    /// One note for each list with doubles.
    ///
    /// - Parameter noun: what was listed, such as `pair`.
    package func notes(of noun: String) -> [ListNote] {
        found.map { list, file, count, first in
            let text =
                list == nil && count == 1
                ? "the \(noun) is listed twice, and used once"
                : "\(count) \(noun)\(count == 1 ? " is" : "s are") listed twice (\(first)), and used once"
            return ListNote(file: file, note: ImageNote(.doubles, text))
        }
    }

    /// The same for all spellings of an image.
    mutating func place(of input: ImageInput) -> String {
        "\(place(of: input.path)) \(input.selection.page) \(input.selection.level)"
    }

    /// The same for all spellings of a path.
    private mutating func place(of path: String) -> String {
        if RemoteImage.isURL(path) { return path }
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let file = FilePath(String(path))
        let known = folders[file.folder] ?? FileSystem.resolved(file.folder.isEmpty ? "." : file.folder) ?? file.folder
        folders[file.folder] = known
        return "\(known)/\(file.name)"
    }
}
