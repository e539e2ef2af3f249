internal import Foundation
internal import Machine

/// The secret that requests must carry. Never printed.
struct BearerToken: Sendable, CustomStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    /// Nil unless `text` is 1 to 4096 visible ASCII characters, as a header field can carry them.
    init?(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
        guard (1...4096).contains(bytes.count), bytes.allSatisfy({ (33...126).contains($0) }) else { return nil }
    }

    var description: String { "(secret)" }
    var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether the value of an `Authorization` field carries this token.
    func isCarried(by field: String?) -> Bool {
        let prefix = "bearer "
        guard let field, field.utf8.count > prefix.utf8.count, field.prefix(prefix.count).lowercased() == prefix else {
            return false
        }
        return isEqual(to: Array(field.utf8.dropFirst(prefix.utf8.count)))
    }

    /// Compares in a time that depends on the other's length only, not on where they differ.
    func isEqual(to other: [UInt8]) -> Bool {
        var difference = other.count ^ bytes.count
        for (index, byte) in other.enumerated() {
            difference |= Int(byte ^ bytes[index % bytes.count])
        }
        return difference == 0
    }
}

/// Where a worker's token comes from: a file, else the environment, never the command line.
extension BearerToken {
    private static let variable = "COPPICE_TOKEN"

    /// - Throws: `StartError` when a file is named but unreadable, or the token is malformed.
    static func configured(file path: String?) throws(StartError) -> BearerToken? {
        let fromEnvironment = SecretVariable.take(variable)
        if let path { return try read(file: path) }
        guard let text = fromEnvironment, !text.isEmpty else { return nil }
        guard let token = BearerToken(text) else {
            throw StartError(.badInput, "\(variable): expected 1 to 4096 visible ASCII characters")
        }
        return token
    }

    private static func read(file path: String) throws(StartError) -> BearerToken {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw StartError(.inputOutput, "token file \(path): cannot be read")
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let token = BearerToken(text) else {
            throw StartError(.badInput, "token file \(path): expected 1 to 4096 visible ASCII characters")
        }
        return token
    }
}
