internal import CZip
package import Imaging

/// The files in a ZIP archive of small files, read and written as a whole.
package struct ZipFile: Equatable, Sendable {
    /// A file of the archive.
    package struct Entry: Equatable, Sendable {
        package var name: String
        package var bytes: [UInt8]

        package init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
    }

    /// In the order of the archive's directory.
    package var entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    /// The names of the files in an archive, in the order of its directory.
    ///
    /// - Throws: `ImageError`: `io`, `corrupt` for what is no archive, `unsupported` for too many entries.
    package static func names(path: String) throws(ImageError) -> [String] {
        let file: InputFile
        do throws(FileError) {
            file = try InputFile(path: path)
        } catch {
            throw ImageError(error)
        }
        var names: [String] = []
        _ = try ZipArchive(.file(file)) { names.append($0) }
        return names
    }

    /// Reads the files of an archive that `isWanted` by their names.
    ///
    /// - Parameters:
    ///   - path: names the archive in messages.
    ///   - byteCountMax: of all files together, unpacked.
    /// - Throws: `ImageError`: `corrupt` for damage, `unsupported` beyond the limit and for what is encrypted or packed in other ways.
    package init(
        _ bytes: [UInt8], path: String, byteCountMax: Int, where isWanted: (_ name: String) -> Bool
    ) throws(ImageError) {
        let archive = try ZipArchive(ZipBytes(bytes, path: path), path: path) { _ in }
        var names: [String] = []
        archive.forEachName { name in
            if isWanted(name) { names.append(name) }
            return true
        }
        entries = []
        var rest = byteCountMax
        for name in names {
            guard let content = try archive.read(name, .whole, byteCountMax: rest) else { continue }
            rest -= content.count
            entries.append(Entry(name: name, bytes: content))
        }
    }

    /// The archive: files as they are, unpacked, with the first day that the format knows as their time; so the same files are always the same
    /// bytes.
    ///
    /// - Throws: `ImageError.io` when libzip fails, as for lack of memory.
    package func encoded(path: String) throws(ImageError) -> [UInt8] {
        let failure = ImageError.io(path: path, reason: "the archive could not be made: not enough memory")
        var error = zip_error_t()
        guard let target = zip_source_buffer_create(nil, 0, 0, &error) else { throw failure }
        defer { zip_source_free(target) }
        guard let archive = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error) else { throw failure }
        // The archive takes one reference with it when it is closed.
        zip_source_keep(target)
        var copies: [UnsafeMutableRawPointer] = []
        defer { for copy in copies { copy.deallocate() } }
        for entry in entries {
            let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, entry.bytes.count), alignment: 1)
            entry.bytes.withUnsafeBytes { copy.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(copy), byteCount: $0.count) }
            copies.append(copy)
            guard let source = zip_source_buffer(archive, copy, zip_uint64_t(entry.bytes.count), 0) else {
                zip_discard(archive)
                throw failure
            }
            let index = zip_file_add(archive, entry.name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
            guard index >= 0 else {
                zip_source_free(source)
                zip_discard(archive)
                throw failure
            }
            zip_set_file_compression(archive, zip_uint64_t(index), Int32(ZIP_CM_STORE), 0)
            // The first of January 1980, 0:00.
            zip_file_set_dostime(archive, zip_uint64_t(index), 0, 0x21, 0)
        }
        guard zip_close(archive) == 0 else {
            zip_discard(archive)
            throw failure
        }
        return try Self.content(of: target, orThrow: failure)
    }

    /// What libzip has written into memory.
    private static func content(of source: OpaquePointer, orThrow failure: ImageError) throws(ImageError) -> [UInt8] {
        var status = zip_stat_t()
        guard zip_source_stat(source, &status) == 0, zip_source_open(source) == 0 else { throw failure }
        defer { zip_source_close(source) }
        var bytes = [UInt8](repeating: 0, count: Int(clamping: status.size))
        let count = zip_source_read(source, &bytes, zip_uint64_t(bytes.count))
        guard count == Int64(bytes.count) else { throw failure }
        return bytes
    }
}
