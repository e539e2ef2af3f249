internal import Foundation
package import Imaging
internal import Primitives

/// The metadata and chunks of a Zarr hierarchy: values by key, read whole or in part.
///
/// Not safe to share between threads.
package protocol ChunkStore: AnyObject {
    /// What messages call the value of `key`.
    func name(of key: StoreKey) -> String

    /// Some bytes of the value of `key`; nil if there is no such value.
    ///
    /// - Parameter byteCountMax: nothing is allocated for more bytes than this.
    /// - Throws: `ImageError`: `io` with the reason of the system, `corrupt` for what is no value or leads out of the store,
    ///   `unsupported` for more than `byteCountMax` bytes.
    func read(_ key: StoreKey, _ part: StorePart, byteCountMax: Int) throws(ImageError) -> [UInt8]?

    /// Calls `visit` with what is below `key`, in no order: the components below it, and whether it is a folder. Only folders
    /// that `visit` enters are looked into; a store without folders passes over them.
    ///
    /// - Returns: false if the store cannot tell what it holds.
    /// - Throws: `ImageError.io`.
    func list(
        below key: StoreKey, _ visit: (_ components: [String], _ isFolder: Bool) -> ListingStep
    ) throws(ImageError) -> Bool

    /// Whether `holds` is answered without reading a value.
    var tellsWhatIsHeld: Bool { get }

    /// Whether there is a value of `key`, be it one that cannot be read.
    ///
    /// - Precondition: `tellsWhatIsHeld`.
    /// - Throws: `ImageError.io`.
    func holds(_ key: StoreKey) throws(ImageError) -> Bool
}

extension ChunkStore {
    package var tellsWhatIsHeld: Bool { false }

    package func holds(_ key: StoreKey) throws(ImageError) -> Bool {
        preconditionFailure("\(name(of: key)): whether it is there is not known")
    }
}

/// What comes after one entry of a listing.
package enum ListingStep: Sendable {
    /// The entries of this folder.
    case enter
    case pass
    /// Nothing.
    case stop
}

/// The part of a value that is read.
package enum StorePart: Hashable, Sendable {
    case whole
    /// Up to `count` bytes from `offset` on; fewer only at the value's end.
    case range(offset: Int, count: Int)
    /// The last bytes; all there are if the value is shorter.
    case last(Int)

    /// The bytes of a value of this size that the part is.
    func extent(in byteCount: Int) -> (offset: Int, count: Int) {
        switch self {
        case .whole: return (0, byteCount)
        case .range(let offset, let count):
            let start = min(max(0, offset), byteCount)
            return (start, min(max(0, count), byteCount - start))
        case .last(let count):
            let taken = min(max(0, count), byteCount)
            return (byteCount - taken, taken)
        }
    }
}

/// The name of one value of a store: components joined by slashes, such as `0/c/3/5`.
///
/// No key leads out of its store: components that name another folder are refused.
package struct StoreKey: Hashable, Sendable {
    let components: [String]

    /// The store itself.
    static let root = StoreKey(components: [])

    private static let componentByteCountMax = 255
    private static let componentCountMax = 32

    private init(components: [String]) { self.components = components }

    /// The key that metadata names by a relative path; nil for an absolute or empty one, for `.` and `..`, for what no file can be
    /// called, and for more than 32 components.
    init?(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= Self.componentCountMax, parts.allSatisfy(Self.isName) else { return nil }
        components = parts
    }

    /// The key of `name` below this one.
    ///
    /// - Precondition: `name` comes from the program, not from a file.
    func appending(_ name: String) -> StoreKey {
        precondition(Self.isName(name), "\"\(name)\" is no component")
        return StoreKey(components: components + [name])
    }

    /// The key that `relative` is from here.
    func appending(_ relative: StoreKey) -> StoreKey { StoreKey(components: components + relative.components) }

    /// The components with slashes between them; empty for the root.
    var path: String { components.joined(separator: "/") }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text != "." && text != ".." && text.utf8.count <= componentByteCountMax
            && !text.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    }
}

