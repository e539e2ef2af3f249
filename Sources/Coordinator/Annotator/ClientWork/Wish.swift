/// What a client asks for, as it comes: a JSON object whose members are all known. One that is misspelt would otherwise change in silence
/// what is computed.
protocol Wish: Decodable, Sendable {
    associatedtype Member: CodingKey & CaseIterable

    init(_ members: Members<Member>) throws
}

extension Wish {
    init(from decoder: any Decoder) throws { try self.init(Members(decoder)) }
}

/// The members of an object, none of them unknown.
struct Members<Key: CodingKey & CaseIterable> {
    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let container: KeyedDecodingContainer<Key>

    /// - Throws: `DecodingError` for another value than an object, and for a member that is not known.
    init(_ decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
        if let unknown = names.first(where: { Key(stringValue: $0) == nil }) {
            let known = Key.allCases.map(\.stringValue).joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "expected some of \(known), found \"\(unknown.prefix(80))\""))
        }
        container = try decoder.container(keyedBy: Key.self)
    }

    /// The value of a member; nil where it is missing or null.
    func optional<Value: Decodable>(_ key: Key, as type: Value.Type = Value.self) throws -> Value? {
        try container.decodeIfPresent(type, forKey: key)
    }

    /// The value of a member that must be there.
    func required<Value: Decodable>(_ key: Key, as type: Value.Type = Value.self) throws -> Value {
        try container.decode(type, forKey: key)
    }

    /// Whether a member is there and not null.
    func isGiven(_ key: Key) throws -> Bool { try container.contains(key) && !container.decodeNil(forKey: key) }

    /// A number of a range; nil where it is missing or null.
    func number<Value: Decodable & Comparable>(_ key: Key, in range: ClosedRange<Value>) throws -> Value? {
        guard let value = try optional(key, as: Value.self) else { return nil }
        guard range.contains(value) else {
            throw wrong(key, "expected \(range.lowerBound) to \(range.upperBound), found \(value)")
        }
        return value
    }

    /// A length above 0; nil where it is missing or null.
    func length(_ key: Key, atMost most: Double = .greatestFiniteMagnitude) throws -> Double? {
        guard let value = try optional(key, as: Double.self) else { return nil }
        guard value > 0, value <= most else {
            let expected = most == .greatestFiniteMagnitude ? "a length above 0" : "a length above 0 up to \(most)"
            throw wrong(key, "expected \(expected), found \(value)")
        }
        return value
    }

    /// A text, or the text of a number; nil where it is missing or null.
    func rule(_ key: Key) throws -> String? {
        if let number = try? optional(key, as: Int.self) { return "\(number)" }
        if let number = try? optional(key, as: Double.self) { return "\(number)" }
        return try optional(key, as: String.self)
    }

    /// An error of the whole object.
    func wrong(_ reason: String) -> DecodingError {
        DecodingError.dataCorrupted(.init(codingPath: container.codingPath, debugDescription: reason))
    }

    /// An error that names a member.
    func wrong(_ key: Key, _ reason: String) -> DecodingError {
        DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: reason)
    }
}

extension ClosedRange {
    /// All numbers from a lower bound on.
    static func from(_ lower: Int) -> ClosedRange<Int> where Bound == Int { lower...Int(Int32.max) }
}
