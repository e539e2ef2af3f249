package import Annotations
package import Imaging

/// A JSON document of annotations: as general as JSON, with lists of numbers and of points held tightly, and members in their order.
package enum JSONTree: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    /// A list of numbers alone; the empty list too.
    case numbers([Double])
    /// A list of pairs of numbers, one after the other.
    case pairs([Double])
    case list([JSONTree])
    /// In the order of the file. Of several members of one name the last counts.
    case object([Member])

    package struct Member: Equatable, Sendable {
        package var name: String
        package var value: JSONTree

        package init(name: String, value: JSONTree) { (self.name, self.value) = (name, value) }
    }
}

/// A value of a document and the place where it stands, so that every message can name it.
package struct JSONPlace {
    package let value: JSONTree
    /// The file.
    package let path: String
    /// Such as `shapes[3].line`; empty for the document.
    package let place: String

    package init(_ value: JSONTree, path: String, place: String = "") {
        (self.value, self.path, self.place) = (value, path, place)
    }

    // MARK: Parts

    /// The member of an object; nil if it is missing or null, or if this is no object.
    package subscript(name: String) -> JSONPlace? {
        guard case .object(let members) = value, let member = members.last(where: { $0.name == name }), member.value != .null
        else {
            return nil
        }
        return JSONPlace(member.value, path: path, place: place.isEmpty ? name : "\(place).\(name)")
    }

    /// The members of an object in their order; nil if this is none.
    package var members: [(name: String, value: JSONPlace)]? {
        guard case .object(let members) = value else { return nil }
        return members.map { ($0.name, JSONPlace($0.value, path: path, place: place.isEmpty ? $0.name : "\(place).\($0.name)")) }
    }

    /// The elements of a list; nil if this is none.
    package var elements: [JSONPlace]? {
        switch value {
        case .list(let values): values.enumerated().map { JSONPlace($1, path: path, place: "\(place)[\($0)]") }
        case .numbers(let numbers): numbers.enumerated().map { JSONPlace(.number($1), path: path, place: "\(place)[\($0)]") }
        case .pairs(let numbers):
            stride(from: 0, to: numbers.count, by: 2).map {
                JSONPlace(.numbers([numbers[$0], numbers[$0 + 1]]), path: path, place: "\(place)[\($0 / 2)]")
            }
        default: nil
        }
    }

    package var isObject: Bool { if case .object = value { true } else { false } }

    package var isList: Bool {
        switch value {
        case .list, .numbers, .pairs: true
        default: false
        }
    }

    /// The text of a string; nil for anything else.
    package var string: String? { if case .string(let text) = value { text } else { nil } }

    /// Nil for anything but a number.
    package var number: Double? { if case .number(let number) = value { number } else { nil } }

    /// Nil for anything but true or false.
    package var bool: Bool? { if case .bool(let flag) = value { flag } else { nil } }

    /// A whole number that is exact as a floating-point number; nil for anything else.
    package var integer: Int? { number.flatMap(Int.init(exactly:)) }

    // MARK: Values that must be there

    /// The member `name`.
    ///
    /// - Throws: `ImageError.corrupt` when it is missing.
    package func required(_ name: String, _ expected: String) throws(ImageError) -> JSONPlace {
        guard let member = self[name] else {
            throw .corruptAnnotations(path, "\(place.isEmpty ? name : "\(place).\(name)"): expected \(expected), found nothing")
        }
        return member
    }

    package func requiredElements(_ expected: String = "a list") throws(ImageError) -> [JSONPlace] {
        guard let elements else { throw wrong(expected) }
        return elements
    }

    package func requiredMembers() throws(ImageError) -> [(name: String, value: JSONPlace)] {
        guard let members else { throw wrong("an object") }
        return members
    }

    /// A length or place in pixels.
    package func coordinate() throws(ImageError) -> Double {
        guard let number, AnnotationLimits.isCoordinate(number) else { throw wrong(AnnotationLimits.coordinateText) }
        return number
    }

    /// A width, ≥ 0.
    package func length() throws(ImageError) -> Double {
        guard let number, AnnotationLimits.isCoordinate(number), number >= 0 else { throw wrong("a length of 0…1e9") }
        return number
    }

    package func integer(in range: ClosedRange<Int>) throws(ImageError) -> Int {
        guard let integer, range.contains(integer) else {
            throw wrong("an integer of \(range.lowerBound)…\(range.upperBound)")
        }
        return integer
    }

    package func flag() throws(ImageError) -> Bool {
        guard let bool else { throw wrong("true or false") }
        return bool
    }

    package func text() throws(ImageError) -> String {
        guard let string else { throw wrong("a text") }
        return string
    }

    /// A point: two numbers; more, as a height, are passed over.
    package func point() throws(ImageError) -> AnnotationPoint {
        guard case .numbers(let numbers) = value, numbers.count >= 2, numbers[..<2].allSatisfy(AnnotationLimits.isCoordinate)
        else {
            throw wrong("a point [x, y] of numbers of ±1e9")
        }
        return AnnotationPoint(x: numbers[0], y: numbers[1])
    }

    /// A list of points.
    package func points() throws(ImageError) -> [AnnotationPoint] {
        if case .pairs(let numbers) = value {
            if let index = numbers.firstIndex(where: { !AnnotationLimits.isCoordinate($0) }) {
                throw JSONPlace(.number(numbers[index]), path: path, place: "\(place)[\(index / 2)]").wrong(
                    "a point of numbers of ±1e9")
            }
            return stride(from: 0, to: numbers.count, by: 2).map { AnnotationPoint(x: numbers[$0], y: numbers[$0 + 1]) }
        }
        var points: [AnnotationPoint] = []
        for element in try requiredElements("a list of points") { points.append(try element.point()) }
        return points
    }

    // MARK: Messages

    /// The value is not what the format has here.
    package func wrong(_ expected: String) -> ImageError {
        .corruptAnnotations(path, "\(place.isEmpty ? "" : "\(place): ")expected \(expected), found \(value.summary)")
    }
}

extension JSONTree {
    /// The value in a message: short, and in one line.
    package var summary: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .number(let value): return "\(value)"
        case .string(let value):
            let line = value.prefix(60).inOneLine
            return "\"\(line)\(value.count > 60 ? "…" : "")\""
        case .numbers(let values):
            return values.count <= 8 ? "[\(values.map { "\($0)" }.joined(separator: ", "))]" : "a list of \(values.count) numbers"
        case .pairs(let values): return "a list of \(values.count / 2) pairs"
        case .list(let values): return "a list of \(values.count)"
        case .object: return "an object"
        }
    }
}