/// A store that is a folder: each key is the path of a file in it.
///
/// Symbolic links are followed as long as what was opened lies inside the folder.
package final class FolderStore: ChunkStore {
    /// The folder as the user calls it, without a slash at the end.
    private let path: String
    /// The folder with symbolic links resolved.
    private let root: String
    private let cancellation: ReadCancellation

    /// - Throws: `ImageError.io` with the system's reason.
    package init(path: String, _ cancellation: ReadCancellation = ReadCancellation()) throws(ImageError) {
        self.cancellation = cancellation
        guard let root = FileSystem.resolved(path) else { throw .io(path: path, reason: FileSystem.reason) }
        self.root = root
        let trimmed = path.reversed().drop { $0 == "/" }.reversed()
        self.path = trimmed.isEmpty ? "/" : String(trimmed)
    }

    package func name(of key: StoreKey) -> String { key.components.isEmpty ? path : "\(path)/\(key.path)" }

    package func read(_ key: StoreKey, _ part: StorePart, byteCountMax: Int) throws(ImageError) -> [UInt8]? {
        let name = name(of: key)
        let path = "\(root)/\(key.path)"
        if cancellation.flag.isRaised { throw .io(path: name, reason: ReadCancellation.reason) }
        // A link that leads nowhere is something that is there and cannot be read, not a value that is missing.
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .io(path: name, reason: FileSystem.reason)
        }
        if status.st_mode & S_IFMT == S_IFDIR { throw .corrupt(path: name, reason: "expected a file, found a folder") }
        // A pipe or device in the place of a value is refused without waiting for it.
        let file = try Self.io(name) { () throws(FileError) in try InputFile(path: path) }
        file.cancellation = cancellation
        guard let resolved = file.resolvedPath ?? FileSystem.resolved(path), resolved.hasPrefix(root == "/" ? "/" : root + "/")
        else {
            throw .corrupt(path: name, reason: "expected a file inside the folder, found a link that leads out of it")
        }
        let (offset, count) = part.extent(in: file.byteCount)
        guard count <= byteCountMax else {
            throw .unsupported(path: name, reason: "expected at most \(byteCountMax) bytes, found \(count)")
        }
        return try Self.io(name) { () throws(FileError) in try file.bytes(count, at: offset) }
    }

    package var tellsWhatIsHeld: Bool { true }

    package func holds(_ key: StoreKey) throws(ImageError) -> Bool {
        var status = stat()
        if lstat("\(root)/\(key.path)", &status) == 0 { return true }
        if errno == ENOENT || errno == ENOTDIR { return false }
        throw .io(path: name(of: key), reason: FileSystem.reason)
    }

    package func list(
        below key: StoreKey, _ visit: (_ components: [String], _ isFolder: Bool) -> ListingStep
    ) throws(ImageError) -> Bool {
        _ = try list(key, [], visit)
        return true
    }

    /// - Returns: false when `visit` has stopped.
    private func list(
        _ key: StoreKey, _ place: [String], _ visit: (_ components: [String], _ isFolder: Bool) -> ListingStep
    ) throws(ImageError) -> Bool {
        let path = ([root] + key.components + place).joined(separator: "/")
        guard let folder = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return true }
            throw .io(path: name(of: key), reason: FileSystem.reason)
        }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            if cancellation.flag.isRaised { throw .io(path: name(of: key), reason: ReadCancellation.reason) }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard name != ".", name != ".." else { continue }
            let kind = Int32(entry.pointee.d_type)
            let isFolder = kind == Int32(DT_DIR) || kind != Int32(DT_REG) && FileSystem.isFolder("\(path)/\(name)")
            switch visit(place + [name], isFolder) {
            case .stop: return false
            case .enter: guard try list(key, place + [name], visit) else { return false }
            case .pass: break
            }
        }
        return true
    }

    private static func io<Value>(_ name: String, _ body: () throws(FileError) -> Value) throws(ImageError) -> Value {
        do {
            return try body()
        } catch {
            throw .io(path: name, reason: error.reason)
        }
    }
}
