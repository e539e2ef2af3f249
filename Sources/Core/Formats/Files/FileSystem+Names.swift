internal import Foundation
internal import Machine

/// Names of files as people mean them.
extension FileSystem {
    /// The path of what is meant by `path`: itself if something has it. Otherwise a path whose names are the same text in another
    /// Unicode form (`é` as one character, or as `e` and an accent, as other systems write it), if there is one alone.
    package static func located(_ path: String) -> String {
        guard !path.utf8.allSatisfy({ $0 < 128 }), !path.utf8.contains(0), !exists(path) else { return path }
        var place = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/").map(String.init) {
            let next = place.isEmpty || place.hasSuffix("/") ? place + name : "\(place)/\(name)"
            if exists(next) {
                place = next
                continue
            }
            // Texts of Swift are equal whatever form they are written in.
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place.isEmpty ? "." : place)) ?? []
            let same = names.filter { $0 == name }
            guard same.count == 1 else { return path }
            place = place.isEmpty || place.hasSuffix("/") ? place + same[0] : "\(place)/\(same[0])"
        }
        return path.hasSuffix("/") && !place.hasSuffix("/") ? place + "/" : place
    }

    /// Where a file of this name would be written: what symbolic links lead to, also where nothing is there yet.
    ///
    /// - Throws: `FileError` for links that lead in a circle.
    package static func linkTarget(_ path: String) throws(FileError) -> String {
        var place = path
        for _ in 0..<linksMax {
            var status = stat()
            guard lstat(place, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return place }
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: place), !target.isEmpty else {
                throw FileError(path: path, reason: SystemReason.last)
            }
            if target.hasPrefix("/") {
                place = target
            } else {
                let folder = place.lastIndex(of: "/").map { place[...$0] } ?? ""
                place = folder + target
            }
        }
        throw FileError(path: path, reason: SystemReason.text(ELOOP))
    }

    /// As many links as the system itself follows.
    private static let linksMax = 40

    /// Makes a folder, and those above it that are missing; nothing if it is there.
    ///
    /// - Throws: `FileError` with the cause: which folder cannot be written to, or what is in the way.
    package static func makeFolder(_ path: String) throws(FileError) {
        guard !path.utf8.contains(0) else { throw FileError(path: path, reason: "a path cannot contain a zero byte") }
        guard !path.isEmpty, !isFolder(path) else { return }
        var place = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            let above = place
            place = place.isEmpty || place.hasSuffix("/") ? place + name : "\(place)/\(name)"
            if isFolder(place) || mkdir(place, 0o777) == 0 { continue }
            let code = errno
            // Another process may have made it.
            if code == EEXIST, isFolder(place) { continue }
            switch code {
            case EEXIST: throw FileError(path: path, reason: "expected a folder at \(place), found \(kind(of: place))")
            case EACCES, EPERM, EROFS:
                let folder = above.isEmpty ? "." : above
                throw FileError(path: path, reason: "the folder \(folder) cannot be written to: \(reason(code, at: folder))")
            default: throw FileError(path: path, reason: "the folder \(place) cannot be made: \(SystemReason.text(code))")
            }
        }
    }

    /// What has a name, for messages.
    package static func kind(of path: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0 else { return "nothing" }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return "a file"
        case S_IFDIR: return "a folder"
        case S_IFLNK: return stat(path, &status) == 0 ? "a link to something else" : "a link that leads nowhere"
        default: return "a pipe, socket or device"
        }
    }

    /// The system's reason why something cannot be done in a folder; of a refusal, with the folder's owner if that is somebody else.
    package static func reason(_ code: Int32, at folder: String) -> String {
        let text = SystemReason.text(code)
        var status = stat()
        guard code == EACCES || code == EPERM, stat(folder, &status) == 0, status.st_uid != geteuid() else { return text }
        let owner = getpwuid(status.st_uid).flatMap { $0.pointee.pw_name }.map { String(cString: $0) }
        return "\(text) (it belongs to \(owner ?? "user \(status.st_uid)"))"
    }

    /// Why a file cannot be read; nil if it can be opened.
    package static func obstacle(toReading path: String) -> String? {
        guard !path.utf8.contains(0) else { return "a path cannot contain a zero byte" }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return SystemReason.last }
        close(descriptor)
        return isFolder(path) ? "expected a file, found a folder" : nil
    }

    /// Whether a folder takes names that differ in case, or in their Unicode form, for one: it does with its own name.
    package static func foldsNames(in folder: String) -> Bool {
        guard let path = resolved(folder.isEmpty ? "." : folder), let slash = path.lastIndex(of: "/") else { return false }
        let name = String(path[path.index(after: slash)...])
        let other = name == name.lowercased() ? name.uppercased() : name.lowercased()
        var (one, two) = (stat(), stat())
        return name != other && stat(path, &one) == 0 && stat(path[...slash] + other, &two) == 0
            && (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino)
    }

    /// The folder that a path lies in, as text.
    private static func folder(above path: String) -> String {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Why nothing can be written in a folder, which need not exist: nil if it can be made and written to, as far as can be seen.
    package static func obstacle(toWritingIn path: String) -> String? {
        var place = path.isEmpty ? "." : path
        var status = stat()
        while stat(place, &status) != 0 {
            let code = errno
            if lstat(place, &status) == 0 { return "expected a folder at \(place), found \(kind(of: place))" }
            guard [ENOENT, ENOTDIR, EACCES].contains(code) else {
                return "the folder \(place) cannot be looked at: \(SystemReason.text(code))"
            }
            place = folder(above: place)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return "expected a folder at \(place), found \(kind(of: place))" }
        guard access(place, W_OK | X_OK) == 0 else {
            return "the folder \(place) cannot be written to: \(reason(errno, at: place))"
        }
        return nil
    }
}
