internal import Coordinator
internal import Formats
internal import Foundation
internal import HTTPServing
internal import HTTPTypes
internal import ImageTiles
internal import NIOCore
internal import Primitives
internal import Projects
internal import Synchronization

/// The files that clients send to work on, and those that come of it, under names of the clients' own.
///
/// They lie in a folder of the project as long as the server runs, each in a folder of its own, so that one that is sent again takes no file
/// away from work that is going on. Their number and their bytes are bounded: where there is no room, those go first that nobody has used for
/// an hour. Safe to use from any task.
final class ClientFiles: Sendable {
    struct Limits {
        var countMax = 1000
        /// Of one file.
        var byteCountMax = 4 << 30
        /// Of all files.
        var bytesMax = 16 << 30
        /// Unused for so long, a file makes room for others.
        var idleTime = Duration.seconds(3600)
    }

    private struct Entry {
        let file: HeldFile
        var lastUse: ContinuousClock.Instant
    }

    private let folder: String
    private let limits: Limits
    private let now: @Sendable () -> ContinuousClock.Instant
    /// Bytes on the disk, of files that are held.
    private let room: BodyBudget
    private let entries = Lock<[String: Entry]>([:])

    /// - Parameter folder: ours alone; what an earlier server left in it is removed.
    init(folder: String, limits: Limits = Limits(), now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        (self.folder, self.limits, self.now) = (folder, limits, now)
        room = BodyBudget(bytesMax: limits.bytesMax)
        close()
    }

    /// Removes everything.
    func close() {
        entries.withLock { $0 = [:] }
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: Asking

    /// By their names.
    var all: [ClientFile] {
        entries.withLock { $0.values.map(\.file.description) }.sorted { $0.name < $1.name }
    }

    /// A file, which stays as it is as long as it is held.
    ///
    /// - Throws: `Refusal` for a name that is not known.
    func file(_ name: String) throws(Refusal) -> HeldFile {
        let now = now()
        let found = entries.withLock { entries in
            entries[name]?.lastUse = now
            return entries[name]?.file
        }
        guard let found else { throw .unknown("file", name) }
        return found
    }

    /// - Throws: `Refusal` for a name that is not known.
    func remove(_ name: String) throws(Refusal) {
        guard entries.withLock({ $0.removeValue(forKey: name) }) != nil else { throw .unknown("file", name) }
    }

    // MARK: Taking

    /// Receives a file, and takes it under its name, in place of another one, once all of it is there.
    ///
    /// - Parameter declared: bytes that are said to come, if it is said.
    /// - Throws: `Refusal` for a name that is none, for an array that is damaged, and where there is no room.
    func receive<Body: AsyncSequence>(_ body: Body, byteCount declared: Int?, as name: String) async throws -> ClientFile
    where Body.Element == ByteBuffer {
        try Self.check(name)
        let lease = room.lease()
        if let declared { try grow(lease, to: declared) }
        let place = try makeFolder()
        let path = FilePath.join(place, name)
        do {
            let byteCount = try await write(body, to: path, lease)
            let file = try await offloaded { HeldFile(try ClientFile(path, byteCount: byteCount), at: path, lease) }
            try insert([file])
            return file.description
        } catch {
            try? FileManager.default.removeItem(atPath: place)
            throw hidingFolder(error)
        }
    }

    /// Writes a body to a new file, as it comes, and returns its bytes.
    private func write<Body: AsyncSequence>(_ body: Body, to path: String, _ lease: BodyLease) async throws -> Int
    where Body.Element == ByteBuffer {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw OutputError(path: path, reason: "cannot be written")
        }
        defer { try? file.close() }
        return try await BodyPiece.each(of: body) { piece in
            try grow(lease, to: piece.byteCount)
            try checkDisk(piece.bytes.readableBytes)
            let bytes = Data(piece.bytes.readableBytesView)
            try await offloaded {
                do {
                    try file.write(contentsOf: bytes)
                } catch {
                    throw OutputError(path: path, reason: "the disk is full, or cannot be written")
                }
            }
        }
    }

    /// Leaves some of the disk free for what people paint.
    private func checkDisk(_ byteCount: Int) throws(Refusal) {
        guard let free = UploadFolder.freeBytes(folder), free - byteCount < UploadFolder.reservedBytes else { return }
        throw Refusal(
            .insufficientStorage, "disk_full",
            "the disk is full: expected \(UploadFolder.reservedBytes) bytes free for strokes beside the file, found \(free)",
            retryable: true)
    }

    /// A new folder for what comes of a piece of work.
    func makeFolder() throws -> String {
        let place = FilePath.join(folder, UUID().uuidString.lowercased())
        try FileSystem.makeFolder(place)
        return place
    }

