internal import CZip
internal import Compression
internal import Imaging
internal import Primitives

/// The entries of a ZIP archive, read by libzip: stored or deflated ones, of any size (ZIP64).
///
/// Of several entries of one name the last counts, as it is the one that was written last. Not safe to share between threads.
final class ZipArchive {
    /// Names the archive in messages.
    let path: String
    private let bytes: ZipBytes
    private let archive: OpaquePointer
    private let entryCount: UInt64
    /// The entries by the hash of their names.
    private var places: [Int: UInt64] = [:]
    /// The entry that is being unpacked from its start, and how far: so that ranges that ascend unpack it once.
    private var unpacked: (index: UInt64, file: OpaquePointer, byteCount: Int)?

    /// Entries, which take about 350 bytes of memory each.
    static let entryCountMax = 1 << 18
    /// More than a key of a store can have; entries with longer names are passed over.
    private static let nameByteCountMax = 8192

    /// Methods of compression that archives are known to use.
    private static let methods: [Int: String] = [
        1: "shrink", 6: "implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd",
    ]

    /// Reads the archive's directory.
    ///
    /// - Parameter visit: called with the name of each file in it.
    /// - Throws: `ImageError`: `corrupt` for a broken directory, `unsupported` for too large a one, `io`.
    convenience init(_ source: ImageBytes, _ visit: (_ name: String) -> Void) throws(ImageError) {
        try self.init(try ZipBytes(source), path: source.path, visit)
    }

    /// Reads the directory of an archive whose bytes are read by `bytes`.
    init(_ bytes: ZipBytes, path: String, _ visit: (_ name: String) -> Void) throws(ImageError) {
        (self.path, self.bytes) = (path, bytes)
        var error = zip_error_t()
        let state = Unmanaged.passUnretained(bytes).toOpaque()
        guard let reader = zip_source_function_create(ZipBytes.callback, state, &error) else {
            throw .io(path: path, reason: "not enough memory")
        }
        guard let archive = zip_open_from_source(reader, ZIP_RDONLY, &error) else {
            zip_source_free(reader)
            let reason = "expected the directory of a ZIP archive, found none or a damaged one"
            throw bytes.takeFailure() ?? .corrupt(path: path, reason: reason)
        }
        self.archive = archive
        bytes.endDirectory()
        entryCount = UInt64(clamping: zip_get_num_entries(archive, 0))
        guard entryCount <= UInt64(Self.entryCountMax) else {
            throw .unsupported(
                path: path, reason: "expected at most \(Self.entryCountMax) entries, found \(entryCount); write shards")
        }
        for index in 0..<entryCount {
            guard let name = name(of: index) else { continue }
            places[Self.hash(name)] = index
            visit(name)
        }
    }

    deinit {
        if let unpacked { zip_fclose(unpacked.file) }
        zip_discard(archive)
    }

    /// Calls `visit` with the name of each file of the archive, once, until it returns false.
    func forEachName(_ visit: (_ name: String) -> Bool) {
        for index in 0..<entryCount {
            guard let name = name(of: index), places[Self.hash(name)] == index else { continue }
            if !visit(name) { return }
        }
    }

    /// Some bytes of a file; nil if there is none of this name. The checksum of a file that is read whole is checked.
    ///
    /// - Throws: `ImageError`: `corrupt` for damage, `unsupported` for more than `byteCountMax` bytes, for encrypted entries and
    ///   other methods of compression, `io`.
    func read(_ name: String, _ part: StorePart, byteCountMax: Int) throws(ImageError) -> [UInt8]? {
        guard let index = places[Self.hash(name)], self.name(of: index) == name else { return nil }
        let (packedByteCount, byteCount, isStored) = try size(of: index, name)
        let (offset, count) = part.extent(in: byteCount)
        guard count <= byteCountMax else {
            throw .unsupported(path: "\(path)/\(name)", reason: "expected at most \(byteCountMax) bytes, found \(count)")
        }
        if count == byteCount { return try whole(index, name, packedByteCount, count) }
        return isStored ? try range(index, name, offset, count) : try unpack(index, name, offset, count)
    }

    // MARK: Entries

