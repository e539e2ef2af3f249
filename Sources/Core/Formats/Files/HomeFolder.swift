internal import Foundation

/// Home folders, as shells write them: `~`, `~/data` and `~name/data`. A shell replaces them only at the start of a word, so that
/// `--output=~/x.png`, names in quotes and names in lists come here as they are.
package enum HomeFolder {
    /// The path with a home folder in the place of its `~`; another path, and one whose home is not known, as it is.
    ///
    /// - Parameter home: the home folder of a user by name, of this one by the empty name; nil if it is not known.
    package static func expanded(_ path: String, home: (_ user: String) -> String? = Self.folder) -> String {
        guard path.hasPrefix("~") else { return path }
        let user = String(path.dropFirst().prefix { $0 != "/" })
        // What has the name `~x` is a file of that name, but what is called `~` is a folder that a mistake has made.
        if !user.isEmpty, FileSystem.exists("~\(user)") { return path }
        guard var folder = home(user), folder.hasPrefix("/") else { return path }
        while folder.hasSuffix("/") { folder.removeLast() }
        let rest = path.dropFirst(1 + user.count)
        return folder.isEmpty && rest.isEmpty ? "/" : folder + rest
    }

    /// The arguments of a command with home folders in them, also in the values of `--option=value`.
    package static func expanded(
        arguments: some Sequence<String>, home: (_ user: String) -> String? = Self.folder
    ) -> [String] {
        arguments.map { argument in
            guard argument.hasPrefix("-"), let mark = argument.firstIndex(of: "=") else { return expanded(argument, home: home) }
            let value = argument.index(after: mark)
            return argument[..<value] + expanded(String(argument[value...]), home: home)
        }
    }

    /// The home folder of a user of this machine: `HOME`, else what the system knows.
    package static func folder(of user: String) -> String? {
        if user.isEmpty, let home = getenv("HOME"), home.pointee != 0 { return String(cString: home) }
        guard let entry = user.isEmpty ? getpwuid(getuid()) : getpwnam(user), let home = entry.pointee.pw_dir else { return nil }
        return String(cString: home)
    }
}
