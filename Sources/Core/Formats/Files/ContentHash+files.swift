internal import Crypto
internal import Foundation
package import Primitives

/// Hashes of what lies in files and folders, or behind URLs.
extension ContentHash {
    /// The hash of a file's content, read in parts.
    ///
    /// - Throws: the system's reason when the file cannot be read.
    package init(ofFile path: String) throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        var hash = SHA256()
        while let part = try file.read(upToCount: 1 << 20), !part.isEmpty { hash.update(data: part) }
        self.init(hash.finalize())
    }

    /// The hash of what a command reads: of a file its content, of a folder its listing, with the content of metadata and the sizes and
    /// times of all else (`FolderListing`); of a URL itself, the size and the version that the server tells.
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
        try listing.visit(path) { hash.update(data: $0) }
        self.init(hash.finalize())
    }
}