    /// The name of an entry that is a file; nil for a folder, and for a name that cannot be that of a key.
    private func name(of index: UInt64) -> String? {
        guard let text = zip_get_name(archive, index, zip_flags_t(ZIP_FL_ENC_RAW)) else { return nil }
        let raw = UnsafeBufferPointer(start: text, count: zip_name_byte_count(text)).lazy.map { UInt8(bitPattern: $0) }
        guard (1...Self.nameByteCountMax).contains(raw.count), raw.allSatisfy({ $0 >= 32 }) else { return nil }
        // Some programs on Windows write their own separator.
        let name = String(decoding: raw.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
        return name.hasSuffix("/") ? nil : name
    }

    /// The sizes of an entry that can be read.
    private func size(
        of index: UInt64, _ name: String
    ) throws(ImageError) -> (packed: Int, unpacked: Int, isStored: Bool) {
        let path = "\(path)/\(name)"
        var status = zip_stat_t()
        guard zip_stat_index(archive, index, 0, &status) == 0 else {
            throw failure(name, "expected an entry, found a damaged one")
        }
        guard status.encryption_method == UInt16(ZIP_EM_NONE) else {
            throw .unsupported(path: path, reason: "expected an entry without a password, found one with it")
        }
        let method = Int(status.comp_method)
        guard method == 0 || method == 8 else {
            let found = Self.methods[method] ?? "method \(method)"
            throw .unsupported(path: path, reason: "expected an entry that is stored or deflated, found \(found)")
        }
        let (packed, unpacked) = (Int(clamping: status.comp_size), Int(clamping: status.size))
        let isPossible = method == 0 ? packed == unpacked : unpacked / Zlib.ratioMax <= packed
        guard isPossible, packed <= bytes.byteCount else {
            throw .corrupt(
                path: path, reason: "expected an entry inside the archive, found one of \(unpacked) bytes in \(packed)")
        }
        return (packed, unpacked, method == 0)
    }

    private func open(_ index: UInt64, _ name: String) throws(ImageError) -> OpaquePointer {
        guard let file = zip_fopen_index(archive, index, 0) else {
            throw failure(name, "expected the start of the entry, found damage")
        }
        return file
    }

    private func whole(
        _ index: UInt64, _ name: String, _ packedByteCount: Int, _ count: Int
    ) throws(ImageError) -> [UInt8] {
        // The header of an entry, which comes before its bytes, takes little besides the name.
        bytes.expect(packedByteCount + 2 * Self.nameByteCountMax)
        let file = try open(index, name)
        defer { zip_fclose(file) }
        let content = try next(count, of: file, name)
        // The checksum is compared where the end is reached.
        var end: UInt8 = 0
        guard zip_fread(file, &end, 1) == 0 else { throw failure(name, "expected its checksum, found another") }
        return content
    }

    /// A range of a stored entry.
    private func range(_ index: UInt64, _ name: String, _ offset: Int, _ count: Int) throws(ImageError) -> [UInt8] {
        bytes.expect(count)
        let file = try open(index, name)
        defer { zip_fclose(file) }
        guard zip_fseek(file, zip_int64_t(offset), SEEK_SET) == 0 else {
            throw failure(name, "expected byte \(offset) of the entry, found damage")
        }
        return try next(count, of: file, name)
    }

    /// A range of a deflated entry: what comes before it is unpacked and passed over.
    private func unpack(_ index: UInt64, _ name: String, _ offset: Int, _ count: Int) throws(ImageError) -> [UInt8] {
        if let last = unpacked, last.index != index || last.byteCount > offset {
            zip_fclose(last.file)
            unpacked = nil
        }
        var place = unpacked?.byteCount ?? 0
        let file = if let unpacked { unpacked.file } else { try open(index, name) }
        // An entry that fails is not read on.
        unpacked = (index, file, .max)
        while place < offset { place += try next(min(offset - place, 256 << 10), of: file, name).count }
        let content = try next(count, of: file, name)
        unpacked = (index, file, offset + count)
        return content
    }

    /// The next bytes of an open entry.
    private func next(_ count: Int, of file: OpaquePointer, _ name: String) throws(ImageError) -> [UInt8] {
        var found = 0
        let content = [UInt8](unsafeUninitializedCapacity: count) { target, initializedCount in
            while found < count {
                let start = target.baseAddress.map { $0 + found }
                let read = zip_fread(file, start, zip_uint64_t(min(count - found, 1 << 20)))
                guard read > 0 else { break }
                found += Int(read)
            }
            initializedCount = found
        }
        guard found == count else { throw failure(name, "expected \(count) bytes, found \(found)") }
        return content
    }

    private func failure(_ name: String, _ reason: String) -> ImageError {
        bytes.takeFailure() ?? .corrupt(path: "\(path)/\(name)", reason: reason)
    }

    private static func hash(_ name: String) -> Int {
        var hasher = Hasher()
        hasher.combine(name)
        return hasher.finalize()
    }
}
