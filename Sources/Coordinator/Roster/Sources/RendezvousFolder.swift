internal import Foundation
internal import Primitives
internal import Protocol
internal import Synchronization

/// The workers that have announced themselves in a folder, which may be on a network file system.
///
/// Announcements decide where the token goes. They count only if they are regular files of the folder's owner, of this process's
/// user, or of root; links are not followed. Whatever else is there is left out, with one complaint each. A file that has not changed is
/// not read again.
final class RendezvousFolder: RosterSource {
    let name: String
    private let isTLSExpected: Bool
    private let known = Lock<[String: Known]>([:])

    /// The most names that are looked at.
    static let filesMax = 20_000

    /// A file as it was last seen.
    private struct Known: Sendable {
        let stamp: Stamp
        let content: Result<WorkerAnnouncement, RosterError>
    }

    private struct Stamp: Equatable, Sendable {
        let inode: UInt
        let bytes: Int
        /// Seconds and nanoseconds of the last change.
        let time: [Int]
        let owner: UInt32
        let mode: UInt32

        init(_ status: stat) {
            inode = UInt(status.st_ino)
            bytes = Int(status.st_size)
            time = [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)]
            owner = status.st_uid
            mode = status.st_mode
        }
    }

    /// - Parameter isTLSExpected: leave out workers to which everything would go unencrypted.
    init(path: String, isTLSExpected: Bool) {
        name = path
        self.isTLSExpected = isTLSExpected
    }

    var isFixed: Bool { false }

    func read() throws(RosterError) -> RosterReading {
        var reading = RosterReading()
        let (names, owner) = try names()
        if names.count >= Self.filesMax {
            reading.complaints.append("\(name): more than \(Self.filesMax) files: not all are read")
        }
        let earlier = known.withLock { $0 }
        var now: [String: Known] = [:]
        var found: [(announcement: WorkerAnnouncement, url: WorkerURL, time: [Int])] = []
        for file in names {
            guard let one = look(at: file, earlier[file], folderOwner: owner) else { continue }
            now[file] = one
            switch one.content {
            case .failure(let error): reading.complaints.append("\(FilePath.join(name, file)): left out: \(error)")
            case .success(let announcement):
                guard let url = WorkerURL(announcement.url) else {
                    reading.complaints.append(
                        "\(FilePath.join(name, file)): left out: expected a URL like \(WorkerURL.example), found "
                            + announcement.url.quotedForMessage)
                    continue
                }
                if isTLSExpected, url.isOverheard {
                    reading.complaints.append("\(FilePath.join(name, file)): left out: expected an https URL, found \(url)")
                    continue
                }
                found.append((announcement, url, one.stamp.time))
            }
        }
        known.withLock { $0 = now }
        // Of a URL that was announced twice, the last announcement counts: the process before it is dead.
        found.sort { ($0.time.lexicographicallyPrecedes($1.time)) }
        reading.workers = found.map { RosterEntry(url: $0.url, instance: $0.announcement.instance) }
        return reading
    }

    /// Names of what may be announcements, sorted, and the owner of the folder.
    private func names() throws(RosterError) -> (names: [String], owner: UInt32) {
        guard let folder = opendir(name) else { throw unreadable(errno) }
        defer { closedir(folder) }
        var status = stat()
        guard fstat(dirfd(folder), &status) == 0 else { throw unreadable(errno) }
        var names: [String] = []
        errno = 0
        while names.count < Self.filesMax, let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".json"), !name.hasPrefix(".") { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw unreadable(errno) }
        return (names.sorted(), status.st_uid)
    }

    /// What is in a file; nil if it is gone in the meantime.
    private func look(at file: String, _ earlier: Known?, folderOwner: UInt32) -> Known? {
        // A pipe must not make us wait for somebody who writes into it.
        let descriptor = open(FilePath.join(name, file), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            if code == ENOENT || code == ESTALE { return nil }
            let reason = code == ELOOP ? "expected a regular file, found a link" : String(cString: strerror(code))
            return Known(stamp: Stamp(stat()), content: .failure(RosterError(description: reason)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        let stamp = Stamp(status)
        if let earlier, earlier.stamp == stamp { return earlier }
        return Known(
            stamp: stamp,
            content: Result { () throws(RosterError) in
                guard status.st_mode & S_IFMT == S_IFREG else {
                    throw RosterError(description: "expected a regular file, found something else")
                }
                guard [geteuid(), 0, folderOwner].contains(status.st_uid) else {
                    throw RosterError(
                        description: "expected a file of ours or of the folder's owner, found one of user \(status.st_uid)")
                }
                return try Self.announcement(in: descriptor)
            })
    }

    private static func announcement(in descriptor: Int32) throws(RosterError) -> WorkerAnnouncement {
        let limit = WorkerAnnouncement.bytesMax
        guard let bytes = try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readBytes(upTo: limit + 1) else {
            throw RosterError(description: "reading failed")
        }
        guard bytes.count <= limit else { throw RosterError(description: "expected at most \(limit) bytes, found more") }
        do {
            let announcement = try WireJSON.decode(WorkerAnnouncement.self, from: bytes)
            try announcement.check()
            return announcement
        } catch {
            throw RosterError(description: "expected a worker's announcement: \(String(describing: error).oneLine)")
        }
    }

    private func unreadable(_ code: Int32) -> RosterError {
        RosterError(description: "\(name): cannot be read: \(String(cString: strerror(code)))")
    }
}

extension String {
    fileprivate var oneLine: String { String(split(whereSeparator: \.isNewline).joined(separator: " ").prefix(200)) }
}

/// `--rendezvous`: a folder in which workers announce themselves (`coppice-worker --announce`).
package enum RendezvousOption: RosterOption {
    package static let name = "rendezvous"
    package static let help = "Folder in which workers announce themselves (coppice-worker --announce)."
    package static let valueName = "folder"

    package static func source(_ text: String, isTLSExpected: Bool) throws(CoordinatorError) -> any RosterSource {
        let path = text
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw CoordinatorError(.inputOutput, "\(flag) \(path): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw CoordinatorError(.inputOutput, "\(flag) \(path): expected a folder, found something else")
        }
        return RendezvousFolder(path: path, isTLSExpected: isTLSExpected)
    }
}