    /// Takes all files of a folder that was made here, all or none, in place of those of the same names.
    ///
    /// - Throws: `Refusal` where there is no room; the files are removed then.
    func adopt(_ place: String) throws -> [ClientFile] {
        // Names that begin with a dot are of files that were not completed.
        let names = try FileManager.default.contentsOfDirectory(atPath: place).filter { !$0.hasPrefix(".") }.sorted()
        let files = try names.map { name in
            let path = FilePath.join(place, name)
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            let lease = room.lease()
            try grow(lease, to: size, what: name)
            return HeldFile(try ClientFile(path, byteCount: size), at: path, lease)
        }
        try insert(files)
        return files.map(\.description)
    }

    private func insert(_ files: [HeldFile]) throws(Refusal) {
        let (now, limits) = (now(), limits)
        let fits = entries.withLock { entries in
            let names = Set(files.map(\.description.name))
            func count() -> Int { entries.keys.count { !names.contains($0) } + names.count }
            while count() > limits.countMax, Self.removeIdle(from: &entries, before: now - limits.idleTime) {}
            guard count() <= limits.countMax else { return false }
            for file in files { entries[file.description.name] = Entry(file: file, lastUse: now) }
            return true
        }
        guard fits else {
            throw Refusal(
                .insufficientStorage, "no_room", "files: expected at most \(limits.countMax), found as many; remove some first")
        }
    }

    /// Takes room for the bytes of a file.
    private func grow(_ lease: BodyLease, to byteCount: Int, what: String = "body") throws(Refusal) {
        guard byteCount <= limits.byteCountMax else {
            throw Refusal(
                .contentTooLarge, "too_large",
                "\(what): expected at most \(limits.byteCountMax) bytes, found \(byteCount) or more")
        }
        let oldest = now() - limits.idleTime
        while !lease.grow(to: byteCount) {
            guard entries.withLock({ Self.removeIdle(from: &$0, before: oldest) }) else {
                throw Refusal(
                    .insufficientStorage, "no_room",
                    "\(what): expected room for \(byteCount) bytes beside the other files, found \(limits.bytesMax) for all; "
                        + "remove some first")
            }
        }
    }

    /// Removes the file that was not used for the longest time, if it is idle.
    private static func removeIdle(from entries: inout [String: Entry], before oldest: ContinuousClock.Instant) -> Bool {
        let idle = entries.min { $0.value.lastUse < $1.value.lastUse }
        guard let idle, idle.value.lastUse < oldest else { return false }
        entries[idle.key] = nil
        return true
    }

    // MARK: Names

    /// - Parameter member: what the client calls it.
    /// - Throws: `Refusal` for a name that could lead elsewhere, or be taken for something else.
    static func check(_ name: String, as member: String = "file") throws(Refusal) {
        let isPlain = name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "._-".utf8.contains(byte)
        }
        guard isPlain, (1...100).contains(name.utf8.count), name.first.map({ !"._-".contains($0) }) == true else {
            throw Refusal(
                .unprocessableContent, "bad_name",
                "\(member): expected a name of 1 to 100 letters, digits, dots, hyphens and underscores that begins with a letter or digit, "
                    + "found \"\(name.prefix(100))\"")
        }
    }

    /// A text with the names of files in the place of their paths: where they lie is of no use to a client.
    func hidingFolder(_ text: String) -> String {
        var (clean, rest) = ("", text[...])
        while let start = rest.range(of: folder + "/") {
            clean += rest[..<start.lowerBound]
            // The name of the folder of one file.
            rest = rest[start.upperBound...].drop { $0 != "/" }.dropFirst()
        }
        return clean + rest
    }

    /// The same error, without the paths of files.
    func hidingFolder(_ error: any Error) -> any Error {
        switch error {
        // None of them is about a file of a client.
        case is Refusal, is CancellationError, is ProjectError, is TileError: return error
        default:
            let failure = CoordinatorError(classifying: error)
            return CoordinatorError(failure.kind, hidingFolder(failure.description))
        }
    }
}

/// A file on the disk, which is removed when the last owner lets go of it.
final class HeldFile: Sendable {
    let description: ClientFile
    let path: String
    /// Its share of the room.
    private let lease: BodyLease

    init(_ description: ClientFile, at path: String, _ lease: BodyLease) {
        (self.description, self.path, self.lease) = (description, path, lease)
    }

    deinit {
        unlink(path)
        // Of the files of one folder the last one takes the folder with it.
        rmdir(FilePath(path).folder)
    }
}

/// What is known of a client's file.
struct ClientFile: Encodable, Sendable, Equatable {
    var name: String
    /// In bytes.
    var size: Int
    /// The type of an array's values, such as `float32`; nil for a file that is no array.
    var type: String?
    /// Of an array, the slowest axis first.
    var shape: [Int]?

    /// - Throws: `ArrayError` for what is called an array and is damaged, or of a type that is not read.
    init(_ path: String, byteCount: Int) throws {
        (name, size) = (FilePath(path).name, byteCount)
        let isNamedArray = NPYHeader.endings.contains(FilePath(path).ending)
        guard let header = try isNamedArray ? NPYReader(path: path).header : (try? NPYReader(path: path))?.header else { return }
        (type, shape) = ("\(header.element)", header.shape)
    }
}
