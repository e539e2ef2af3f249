internal import Imaging

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
