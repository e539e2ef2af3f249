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
