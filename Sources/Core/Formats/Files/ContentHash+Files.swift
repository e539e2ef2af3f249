internal import Foundation
package import Primitives

/// Hashes of what lies in files and folders, or behind URLs.
extension ContentHash {
    /// The hash of a file's content, read in parts.
    ///
    /// - Throws: the system's reason when the file cannot be read.
    package init(ofFile path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path: path, reason: FileSystem.reason) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        defer { close(descriptor) }
        var hash = SHA256()
        while let part = try file.read(upToCount: 1 << 20), !part.isEmpty { hash.update(part) }
        self = hash.finish()
    }

    /// The hash of what a command reads: of a file its content, of a folder its listing, with the content of metadata and the sizes and
    /// times of all else (`FolderListing`); of a URL the text, the size and the version that the server states.
    ///
    /// - Throws: the system's reason when something cannot be read.
    package init(ofInput path: String) throws {
        if RemoteImage.isURL(path) {
            self = try RemoteImage.hash(of: path)
            return
        }
        guard FileSystem.isFolder(path) else {
            try self.init(ofFile: path)
            return
        }
        try self.init(FolderListing(documentNames: ImageFormat.documentNames), path)
    }

    /// The hash of what a command has written: of a file its content, of a folder its listing with the content of all files.
    ///
    /// - Throws: the system's reason when something cannot be read.
    package init(ofOutput path: String) throws {
        guard FileSystem.isFolder(path) else {
            try self.init(ofFile: path)
            return
        }
        try self.init(FolderListing(documentNames: nil), path)
    }

    private init(_ listing: FolderListing, _ path: String) throws {
        var hash = SHA256()
        try listing.visit(path) { hash.update($0) }
        self = hash.finish()
    }
}

/// The listing of a folder, which shows whether it has changed without reading terabytes.
///
/// Each line is the path below the folder and a zero byte, and then
/// - of metadata: its size and the SHA-256 of its content,
/// - of another file, such as a chunk: its size and the time of its last change in nanoseconds since 1970,
/// - of a symbolic link: where it leads, as text; what it leads to is not looked at,
/// - of anything else, such as a folder: its kind.
/// Folders are listed depth first, the names in each of them sorted.
struct FolderListing {
    /// Files whose content counts, by their names in any folder; nil for all files.
    let documentNames: Set<String>?

    private static let depthMax = 64

    /// Calls `visit` with each line of the listing of `path`.
    ///
    /// - Throws: the system's reason when something cannot be looked at; `FileError` for more than 64 levels.
    /// - Complexity: O(n log n) for n entries; holds the names of one folder for each level.
    func visit(_ path: String, _ visit: (_ line: [UInt8]) -> Void) throws {
        try self.visit(path, below: "", depth: 0, visit)
    }

    private func visit(_ root: String, below place: String, depth: Int, _ visit: (_ line: [UInt8]) -> Void) throws {
        let folder = place.isEmpty ? root : "\(root)/\(place)"
        guard depth <= Self.depthMax else {
            throw FileError(path: folder, reason: "expected at most \(Self.depthMax) levels of folders")
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let entry = place.isEmpty ? name : "\(place)/\(name)"
            let path = "\(root)/\(entry)"
            var status = stat()
            guard lstat(path, &status) == 0 else { throw FileError(path: path, reason: FileSystem.reason) }
            visit(Array("\(entry)\0\(try describe(path, name, status))\n".utf8))
            if status.st_mode & S_IFMT == S_IFDIR { try self.visit(root, below: entry, depth: depth + 1, visit) }
        }
    }

    private func describe(_ path: String, _ name: String, _ status: stat) throws -> String {
        switch status.st_mode & S_IFMT {
        case S_IFREG where documentNames?.contains(name) ?? true:
            return "\(status.st_size) sha256 \(try ContentHash(ofFile: path))"
        case S_IFREG:
            let identity = FileIdentity(status)
            return "\(identity.byteCount) modified \(identity.modifiedNanoseconds)"
        case S_IFLNK: return "link \(try FileManager.default.destinationOfSymbolicLink(atPath: path))"
        case S_IFDIR: return "folder"
        default: return "other"
        }
    }
}
