internal import CMinizip
internal import Compression
internal import Foundation
internal import Imaging

/// The entries of a ZIP archive, read by minizip: stored or deflated ones, of any size (ZIP64).
///
/// Of several entries of one name the last counts, as it is the one that was written last. Not safe to share between threads.
final class ZipArchive {
    /// Names the archive in messages.
    let path: String
    private let bytes: ZipBytes
    private let file: unzFile
    /// The places of the entries in the archive's directory, by the hash of their names.
    private var places: [Int: unz64_file_pos] = [:]
    /// The deflated entry that is being unpacked from its start, and how far: so that ranges that ascend unpack it once.
    private var unpacked: (name: String, byteCount: Int)?

    /// Entries, which take about 40 bytes each.
    static let entryCountMax = 1 << 20
    /// More than a key of a store can have; entries with longer names are passed over.
    private static let nameByteCountMax = 8192

    /// Methods of compression that archives are known to use.
    private static let methods: [uLong: String] = [
        1: "shrink", 6: "implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd",
    ]

    /// Reads the archive's directory.
    ///
    /// - Parameter visit: called with the name of each file in it.
    /// - Throws: `ImageError`: `corrupt` for a broken directory, `unsupported` for too many entries, `io`.
    init(_ source: ImageBytes, _ visit: (_ name: String) -> Void) throws(ImageError) {
        path = source.path
        bytes = try ZipBytes(source)
        var functions = bytes.functions
        guard let file = unzOpen2_64("", &functions) else {
            throw bytes.takeFailure()
                ?? .corrupt(path: source.path, reason: "expected the directory of a ZIP archive, found none")
        }
        self.file = file
        var places: [Int: unz64_file_pos] = [:]
        try forEachName { name in
            var place = unz64_file_pos()
            if unzGetFilePos64(file, &place) == UNZ_OK { places[Self.hash(name)] = place }
            visit(name)
            return true
        }
        self.places = places
    }

    deinit { unzClose(file) }

    /// Calls `visit` with the name of each file of the archive, in the order of its directory, until it returns false.
    ///
    /// - Throws: `ImageError`, as `init`.
    func forEachName(_ visit: (_ name: String) -> Bool) throws(ImageError) {
        unpacked = nil
        var global = unz_global_info64()
        guard unzGetGlobalInfo64(file, &global) == UNZ_OK else { throw damaged("expected a directory") }
        guard global.number_entry > 0 else { return }
        guard global.number_entry <= UInt64(Self.entryCountMax) else {
            throw .unsupported(
                path: path, reason: "expected at most \(Self.entryCountMax) entries, found \(global.number_entry); write shards")
        }
        var status = unzGoToFirstFile(file)
        try bytes.expect(bytes.byteCount, at: min(Int(clamping: unzGetOffset64(file)), bytes.byteCount))
        var count = 0
        while status == UNZ_OK {
            count += 1
            guard count <= Self.entryCountMax else {
                throw .unsupported(path: path, reason: "expected at most \(Self.entryCountMax) entries, found more; write shards")
            }
            let (_, name) = try entry()
            if let name, !name.hasSuffix("/"), !visit(name) { return }
            status = unzGoToNextFile(file)
        }
        guard status == UNZ_END_OF_LIST_OF_FILE else { throw damaged("expected entry \(count) of the directory") }
    }

    /// Whether there is a file of this name.
    func contains(_ name: String) -> Bool { places[Self.hash(name)] != nil }

    /// Some bytes of a file; nil if there is none of this name. The checksum of a file that is read whole is checked.
    ///
    /// - Throws: `ImageError`: `corrupt` for damage, `unsupported` for more than `byteCountMax` bytes, for encrypted entries and
    ///   other methods of compression, `io`.
    func read(_ name: String, _ part: StorePart, byteCountMax: Int) throws(ImageError) -> [UInt8]? {
        guard var place = places[Self.hash(name)] else { return nil }
        let isGoingOn = unpacked?.name == name
        if !isGoingOn {
            unpacked = nil
            guard unzGoToFilePos64(file, &place) == UNZ_OK else { throw damaged("expected the entry \(name)") }
        }
        let (info, found) = try entry()
        guard found == name else { throw damaged("expected the entry \(name)") }
        let (packedByteCount, byteCount) = try check(info, name)
        let (offset, count) = part.extent(in: byteCount)
        guard count <= byteCountMax else {
            throw .unsupported(path: "\(path)/\(name)", reason: "expected at most \(byteCountMax) bytes, found \(count)")
        }
        if count == byteCount { return try whole(name, packedByteCount, count) }
        if info.compression_method != 0 { return try unpack(name, offset, count) }
        let start = try open(name, packedByteCount)
        unzCloseCurrentFile(file)
        return try bytes.bytes(count, at: start + offset)
    }

