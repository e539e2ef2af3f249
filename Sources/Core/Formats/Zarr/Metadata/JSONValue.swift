internal import Foundation
internal import Primitives

/// Any JSON value: metadata of Zarr is told apart by what it holds.
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
