internal import Crypto
public import Foundation

/// The SHA-256 of some bytes, as 64 lower-case hexadecimal digits: the name of a blob and of a job.
public struct ContentHash: Codable, Hashable, Sendable, CustomStringConvertible {
    public let hex: String

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

    private init(_ digest: SHA256.Digest) { self.init(digest: digest) }

    /// The hash whose 32 bytes these are.
    init(digest: some Sequence<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        hex = String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Nil unless `hex` is 64 lower-case hexadecimal digits.
    public init?(hex: String) {
        let isDigit: (UInt8) -> Bool = { (48...57).contains($0) || (97...102).contains($0) }
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(isDigit) else { return nil }
        self.hex = hex
    }

    /// The 32 bytes of the hash.
    var bytes: [UInt8] {
        let digits = hex.utf8.map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

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
