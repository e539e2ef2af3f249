internal import Formats

/// Paths as people write them, made paths that the system knows.
package enum InputPaths {
    /// Options whose paths are written, not read: what looks like them is another file.
    private static let outputOptions: Set = [
        "--output", "-o", "--probabilities", "--uncertainty", "--overlay", "--report", "--run-dir",
    ]

    /// The arguments of a command: with home folders in the place of `~`, and with the names of files that are there in the place of names
    /// that differ from them in their Unicode form alone.
    package static func arguments(_ given: some Sequence<String>) -> [String] {
        var arguments: [String] = []
        for argument in HomeFolder.expanded(arguments: given) {
            let option = argument.hasPrefix("-") ? argument.prefix { $0 != "=" }[...] : arguments.last?[...] ?? ""
            guard !outputOptions.contains(String(option)) else {
                arguments.append(argument)
                continue
            }
            if argument.hasPrefix("-"), let mark = argument.firstIndex(of: "=") {
                let value = argument.index(after: mark)
                arguments.append(argument[..<value] + FileSystem.located(String(argument[value...])))
            } else {
                arguments.append(FileSystem.located(argument))
            }
        }
        return arguments
    }

    /// A path in a list: a URL and an absolute path as they are, another one below the list's folder, and all as on a command line.
    static func listed(_ text: String, in list: FilePath) -> String {
        if RemoteImage.isURL(text) { return text }
        let path = HomeFolder.expanded(text)
        return FileSystem.located(path.hasPrefix("/") ? path : list.sibling(path))
    }
}
