/// The parameters of a request's query, each given at most once.
struct Query {
    private let values: [String: String]

    /// - Throws: `Refusal` for a malformed query, or a parameter that is given twice.
    init(_ text: String?) throws(Refusal) {
        var values: [String: String] = [:]
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decoded(parts[0], plusIsSpace: true),
                let value = PercentEncoding.decoded(parts.count == 2 ? parts[1] : "", plusIsSpace: true)
            else { throw .badRequest("query: expected percent-encoded UTF-8, found \"\(pair.prefix(80))\"") }
            guard values.updateValue(value, forKey: name) == nil else {
                throw .badRequest("query: expected \(name.prefix(40)) once, found it twice")
            }
        }
        self.values = values
    }

    /// The text of a parameter; nil without one.
    subscript(_ name: String) -> String? { values[name] }

    /// - Throws: `Refusal` unless the parameter is there.
    func text(_ name: String) throws(Refusal) -> String {
        guard let text = values[name], !text.isEmpty else { throw .badRequest("\(name): expected a text, found none") }
        return text
    }

    /// A whole number of a range; nil without one.
    ///
    /// - Throws: `Refusal` for anything else.
    func number(_ name: String, in range: ClosedRange<Int> = 0...Int(Int32.max)) throws(Refusal) -> Int? {
        guard let text = values[name] else { return nil }
        return try Self.number(text, name, in: range)
    }

    /// A whole number of a range, from a text.
    static func number(_ text: String, _ name: String, in range: ClosedRange<Int> = 0...Int(Int32.max)) throws(Refusal) -> Int {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text), range.contains(number) else {
            throw .badRequest(
                "\(name): expected a whole number from \(range.lowerBound) to \(range.upperBound), found \"\(text.prefix(40))\"")
        }
        return number
    }

    /// The plane that a request is about: index in depth and in time, each 0 if it is not given.
    func plane() throws(Refusal) -> (z: Int, t: Int) { (try number("z") ?? 0, try number("t") ?? 0) }
}

/// Percent-encoding of URLs.
enum PercentEncoding {
    /// The text that is meant; nil for malformed escapes and for bytes that are no UTF-8.
    static func decoded(_ text: Substring, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
