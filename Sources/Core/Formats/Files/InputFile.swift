package import Foundation
internal import Imaging
package import Primitives

/// Identifies a file, and its version.
package struct FileIdentity: Equatable {
    package let device: UInt64
    package let inode: UInt64
    package let byteCount: Int
    /// The last change of the content, in nanoseconds since 1970.
    package let modifiedNanoseconds: Int

    package init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        byteCount = Int(status.st_size)
        modifiedNanoseconds = status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
    }
}

/// A regular file that is open for reading, closed when the last reference goes.
///
/// `stream` and `read(_:at:)` are independent: the latter does not move the stream's position. Not safe to share between
/// threads.
package final class InputFile {
    package let path: String
    /// Which file it is, as it was when it was opened.
    package let identity: FileIdentity
    /// Size when the file was opened.
    package var byteCount: Int { identity.byteCount }
    /// The stdio stream, for C libraries; owned by this object.
    package let stream: UnsafeMutablePointer<FILE>
    /// Checked before each part that `read` reads.
    package var cancellation: ReadCancellation?

    private static let partByteCount = 4 << 20

    /// Opens the file without waiting: a pipe or device is refused, not read.
    ///
    /// - Throws: `FileError` with the system's reason, or when the path is no regular file.
    ///
    /// - Parameter followsLinks: false to refuse a symbolic link at the end of the path.
    package init(path: String, followsLinks: Bool = true) throws(FileError) {
        guard !path.utf8.contains(0) else { throw FileError(path: path, reason: "a path cannot contain a zero byte") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else { throw FileError(path: path, reason: FileSystem.reason) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let reason = FileSystem.reason
            close(descriptor)
            throw FileError(path: path, reason: reason)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let found = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a pipe, socket or device"
            throw FileError(path: path, reason: "expected a file, found \(found)")
        }
        guard let stream = fdopen(descriptor, "rb") else {
            let reason = FileSystem.reason
            close(descriptor)
            throw FileError(path: path, reason: reason)
        }
        self.path = path
        identity = FileIdentity(status)
        self.stream = stream
    }

    deinit { fclose(stream) }

    /// Fills `bytes` from byte `offset` of the file on, and returns how many bytes there were before the file's end.
    ///
    /// - Throws: `FileError` with the system's reason, or because `cancellation` was raised.
    package func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        var filled = 0
        while filled < bytes.count {
            if cancellation?.flag.isRaised == true { throw FileError(path: path, reason: ReadCancellation.reason) }
            let count = pread(
                fileno(stream), bytes.baseAddress.map { $0 + filled }, min(Self.partByteCount, bytes.count - filled),
                off_t(offset + filled))
            if count == 0 { break }
            if count > 0 {
                filled += count
            } else if errno != EINTR {
                throw FileError(path: path, reason: FileSystem.reason)
            }
        }
        return filled
    }

    /// Up to `count` bytes from `offset` on; fewer only at the file's end.
    ///
    /// - Throws: `FileError` with the system's reason.
    package func bytes(_ count: Int, at offset: Int = 0) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
            try read(UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
        bytes.removeSubrange(filled...)
        return bytes
    }

    /// The path of the opened file, with symbolic links resolved, as the system tells it; nil where it does not.
    package var resolvedPath: String? {
        FileSystem.resolved("/proc/self/fd/\(fileno(stream))")
    }
}

/// Cancels what a reader reads. A reader is kept from job to job, and each job has a flag of its own; without one, the flag of the task
/// that reads counts, if it has one.
///
/// Every reader of an image checks the flag before each part of a file that it reads, and before each request. Requests and the pauses
/// between them end when it is raised. A read inside the kernel cannot be cancelled: a file system that no longer answers (a dead NFS
/// server, a stalled FUSE) holds the thread until the kernel gives up. For one thread at a time.
package final class ReadCancellation {
    private var ofJob: CancellationFlag?
    private let own = CancellationFlag()

    /// The flag of the job at hand.
    package var flag: CancellationFlag {
        get { ofJob ?? CancellationFlag.current ?? own }
        set { ofJob = newValue }
    }

    /// The reason in the errors of cancelled reads.
    static let reason = "reading was called off"

    package init() {}
}

/// Why a file could not be opened, read or written: the system's reason, for the error type of the caller's area to carry.
package struct FileError: Error, Equatable {
    package let path: String
    package let reason: String
}

extension ImageError {
    /// The same failure as an image's.
    package init(_ error: FileError) {
        self = .io(path: error.path, reason: error.reason)
    }
}
