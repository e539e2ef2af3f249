internal import Foundation
internal import Primitives

/// The run and epoch that a request about jobs belongs to. A worker that knows a later epoch of a run refuses requests of earlier ones.
///
/// On the wire, the fields `Coppice-Run` and `Coppice-Epoch`.
package struct FencingToken: Codable, Hashable, Sendable {
    /// The run's UUID, made when its directory was; 1 to `runLengthMax` visible ASCII characters.
    package let run: String
    /// How often the run has been opened, from 1 to `epochMax`.
    package let epoch: Int

    /// The longest name of a run, in characters.
    package static let runLengthMax = 128
    /// Exact in every JSON implementation.
    package static let epochMax = 1 << 53

    package init(run: String, epoch: Int) { (self.run, self.epoch) = (run, epoch) }
}

/// The field `Content-Digest` of HTTP (RFC 9530), with which each side detects a body that was changed on its way: connections
/// check 16 bits of each packet, and proxies between them check nothing.
extension ContentHash {
    /// The field's value for bytes of this hash: `sha-256=:…:`.
    package var digestField: String { "sha-256=:\(withUnsafeBytes { Data($0).base64EncodedString() }):" }

    /// The SHA-256 in the field's value; nil if there is none, or if it is malformed. Other algorithms beside it are skipped.
    package init?(digestField: String) {
        for member in digestField.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = member.split(separator: UInt8(ascii: "="), maxSplits: 1)
            guard parts.count == 2, Self.isSHA256(Self.trimmed(parts[0])) else { continue }
            let value = Self.trimmed(parts[1].prefix { $0 != UInt8(ascii: ";") })
            guard value.count > 2, value.first == UInt8(ascii: ":"), value.last == UInt8(ascii: ":"),
                let digest = Array(value.dropFirst().dropLast()).withUnsafeBytes(Base64.decode)
            else { return nil }
            self.init(digest: digest)
            return
        }
        return nil
    }

    /// Whether an algorithm's name, in letters of either case, is that of SHA-256.
    private static func isSHA256(_ name: Substring.UTF8View) -> Bool {
        name.elementsEqual("sha-256".utf8) { ((65...90).contains($0) ? $0 | 32 : $0) == $1 }
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
