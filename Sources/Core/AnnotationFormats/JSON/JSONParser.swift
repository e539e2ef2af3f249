internal import Foundation
package import Imaging

/// Parses JSON in one pass: the order of members is kept, as classes are numbered by it, and coordinates take 8 bytes each.
///
/// Bounded: by the bytes of the file, `depthMax` levels and `valuesMax` values. Not safe to share between threads.
package struct JSONParser {
    /// Arrays and objects inside one another; GeoJSON has about ten, nested objects of QuPath some more.
    static let depthMax = 64
    /// Values in all; the two numbers of a point in a list of points count as one.
    static let valuesMax = 1 << 26

    private let bytes: UnsafeBufferPointer<UInt8>
    private let path: String
    private var index = 0
    private var depth = 0
    private var valueCount = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>, path: String) { (self.bytes, self.path) = (bytes, path) }

    /// Parses a document.
    ///
    /// - Throws: `ImageError`: `corrupt` for what is no JSON, `unsupported` beyond the limits.
    package static func parse(_ bytes: [UInt8], path: String) throws(ImageError) -> JSONPlace {
        let tree = try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) -> JSONTree in
            var parser = JSONParser(buffer, path: path)
            // A byte-order mark.
            if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { parser.index = 3 }
            let tree = try parser.value()
            parser.skipSpace()
            guard parser.index == buffer.count else { throw parser.wrong("the end") }
            return tree
        }
        return JSONPlace(tree, path: path)
    }

    // MARK: Values

    private mutating func value() throws(ImageError) -> JSONTree {
        skipSpace()
        try count()
        guard index < bytes.count else { throw wrong("a value") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try list()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default:
            guard let number = number() else { throw wrong("a value") }
            return .number(number)
        }
    }

    private mutating func object() throws(ImageError) -> JSONTree {
        try enter()
        var members: [JSONTree.Member] = []
        if take(UInt8(ascii: "}")) { return leave(.object(members)) }
        repeat {
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw wrong("a name") }
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw wrong("a colon") }
            members.append(JSONTree.Member(name: name, value: try value()))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw wrong("a comma or the end of an object") }
        return leave(.object(members))
    }

    private mutating func list() throws(ImageError) -> JSONTree {
        try enter()
        if take(UInt8(ascii: "]")) { return leave(.numbers([])) }
        let start = index
        if let pairs = try pairs() { return leave(.pairs(pairs)) }
        index = start
        let first = try value()
        guard case .number(let number) = first else { return leave(.list(try elements(after: [first]))) }
        var numbers = [number]
        while take(UInt8(ascii: ",")) {
            let next = try value()
            guard case .number(let number) = next else {
                return leave(.list(try elements(after: numbers.map(JSONTree.number) + [next])))
            }
            numbers.append(number)
        }
        guard take(UInt8(ascii: "]")) else { throw wrong("a comma or the end of a list") }
        return leave(.numbers(numbers))
    }

    /// The rest of a list.
    private mutating func elements(after first: [JSONTree]) throws(ImageError) -> [JSONTree] {
        var elements = first
        while take(UInt8(ascii: ",")) { elements.append(try value()) }
        guard take(UInt8(ascii: "]")) else { throw wrong("a comma or the end of a list") }
        return elements
    }

    /// A list of pairs of numbers up to its end; nil for any other list.
    private mutating func pairs() throws(ImageError) -> [Double]? {
        var numbers: [Double] = []
        repeat {
            guard take(UInt8(ascii: "[")) else { return nil }
            skipSpace()
            guard let x = number(), take(UInt8(ascii: ",")) else { return nil }
            skipSpace()
            guard let y = number(), take(UInt8(ascii: "]")) else { return nil }
            numbers.append(x)
            numbers.append(y)
            try count()
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? numbers : nil
    }

    private mutating func word(_ text: StaticString, _ value: JSONTree) throws(ImageError) -> JSONTree {
        let isThere = text.withUTF8Buffer { word in
            bytes.count - index >= word.count && bytes[index..<index + word.count].elementsEqual(word)
        }
        guard isThere else { throw wrong("a value") }
        index += text.utf8CodeUnitCount
        return value
    }

    // MARK: Numbers

    /// Powers of ten that are exact.
    private static let powers: [Double] = (0...22).map { Double("1e\($0)") ?? .nan }

    /// The number that stands here, rightly rounded; nil, if none does, or one that is not finite.
    private mutating func number() -> Double? {
        let start = index
        var end = index
        var (mantissa, digits, fraction, isPlain) = (0, 0, 0, true)
        var isNegative = false
        if end < bytes.count, bytes[end] == UInt8(ascii: "-") {
            isNegative = true
            end += 1
        }
        var isFraction = false
        scan: while end < bytes.count {
            switch bytes[end] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                if digits <= 15 {
                    mantissa = mantissa &* 10 &+ Int(bytes[end] &- UInt8(ascii: "0"))
                    fraction += isFraction ? 1 : 0
                } else {
                    isPlain = false
                }
            case UInt8(ascii: "."):
                guard !isFraction, digits > 0 else { return nil }
                isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"): isPlain = false
            default: break scan
            }
            end += 1
        }
        guard digits > 0, end - start <= 400 else { return nil }
        if isPlain {
            index = end
            // At most 15 digits and a power of ten that is exact: the quotient is the nearest number.
            let value = Double(mantissa) / Self.powers[fraction]
            return isNegative ? -value : value
        }
        guard let value = Double(String(decoding: bytes[start..<end], as: UTF8.self)), value.isFinite else { return nil }
        index = end
        return value
    }

    // MARK: Texts

    private mutating func string() throws(ImageError) -> String {
        index += 1
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
        guard index < bytes.count else { throw wrong("the end of a text") }
        if bytes[index] == UInt8(ascii: "\"") {
            index += 1
            return String(decoding: bytes[start..<index - 1], as: UTF8.self)
        }
        var units = Array(bytes[start..<index])
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\") {
                try escape(into: &units)
            } else {
                units.append(bytes[index])
                index += 1
            }
        }
        guard index < bytes.count else { throw wrong("the end of a text") }
        index += 1
        return String(decoding: units, as: UTF8.self)
    }

    private mutating func escape(into units: inout [UInt8]) throws(ImageError) {
        guard index + 1 < bytes.count else { throw wrong("an escape") }
        let kind = bytes[index + 1]
        index += 2
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(kind)
        case UInt8(ascii: "b"): units.append(8)
        case UInt8(ascii: "f"): units.append(12)
        case UInt8(ascii: "n"): units.append(10)
        case UInt8(ascii: "r"): units.append(13)
        case UInt8(ascii: "t"): units.append(9)
        case UInt8(ascii: "u"):
            var scalar = try unit()
            let isPair = scalar & 0xFC00 == 0xD800 && index + 1 < bytes.count
            if isPair, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") {
                index += 2
                let low = try unit()
                scalar = low & 0xFC00 == 0xDC00 ? 0x10000 + (scalar & 0x3FF) << 10 + low & 0x3FF : 0xFFFD
            }
            units.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
        default: throw wrong("an escape")
        }
    }

    /// Four hexadecimal digits.
    private mutating func unit() throws(ImageError) -> UInt32 {
        guard index + 4 <= bytes.count else { throw wrong("four hexadecimal digits") }
        var value: UInt32 = 0
        for byte in bytes[index..<index + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw wrong("four hexadecimal digits") }
            value = value << 4 | UInt32(digit)
        }
        index += 4
        return value
    }

    // MARK: Text and limits

    private mutating func skipSpace() {
        while index < bytes.count, bytes[index] == 0x20 || (0x09...0x0D).contains(bytes[index]) { index += 1 }
    }

    /// Passes over space and a byte if it is this one.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func enter() throws(ImageError) {
        index += 1
        depth += 1
        guard depth <= Self.depthMax else {
            throw .unsupported(path: path, reason: "JSON: expected at most \(Self.depthMax) levels, found more")
        }
    }

    private mutating func leave(_ tree: JSONTree) -> JSONTree {
        depth -= 1
        return tree
    }

    private mutating func count() throws(ImageError) {
        valueCount += 1
        guard valueCount <= Self.valuesMax else {
            throw .unsupported(path: path, reason: "JSON: expected at most \(Self.valuesMax) values, found more")
        }
    }

    private func wrong(_ expected: String) -> ImageError {
        let found = index < bytes.count ? "byte \(bytes[index])" : "the end of the file"
        return .corruptAnnotations(path, "malformed JSON at byte \(index): expected \(expected), found \(found)")
    }
}
