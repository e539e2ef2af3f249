internal import Crypto
public import Foundation

/// The SHA-256 of some bytes, written as 64 lower-case hexadecimal digits: the name of a blob and of a job.
public struct ContentHash: Codable, Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes, as they lie in memory. No vector, which would lie on 32 bytes: asynchronous frames only keep 16.
    private var words: Words

    private struct Words: Hashable, Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
    }

    /// The hash of `bytes`.
    ///
    /// - Complexity: O(n), at about the speed of the processor's SHA instructions.
    public init(of bytes: some DataProtocol) { self.init(SHA256.hash(data: bytes)) }

    /// The hash of a file's content, read in parts.
    ///
    /// - Throws: the system's reason when the file cannot be read.
    public init(ofFile path: String) throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        var hash = SHA256()
        while let part = try file.read(upToCount: 1 << 20), !part.isEmpty { hash.update(data: part) }
        self.init(hash.finalize())
    }

    /// The hash of what a command reads: of a file its content, of a folder its listing, with the content of metadata and the sizes and
    /// times of all else (`FolderListing`); of a URL itself, the size and the version that the server tells.
    ///
    /// - Throws: the system's reason when something cannot be read.
    public init(ofInput path: String) throws {
        if RemoteImage.isURL(path) {
            self = try RemoteImage.hash(of: path)
            return
        }
        guard FolderFormat.isFolder(path) else {
            try self.init(ofFile: path)
            return
        }
        try self.init(FolderListing(documentNames: FolderFormat.all.reduce(into: []) { $0.formUnion($1.documentNames) }), path)
    }

    /// The hash of what a command has written: of a file its content, of a folder its listing with the content of all files.
    ///
    /// - Throws: the system's reason when something cannot be read.
    public init(ofOutput path: String) throws {
        guard FolderFormat.isFolder(path) else {
            try self.init(ofFile: path)
            return
        }
        try self.init(FolderListing(documentNames: nil), path)
    }

    private init(_ listing: FolderListing, _ path: String) throws {
        var hash = SHA256()
        try listing.visit(path) { hash.update(data: $0) }
        self.init(hash.finalize())
    }

    private init(_ digest: SHA256.Digest) {
        words = digest.withUnsafeBytes { $0.loadUnaligned(as: Words.self) }
    }

    /// The hash whose bytes these are; nil unless they are 32.
    init?(digest: some ContiguousBytes) {
        let words = digest.withUnsafeBytes { bytes in
            bytes.count == Self.byteCount ? bytes.loadUnaligned(as: Words.self) : nil
        }
        guard let words else { return nil }
        self.words = words
    }

    private static let byteCount = 32

    /// Nil unless `hex` is 64 lower-case hexadecimal digits.
    public init?(hex: String) {
        guard hex.utf8.count == 2 * Self.byteCount else { return nil }
        words = Words()
        let isHex = withUnsafeMutableBytes(of: &words) { bytes in
            for (index, digit) in hex.utf8.enumerated() {
                let value: UInt8
                switch digit {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
                default: return false
                }
                bytes[index / 2] = bytes[index / 2] << 4 | value
            }
            return true
        }
        guard isHex else { return nil }
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String {
        withUnsafeBytes { bytes in
            String(unsafeUninitializedCapacity: 2 * Self.byteCount) { text in
                for (index, byte) in bytes.enumerated() {
                    for (offset, digit) in [byte >> 4, byte & 15].enumerated() {
                        text[2 * index + offset] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
                    }
                }
                return 2 * Self.byteCount
            }
        }
    }

    /// Calls `body` with the 32 bytes of the hash.
    func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value { Swift.withUnsafeBytes(of: words, body) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let hash = ContentHash(hex: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected 64 lower-case hexadecimal digits, found \"\(text.prefix(80))\"")
        }
        self = hash
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    public var description: String { hex }
}
