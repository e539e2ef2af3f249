internal import Imaging

/// An HDF5 file in memory, of which only named groups, datasets and attributes are read.
///
/// This reads the format itself instead of asking libhdf5, as that library cannot be given damaged files: release 1.10 loses memory
/// whenever a structure does not decode, and copies as many bytes as a damaged heap says. What is read is what ilastik and h5py write unless asked
/// for newer structures: superblocks 0 and 1, object headers 1, groups as symbol tables, datasets that are compact, contiguous or
/// in chunks under a B-tree, deflate and shuffle, whole numbers, and texts of one or of their own length. Anything else is refused by name.
///
/// Nothing is followed out of the file: links to elsewhere are known by name only, and values in other files are refused. Every structure is
/// read once, or is paid for from a budget of the file, so that time and memory are bounded whatever a damaged file repeats.
///
/// Reference: HDF5 File Format Specification Version 3.0, The HDF Group.
final class HDF5File {
    /// What a name in a group stands for.
    enum Link: Equatable {
        /// The address of an object's header.
        case object(Int)
        /// A name of something else, maybe in another file.
        case elsewhere
    }

    /// Names, nodes of trees and objects of heaps that are read of one file.
    private static let entriesMax = 1 << 20
    /// Bytes of all texts and names that are read of one file.
    private static let textBytesMax = 1 << 24
    /// Bytes of all elements and chunks that are read of one file.
    private static let contentBytesMax = 1 << 29
    private static let signatureByteCount = 8
    /// Characters of a place in a message.
    private static let labelMax = 120

    let bytes: [UInt8]
    let path: String
    private let root: Int
    private var entriesLeft = entriesMax
    private var textBytesLeft = textBytesMax
    private var contentBytesLeft = contentBytesMax
    private var groups: [Int: [String: Link]] = [:]
    /// The objects of the global heaps that were looked at, by the heap's address and their numbers.
    var heaps: [Int: [Int: Range<Int>]] = [:]

    /// Opens a file.
    ///
    /// - Throws: `ImageError.corrupt` for what is no HDF5 file or cut off, `.unsupported` for a newer one.
    init(_ bytes: [UInt8], path: String) throws(ImageError) {
        (self.bytes, self.path) = (bytes, path)
        guard AnnotationSignature(bytes) == .hdf5 else {
            throw .corruptAnnotations(path, "expected an HDF5 file, found something else")
        }
        var block = try HDF5Cursor(bytes, path: path, at: Self.signatureByteCount)
        let version = try block.number(1)
        guard version <= 1 else {
            throw .unsupported(
                path: path,
                reason: "expected the HDF5 format that h5py writes unless asked for a newer one, found superblock \(version)")
        }
        // Versions of other structures, all of them 0.
        try block.skip(4)
        guard try block.number(1) == 8, try block.number(1) == 8 else {
            throw .unsupported(path: path, reason: "expected HDF5 addresses and lengths of 8 bytes, found others")
        }
        // Sizes of nodes and flags, which are not needed for reading.
        try block.skip(version == 0 ? 9 : 13)
        let (base, _, end) = (try block.number(8), try block.address(), try block.number(8))
        guard base == 0, end <= bytes.count else {
            throw .corruptAnnotations(
                path, "expected an HDF5 file of \(end) bytes from byte 0, found \(bytes.count) bytes from \(base)")
        }
        // The driver's information, and the name of the root.
        try block.skip(16)
        root = try block.number(8)
    }

    // MARK: Groups

    /// Whether there is something under a path, such as `PixelClassification/LabelSets`, without any link to elsewhere.
    func has(_ place: String) throws(ImageError) -> Bool { try address(of: place) != nil }

    /// The names in a group, sorted; none if there is no such group.
    func names(in place: String) throws(ImageError) -> [String] {
        guard let address = try address(of: place) else { return [] }
        guard let links = try links(at: address) else { throw damaged(place, "a group") }
        for _ in links { try spendEntry() }
        return links.keys.sorted()
    }

    /// The header of the object under a path; nil if there is none.
    func header(of place: String) throws(ImageError) -> HDF5Header? {
        guard let address = try address(of: place) else { return nil }
        return try HDF5Header(bytes, path: path, at: address)
    }

    private func address(of place: String) throws(ImageError) -> Int? {
        var address = root
        for name in place.split(separator: "/") {
            guard case .object(let next)? = try links(at: address)?[String(name)] else { return nil }
            address = next
        }
        return address
    }

    /// The links of the group whose header is at an address; nil if it is no group.
    private func links(at address: Int) throws(ImageError) -> [String: Link]? {
        if let known = groups[address] { return known }
        let header = try HDF5Header(bytes, path: path, at: address)
        guard let message = try header.content(.symbolTable) else {
            guard !header.has(.linkInfo) else {
                throw .unsupported(
                    path: path, reason: "expected groups as h5py writes them unless asked for newer ones, found a newer one")
            }
            return nil
        }
        let links = try readLinks(message)
        groups[address] = links
        return links
    }

    // MARK: Limits

    /// Pays for a name, a node of a tree or an object of a heap.
    func spendEntry() throws(ImageError) {
        entriesLeft -= 1
        guard entriesLeft >= 0 else {
            throw .unsupported(path: path, reason: "expected at most \(Self.entriesMax) entries, found more")
        }
    }

    /// Pays for text.
    func spendText(_ byteCount: Int) throws(ImageError) {
        guard byteCount <= textBytesLeft else {
            throw .unsupported(path: path, reason: "expected at most \(Self.textBytesMax) bytes of text, found more")
        }
        textBytesLeft -= byteCount
    }

    /// Pays for elements, and for chunks with what is beyond the sides.
    func spendContent(_ byteCount: Int) throws(ImageError) {
        guard byteCount <= contentBytesLeft else {
            throw .unsupported(path: path, reason: "expected at most \(Self.contentBytesMax) bytes of values, found more")
        }
        contentBytesLeft -= byteCount
    }

    func cursor(at offset: Int, count: Int? = nil) throws(ImageError) -> HDF5Cursor {
        try HDF5Cursor(bytes, path: path, at: offset, count: count)
    }

    func damaged(_ place: String, _ expected: String) -> ImageError {
        .corruptAnnotations(path, "\(label(place)): expected \(expected), found something else or damage")
    }

    /// A place as messages name it: short, and in one line.
    func label(_ place: String) -> String { place.prefix(Self.labelMax).inOneLine }
}
