internal import Coordinator
internal import Formats
internal import Foundation
internal import HTTPTypes
internal import Imaging
internal import NIOCore
internal import Projects

/// Where uploaded images are kept: a folder of the project.
///
/// An image comes under its name once all of it is there and it can be read. What is refused or breaks off leaves nothing; what a killed server
/// leaves has a hidden name, and is removed at the next start.
struct UploadFolder: Sendable {
    let path: String
    /// Of one image.
    let bytesMax: Int
    /// Free bytes of the disk; nil if the system does not say.
    var freeBytes: @Sendable (_ path: String) -> Int? = Self.freeBytes

    /// Stays free for what people paint.
    static let reservedBytes = 256 << 20
    private static let hiddenPrefix = ProjectStore.hiddenUploadPrefix

    /// Removes what a killed server has left. For whoever has the project's lock.
    func removeLeftovers() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] where name.hasPrefix(Self.hiddenPrefix) {
            try? FileManager.default.removeItem(atPath: FilePath.join(path, name))
        }
    }

    /// Writes an image as it comes.
    ///
    /// - Parameter announced: its bytes, if they are known before.
    /// - Returns: its path.
    /// - Throws: `Refusal`: too large, a full disk, no image, or a body that breaks off.
    func keep<Body: AsyncSequence>(_ body: Body, as name: UploadName, announced: Int?) async throws -> String
    where Body.Element == ByteBuffer {
        try FileSystem.makeFolder(path)
        if let announced { try check(announced, more: announced) }
        let temporary = FilePath.join(path, Self.hiddenPrefix + UUID().uuidString.lowercased())
        defer { unlink(temporary) }
        try await receive(body, into: temporary)
        try await offloaded {
            do throws(ImageError) {
                _ = try ImageFile.contents(path: temporary)
            } catch {
                throw Refusal(
                    .unprocessableContent, "no_image", "\(name.text): \(error.description.replacing(temporary, with: name.text))")
            }
        }
        return try publish(temporary, as: name)
    }

    /// - Parameters:
    ///   - count: the image's bytes.
    ///   - more: those that are not on the disk yet.
    private func check(_ count: Int, more: Int) throws(Refusal) {
        guard count <= bytesMax else {
            throw Refusal(
                .contentTooLarge, "too_large",
                "an image of more than \(bytesMax) bytes cannot be uploaded (serve --upload-max); put it where the server reads it, and "
                    + "add its path")
        }
        guard let free = freeBytes(path), free - more < Self.reservedBytes else { return }
        throw full("\(free) bytes are free, \(more) are needed, and \(Self.reservedBytes) stay free for strokes")
    }

    private func full(_ reason: String) -> Refusal {
        Refusal(
            .insufficientStorage, "disk_full", "the disk is full: nothing of the image was kept; free some space (\(reason))",
            retryable: true)
    }

    private func receive<Body: AsyncSequence>(_ body: Body, into path: String) async throws where Body.Element == ByteBuffer {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(errno) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try await BodyPiece.each(of: body) { piece in
            try check(piece.byteCount, more: piece.bytes.readableBytes)
            try await offloaded { try append(piece.bytes, to: file, isLast: piece.isLast) }
        }
    }

    private func append(_ bytes: ByteBuffer, to file: FileHandle, isLast: Bool) throws {
        try bytes.withUnsafeReadableBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = write(file.fileDescriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure(errno) }
                done += count
            }
        }
        // A disk may say only now that it has no room.
        if isLast, fsync(file.fileDescriptor) != 0 { throw failure(errno) }
    }

    private func failure(_ code: Int32) -> any Error {
        let reason = String(cString: strerror(code))
        guard [ENOSPC, EDQUOT, EFBIG].contains(code) else { return OutputError(path: path, reason: reason) }
        return full(reason)
    }

    /// Gives a file its name, or the same with a number, and never replaces another.
    private func publish(_ temporary: String, as name: UploadName) throws -> String {
        while true {
            let free = name.free { FileManager.default.fileExists(atPath: FilePath.join(path, $0)) }
            let place = FilePath.join(path, free)
            if link(temporary, place) == 0 {
                FileSystem.synchronise(folder: path)
                return place
            }
            guard errno == EEXIST else { throw failure(errno) }
        }
    }

    /// What the disk of a path has for us.
    static func freeBytes(_ path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }
}
