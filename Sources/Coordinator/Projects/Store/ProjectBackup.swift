internal import Coordinator
internal import Formats
internal import Foundation
internal import Imaging

/// A copy of a project: what is in it, and what is not.
///
/// A file is the database alone: everything but images. A folder has the uploaded images, too, and can be served as it is. Images that lie
/// elsewhere are in no copy: a project has only their paths.
package struct ProjectBackup: Hashable, Sendable {
    /// The file or folder.
    package let path: String
    /// The folder of the project that uploaded images are in.
    package let images: String
    /// Files in it, and their bytes.
    package let imageCount: Int
    package let imageBytes: Int
    /// Whether they are in the copy.
    package let hasImages: Bool

    /// What was done, for people.
    package var line: String {
        let files = "\(imageCount) uploaded \(imageCount == 1 ? "file" : "files") of \(imageBytes) bytes"
        if imageCount == 0 { return "backup \(path): the whole project; no images were uploaded" }
        if hasImages { return "backup \(path): the whole project, with \(files)" }
        return "backup \(path): the database alone; \(files) stay in \(images) and are left out: "
            + "name a folder, as \(path)/, to have them, too"
    }

    /// Whether a name is a folder's: of one that is there, or with a slash at its end.
    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return path.hasSuffix("/") || FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

/// The uploaded images of a project.
struct UploadedImages {
    /// Paths below the folder, sorted.
    let names: [String]
    let byteCount: Int
    let folder: String

    init(of project: String) {
        let folder = FilePath.join(project, ProjectStore.imagesFolder)
        var (names, byteCount) = ([String](), 0)
        for name in ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).sorted() {
            var status = stat()
            // Uploads that are under way are nobody's images yet.
            guard !name.hasPrefix(ProjectStore.hiddenUploadPrefix), lstat(FilePath.join(folder, name), &status) == 0,
                status.st_mode & S_IFMT == S_IFREG
            else { continue }
            names.append(name)
            byteCount += Int(status.st_size)
        }
        (self.names, self.byteCount, self.folder) = (names, byteCount, folder)
    }

    /// Copies those that a folder does not have yet, each with its time, by which an image is known again.
    ///
    /// - Throws: `OutputError`; `ProjectError` for a full disk.
    func copy(to target: String) throws {
        for name in names { try Self.copy(FilePath.join(folder, name), to: FilePath.join(target, name)) }
    }

    private static let pieceBytes = 4 << 20

    private static func copy(_ source: String, to target: String) throws {
        var (status, known) = (stat(), stat())
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw failure(source, errno) }
        defer { close(input) }
        guard fstat(input, &status) == 0 else { throw failure(source, errno) }
        let identity = FileIdentity(status)
        if stat(target, &known) == 0, known.st_size == status.st_size,
            FileIdentity(known).modifiedNanoseconds == identity.modifiedNanoseconds
        {
            return
        }
        let file = try PendingFile(path: target)
        let output = open(file.temporaryPath, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard output >= 0 else { throw failure(target, errno) }
        defer { close(output) }
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        while true {
            let count = read(input, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(source, errno) }
            if count == 0 { break }
            var done = 0
            while done < count {
                let written = piece.withUnsafeBytes { write(output, $0.baseAddress?.advanced(by: done), count - done) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw failure(target, errno) }
                done += written
            }
        }
        let time = timespec(
            tv_sec: identity.modifiedNanoseconds / 1_000_000_000, tv_nsec: identity.modifiedNanoseconds % 1_000_000_000)
        guard futimens(output, [time, time]) == 0 else { throw failure(target, errno) }
        try file.commit()
    }

    private static func failure(_ path: String, _ code: Int32) -> any Error {
        guard code == ENOSPC || code == EDQUOT else { return OutputError(path: path, reason: String(cString: strerror(code))) }
        return ProjectError(.diskFull, "\(path): the disk is full: free some space and try again")
    }
}
