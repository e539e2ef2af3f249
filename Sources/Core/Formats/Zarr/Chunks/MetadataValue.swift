internal import Foundation
internal import Imaging
internal import Primitives

/// A value of a metadata document with the place where it stands, so that every message can name it.
struct MetadataValue {
    let value: JSONValue
    /// The document.
    let path: String
    /// Such as `codecs[0].configuration`; empty for the document itself.
    let place: String

    /// The document `path` with these bytes.
    ///
    /// - Throws: `ImageError.corrupt` for malformed JSON.
    init(parsing bytes: [UInt8], path: String) throws(ImageError) {
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw .corrupt(path: path, reason: "\(error)")
        }
        self.path = path
        place = ""
    }

    private init(_ value: JSONValue, path: String, place: String) {
        self.value = value
        self.path = path
        self.place = place
    }

    // MARK: Parts

    /// The members of an object, with null for a member that is null.
    func members() throws(ImageError) -> [String: JSONValue] {
        guard case .object(let members) = value else { throw wrong("an object") }
        return members
    }

    /// The member `name` of an object; nil if it is missing or null.
    func member(_ name: String) throws(ImageError) -> MetadataValue? {
        guard let member = try members()[name], member != .null else { return nil }
        return MetadataValue(member, path: path, place: place.isEmpty ? name : "\(place).\(name)")
    }

    /// The member `name` of an object.
    func required(_ name: String, _ expected: String) throws(ImageError) -> MetadataValue {
        guard let member = try member(name) else {
            let place = place.isEmpty ? name : "\(place).\(name)"
            throw .corrupt(path: path, reason: "\(place): expected \(expected), found nothing")
        }
        return member
    }

    /// The elements of a list.
    func elements() throws(ImageError) -> [MetadataValue] {
        guard case .array(let values) = value else { throw wrong("a list") }
        return values.enumerated().map { MetadataValue($1, path: path, place: "\(place)[\($0)]") }
    }

    // MARK: Values

    func text() throws(ImageError) -> String {
        guard case .string(let text) = value else { throw wrong("a text") }
        return text
    }

    func integer(in range: ClosedRange<Int>) throws(ImageError) -> Int {
        guard case .integer(let number) = value, range.contains(number) else {
            throw wrong("an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A number, or one of the texts that stand for values which JSON has no numbers for.
    func float() throws(ImageError) -> Float {
        switch value {
        case .integer(let number): return Float(number)
        case .number(let number): return Float(number)
        case .string("NaN"): return .nan
        case .string("Infinity"): return .infinity
        case .string("-Infinity"): return -.infinity
        default: throw wrong("a number")
        }
    }

    /// A list of integers.
    func integers(in range: ClosedRange<Int>) throws(ImageError) -> [Int] {
        var numbers: [Int] = []
        for element in try elements() { numbers.append(try element.integer(in: range)) }
        return numbers
    }

    /// One of a few texts.
    func text(outOf texts: [String]) throws(ImageError) -> String {
        guard case .string(let text) = value, texts.contains(text) else { throw unsupported(Self.alternatives(texts)) }
        return text
    }

    /// An extension point of Zarr v3: a name alone, or an object of `name` and `configuration`.
    func named() throws(ImageError) -> (name: String, configuration: MetadataValue?) {
        if case .string(let name) = value { return (name, nil) }
        return (try required("name", "a name").text(), try member("configuration"))
    }

    // MARK: Messages

    /// The value breaks the format.
    func wrong(_ expected: String) -> ImageError { .corrupt(path: path, reason: reason(expected)) }

    /// The value is allowed by the format, but not read.
    func unsupported(_ expected: String) -> ImageError { .unsupported(path: path, reason: reason(expected)) }

    /// `"a", "b" or "c"`.
    static func alternatives(_ texts: [String]) -> String {
        let quoted = texts.map { "\"\($0)\"" }
        return quoted.count < 2
            ? quoted.joined() : quoted.dropLast().joined(separator: ", ") + " or " + quoted.suffix(1).joined()
    }

    private func reason(_ expected: String) -> String {
        "\(place.isEmpty ? "" : "\(place): ")expected \(expected), found \(value)"
    }
}

/// Any JSON value, as the content of Zarr metadata tells its kind.
enum JSONValue: Decodable, Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Parses a document.
    ///
    /// - Throws: `JSONShapeError` in one line, for malformed or excessive JSON.
    init(parsing bytes: [UInt8]) throws(JSONShapeError) {
        let data = Data(bytes)
        try JSONShape.check(data)
        do {
            self = try JSONDecoder().decode(JSONValue.self, from: data)
        } catch {
            throw JSONShapeError(description: "malformed JSON")
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value in a message: short, and in one line.
    var description: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .integer(let value): return "\(value)"
        case .number(let value): return "\(value)"
        case .string(let value):
            let line = value.prefix(60).split(whereSeparator: \.isNewline).joined(separator: " ")
            return "\"\(line)\(value.count > 60 ? "…" : "")\""
        case .array(let values):
            let isShort = values.count <= 8 && values.allSatisfy(\.isScalar)
            return isShort ? "[\(values.map(\.description).joined(separator: ", "))]" : "a list of \(values.count)"
        case .object: return "an object"
        }
    }

    private var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }
}