    // MARK: Entries

    /// What the directory says of the current entry; no name if it cannot be that of a key: too long, or not in one line.
    private func entry() throws(ImageError) -> (unz_file_info64, name: String?) {
        var info = unz_file_info64()
        var isRead = false
        let name = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.nameByteCountMax) { buffer -> String? in
            let status = unzGetCurrentFileInfo64(file, &info, buffer.baseAddress, uLong(buffer.count), nil, 0, nil, 0)
            isRead = status == UNZ_OK
            guard isRead, info.size_filename < uLong(buffer.count) else { return nil }
            let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[..<Int(info.size_filename)]))
            guard bytes.allSatisfy({ $0 >= 32 }) else { return nil }
            // Some programs on Windows write their own separator.
            return String(decoding: bytes.lazy.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
        }
        guard isRead else { throw damaged("expected an entry of the directory") }
        return (info, name)
    }

    /// The sizes of an entry that can be read.
    private func check(_ info: unz_file_info64, _ name: String) throws(ImageError) -> (packed: Int, unpacked: Int) {
        let path = "\(path)/\(name)"
        guard info.flag & 1 == 0 else {
            throw .unsupported(path: path, reason: "expected an entry without a password, found one with it")
        }
        let method = info.compression_method
        guard method == 0 || method == 8 else {
            let found = Self.methods[method] ?? "method \(method)"
            throw .unsupported(path: path, reason: "expected an entry that is stored or deflated, found \(found)")
        }
        let (packed, unpacked) = (Int(clamping: info.compressed_size), Int(clamping: info.uncompressed_size))
        let isPossible = method == 0 ? packed == unpacked : unpacked / Zlib.ratioMax <= packed
        guard isPossible, packed <= bytes.byteCount else {
            throw .corrupt(
                path: path, reason: "expected an entry inside the archive, found one of \(unpacked) bytes in \(packed)")
        }
        return (packed, unpacked)
    }

    /// Opens the current entry, whose bytes are from now on read from their start.
    ///
    /// - Returns: where they lie in the archive.
    private func open(_ name: String, _ packedByteCount: Int) throws(ImageError) -> Int {
        unpacked = nil
        guard unzOpenCurrentFile(file) == UNZ_OK else { throw damaged("expected the start of the entry \(name)") }
        let start = Int(clamping: unzGetCurrentFileZStreamPos64(file))
        guard start <= bytes.byteCount - packedByteCount else {
            unzCloseCurrentFile(file)
            throw .corrupt(path: "\(path)/\(name)", reason: "expected \(packedByteCount) bytes, found the end of the archive")
        }
        return start
    }

    private func whole(_ name: String, _ packedByteCount: Int, _ count: Int) throws(ImageError) -> [UInt8] {
        let start = try open(name, packedByteCount)
        try bytes.expect(packedByteCount, at: start)
        let content = try next(count, of: name)
        guard unzCloseCurrentFile(file) == UNZ_OK else {
            throw bytes.takeFailure() ?? .corrupt(path: "\(path)/\(name)", reason: "expected its checksum, found another")
        }
        return content
    }

    /// A range of a deflated entry: what comes before it is unpacked and passed over.
    private func unpack(_ name: String, _ offset: Int, _ count: Int) throws(ImageError) -> [UInt8] {
        if unpacked?.name != name || (unpacked?.byteCount ?? 0) > offset { _ = try open(name, 0) }
        var place = unpacked?.byteCount ?? 0
        unpacked = nil
        while place < offset { place += try next(min(offset - place, 256 << 10), of: name).count }
        let content = try next(count, of: name)
        unpacked = (name, offset + count)
        return content
    }

    /// The next bytes of the open entry.
    private func next(_ count: Int, of name: String) throws(ImageError) -> [UInt8] {
        var found = 0
        let content = [UInt8](unsafeUninitializedCapacity: count) { target, initializedCount in
            while found < count {
                let start = target.baseAddress.map { $0 + found }
                let read = unzReadCurrentFile(file, start, UInt32(min(count - found, 1 << 20)))
                guard read > 0 else { break }
                found += Int(read)
            }
            initializedCount = found
        }
        guard found == count else {
            unzCloseCurrentFile(file)
            throw bytes.takeFailure() ?? .corrupt(path: "\(path)/\(name)", reason: "expected \(count) bytes, found \(found)")
        }
        return content
    }

    private func damaged(_ expected: String) -> ImageError {
        bytes.takeFailure() ?? .corrupt(path: path, reason: "\(expected), found a damaged ZIP archive")
    }

    private static func hash(_ name: String) -> Int {
        var hasher = Hasher()
        hasher.combine(name)
        return hasher.finalize()
    }
}
