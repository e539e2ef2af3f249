internal import Foundation

/// The field `Content-Digest` of HTTP (RFC 9530), with which each side finds out that a body was changed on its way: connections
/// check 16 bits of each packet, and what stands between two connections checks nothing.
extension ContentHash {
    /// The field's value for bytes of this hash: `sha-256=:…:`.
    public var digestField: String { "sha-256=:\(Data(bytes).base64EncodedString()):" }

    /// The SHA-256 in the field's value; nil if there is none, or if it is malformed. Other algorithms beside it are skipped.
    public init?(digestField: String) {
        for member in digestField.split(separator: ",") {
            let parts = member.trimmingCharacters(in: .whitespaces).split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "sha-256" else { continue }
            let value = parts[1].split(separator: ";", maxSplits: 1)[0].trimmingCharacters(in: .whitespaces)
            guard value.count > 2, value.hasPrefix(":"), value.hasSuffix(":"),
                let digest = Data(base64Encoded: String(value.dropFirst().dropLast())), digest.count == 32
            else { return nil }
            self.init(digest: digest)
            return
        }
        return nil
    }
}
