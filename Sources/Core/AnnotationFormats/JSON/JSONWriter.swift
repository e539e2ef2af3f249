/// Writes JSON: members in the order in which they are given, numbers in the shortest form that reads as the same number.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    /// Whether the next value of the innermost list or object follows another.
    private var isLater = false

    package init() {}

    /// A list of values that `body` writes.
    package mutating func list(_ body: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "["))
        isLater = false
        body(&self)
        bytes.append(UInt8(ascii: "]"))
        isLater = true
    }

    /// An object of members that `body` writes.
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "{"))
        isLater = false
        body(&self)
        bytes.append(UInt8(ascii: "}"))
        isLater = true
    }

    /// The name of the next value.
    package mutating func name(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        isLater = false
    }

    package mutating func member(_ name: String, _ text: String?) {
        guard let text else { return }
        self.name(name)
        value(text)
    }

    package mutating func member(_ name: String, _ number: Int?) {
        guard let number else { return }
        self.name(name)
        value(number)
    }

    package mutating func member(_ name: String, _ number: Double) {
        self.name(name)
        value(number)
    }

    package mutating func member(_ name: String, _ flag: Bool) {
        self.name(name)
        raw(flag ? "true" : "false")
    }

    package mutating func value(_ text: String) {
        separate()
        quote(text)
        isLater = true
    }

    package mutating func value(_ number: Int) { raw("\(number)") }

    /// - Precondition: the number is finite.
    package mutating func value(_ number: Double) {
        precondition(number.isFinite, "\(number) in JSON")
        raw(number.shortest)
    }

    /// Any value.
    ///
    /// - Precondition: its numbers are finite.
    package mutating func value(_ tree: JSONTree) {
        switch tree {
        case .null: raw("null")
        case .bool(let flag): raw(flag ? "true" : "false")
        case .number(let number): value(number)
        case .string(let text): value(text)
        case .numbers(let numbers): list { json in numbers.forEach { json.value($0) } }
        case .pairs(let numbers):
            list { json in
                for index in stride(from: 0, to: numbers.count, by: 2) {
                    json.list { json in
                        json.value(numbers[index])
                        json.value(numbers[index + 1])
                    }
                }
            }
        case .list(let values): list { json in values.forEach { json.value($0) } }
        case .object(let members):
            object { json in
                for member in members {
                    json.name(member.name)
                    json.value(member.value)
                }
            }
        }
    }

    /// Begins a new line before the next value.
    package mutating func line() {
        separate()
        isLater = false
        bytes.append(10)
    }

    /// The values that another writer has written.
    package mutating func append(_ other: JSONWriter?) {
        guard let other, !other.bytes.isEmpty else { return }
        separate()
        bytes += other.bytes
        isLater = true
    }

    private mutating func raw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        isLater = true
    }

    private mutating func separate() {
        if isLater { bytes.append(UInt8(ascii: ",")) }
        isLater = false
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for unit in text.utf8 {
            switch unit {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(unit)
            case 0..<32:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(unit >> 4)])
                bytes.append(digits[Int(unit & 15)])
            default: bytes.append(unit)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension Double {
    /// The shortest text that reads as the same number: whole numbers without a point.
    var shortest: String {
        if self == rounded(.towardZero), magnitude < 1e15 { return sign == .minus && self == 0 ? "-0" : "\(Int(self))" }
        return "\(self)"
    }
}
