internal import CTIFF
internal import Imaging

/// A TIFF that libtiff has opened, and the directory that it is at: the first one in the beginning. Not safe to share between threads.
final class TIFFSession {
    let path: String
    let pointer: UnsafeMutablePointer<ctiff_session>
    /// What libtiff reads from, as long as it does.
    private let source: TIFFBytes

    /// One allocation of libtiff's: a chunk before it is decoded, or the table of all chunks.
    private static let memoryMax = 256 << 20

    /// - Throws: `ImageError` when the bytes cannot be read, or have no first directory.
    init(_ bytes: ImageBytes, limits: ImageLimits) throws(ImageError) {
        path = bytes.path
        source = TIFFBytes(bytes)
        let opened = ctiff_open_source(
            Unmanaged.passUnretained(source).toOpaque(),
            { context, offset, target, count in
                guard let context, let target else { return -1 }
                return Unmanaged<TIFFBytes>.fromOpaque(context).takeUnretainedValue().read(
                    UnsafeMutableRawBufferPointer(start: target, count: Int(count)), at: Int(offset))
            }, Int64(source.byteCount), path, Int64(min(Self.memoryMax, limits.heldBytesMax)))
        guard let session = opened else { throw .io(path: path, reason: "not enough memory to open the image") }
        pointer = session
        guard session.pointee.tiff != nil else { throw corrupt(nil, "expected an image's size and chunks, found none") }
    }

    deinit { ctiff_close(pointer) }

    /// Size of the file.
    var byteCount: Int { source.byteCount }

    /// Fills bytes from an offset of the file on, past libtiff, and returns how many there were before the file's end.
    ///
    /// - Throws: `ImageError` when they cannot be read.
    func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws(ImageError) -> Int {
        let count = source.read(target, at: offset)
        guard count >= 0 else { throw corrupt("byte \(offset)", "it cannot be read") }
        return Int(count)
    }

    /// What the current directory says of its image.
    ///
    /// - Throws: `ImageError.corrupt` when a field is missing or contradicts another.
    func directory() throws(ImageError) -> ctiff_directory {
        var directory = ctiff_directory()
        guard ctiff_read_directory(pointer, &directory) == 1 else {
            throw corrupt(nil, "expected an image's size and chunks, found none")
        }
        return directory
    }

    /// Goes to the directory at an offset.
    ///
    /// - Throws: `ImageError.corrupt` when there is none.
    func go(to offset: UInt64) throws(ImageError) {
        guard ctiff_go_to_directory(pointer, offset) == 1 else {
            throw corrupt("the directory at \(offset)", "it cannot be read")
        }
    }

    /// The description of the current directory; nil without one.
    var description: String? { ctiff_description(pointer).map { String(cString: $0) } }

    /// Whether the current directory has a field.
    func hasField(_ tag: UInt32) -> Bool { ctiff_has_field(pointer, tag) == 1 }

    /// The program that wrote the current directory; nil where it does not say.
    var software: String? { ctiff_text(pointer, UInt32(TIFFTAG_SOFTWARE)).map { String(cString: $0) } }

    /// The value that stands for no data in the current directory, as GDAL writes it (`GDAL_NODATA`); nil without one.
    var noData: Double? {
        var text = [CChar](repeating: 0, count: 64)
        guard ctiff_copy_text(pointer, Self.noDataTag, &text, text.count) == 1 else { return nil }
        let digits = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return Double(digits.filter { !$0.isWhitespace })
    }

    private static let noDataTag: UInt32 = 42113

    /// Whether the current directory's XML packet holds some text.
    func hasPacket(with text: String) -> Bool { ctiff_packet_holds(pointer, text) == 1 }

    /// What is wrong: what the server said, else libtiff's last message, else `otherwise`. `unsupported` where libtiff says that it does
    /// not decode such an image, else `corrupt`.
    func corrupt(_ place: String?, _ otherwise: String) -> ImageError {
        source.failure ?? LibraryMessage.error(message ?? otherwise, place: place, path: path)
    }

    /// libtiff's last message, in one line of visible characters.
    private var message: String? {
        let text = String(cString: ctiff_message(pointer))
        return text.isEmpty ? nil : String(text.map { $0.isNewline || !$0.isASCII ? " " : $0 })
    }
}

/// The bytes of a TIFF as libtiff reads them; keeps the first reason why they could not be read.
///
/// The file is not mapped into memory: if it were cut off meanwhile, the process would end. Sessions share no position.
private final class TIFFBytes {
    private let bytes: ImageBytes
    private(set) var failure: ImageError?

    init(_ bytes: ImageBytes) { self.bytes = bytes }

    var byteCount: Int {
        switch bytes {
        case .file(let file): file.byteCount
        case .remote(let file): file.byteCount
        case .store: 0
        }
    }

    /// The bytes that there were; -1 for none.
    func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int64 {
        guard offset >= 0 else { return -1 }
        do throws(ImageError) {
            switch bytes {
            case .file(let file): return Int64(try Self.read(file, target, at: offset))
            case .remote(let file): return Int64(try file.read(target, at: offset))
            case .store: return -1
            }
        } catch {
            failure = failure ?? error
            return -1
        }
    }

    private static func read(
        _ file: InputFile, _ target: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(ImageError) -> Int {
        do {
            return try file.read(target, at: offset)
        } catch {
            throw ImageError(error)
        }
    }
}

/// The directories of a TIFF: one entry for each image of full resolution in its chain, in order.
struct TIFFIndex {
    struct Entry {
        /// Offsets of the directories of its resolutions, the full one first: those below it, or those that follow it in the chain.
        var levels: [UInt64]
        /// Offsets of the directories that are masks of its resolutions.
        var masks: [UInt64] = []
    }

    let entries: [Entry]

    /// Walks down the chain from its first directory, at which the session is, to the last one that can be read.
    ///
    /// - Parameter imagesMax: the walk ends once there are so many images with all that belongs to them.
    /// - Complexity: O(directories).
    init(_ session: TIFFSession, imagesMax: Int = ImageSelection.numberMax) {
        var entries: [Entry] = []
        var found = ctiff_entry()
        repeat {
            ctiff_read_entry(session.pointer, &found)
            let type = Int32(bitPattern: found.subfile_type)
            // A mask is no image of its own.
            if type & FILETYPE_MASK != 0 {
                if !entries.isEmpty { entries[entries.count - 1].masks.append(found.offset) }
                continue
            }
            if type & FILETYPE_REDUCEDIMAGE != 0, !entries.isEmpty {
                entries[entries.count - 1].levels.append(found.offset)
                continue
            }
            if entries.count == imagesMax { break }
            let below = withUnsafeBytes(of: found.sub_offsets) { offsets in
                Array(offsets.bindMemory(to: UInt64.self).prefix(Int(found.sub_count)))
            }
            entries.append(Entry(levels: [found.offset] + below))
        } while entries.count <= ImageSelection.numberMax && ctiff_next_directory(session.pointer) == 1
        self.entries = entries
    }
}
