internal import Foundation
internal import Machine

/// The secret that requests must carry. Never printed.
package struct BearerToken: Sendable, CustomStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    /// Nil unless `text` is 1 to 4096 visible ASCII characters, as a header field can carry them.
    package init?(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
        guard (1...4096).contains(bytes.count), bytes.allSatisfy({ (33...126).contains($0) }) else { return nil }
    }

    package var description: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether the value of an `Authorization` field carries this token.
    package func isCarried(by field: String?) -> Bool {
        let prefix = "bearer "
        guard let field, field.utf8.count > prefix.utf8.count, field.prefix(prefix.count).lowercased() == prefix else {
            return false
        }
        return isEqual(to: Array(field.utf8.dropFirst(prefix.utf8.count)))
    }

    /// Compares in a time that depends on the other's length only, not on where they differ.
    package func isEqual(to other: [UInt8]) -> Bool {
        var difference = other.count ^ bytes.count
        for (index, byte) in other.enumerated() {
            difference |= Int(byte ^ bytes[index % bytes.count])
        }
        return difference == 0
    }
}

/// Where a server's token comes from: a file, else the environment, never the command line.
extension BearerToken {
    /// The token of the file, else of the environment's `variable`, which this process then has no longer; nil without either.
    ///
    /// - Throws: `ServingError` when a file is named but unreadable, or the token is malformed.
    package static func configured(file path: String?, variable: String) throws(ServingError) -> BearerToken? {
        let fromEnvironment = SecretVariable.take(variable)
        if let path { return try read(file: path) }
        guard let text = fromEnvironment, !text.isEmpty else { return nil }
        guard let token = BearerToken(text) else {
            throw .unfit("\(variable): expected 1 to 4096 visible ASCII characters")
        }
        return token
    }

    private static func read(file path: String) throws(ServingError) -> BearerToken {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw .unreadable("token file \(path): cannot be read")
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let token = BearerToken(text) else {
            throw .unfit("token file \(path): expected 1 to 4096 visible ASCII characters")
        }
        return token
    }
}
