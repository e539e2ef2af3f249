/// Reads the dictionary literal of a `.npy` header. Only the literals that NumPy writes for plain arrays are understood;
/// nothing is evaluated.
struct NPYHeaderParser {
    /// What is wrong, without the file's name.
    enum Failure: Error {
        case corrupt(String)
        case unsupported(String)
    }

    private var rest: Substring.UTF8View

    /// Parses `dictionary`, such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
    ///
    /// - Throws: `Failure` for other text, other types than `NPYElement`'s, and shapes whose size in bytes overflows.
    static func parse(_ dictionary: String) throws(Failure) -> NPYHeader {
        var parser = NPYHeaderParser(rest: dictionary[...].utf8)
        return try parser.header()
    }

    private mutating func header() throws(Failure) -> NPYHeader {
        var type: (element: NPYElement, isBigEndian: Bool)?
        var isFortranOrder: Bool?
        var shape: [Int]?
        try expect("{")
        while !accept("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr" where type == nil: type = try elementType()
            case "fortran_order" where isFortranOrder == nil: isFortranOrder = try boolean()
            case "shape" where shape == nil: shape = try axes()
            default: throw .corrupt("header: unexpected or repeated key '\(key)'")
            }
            guard accept(",") else {
                try expect("}")
                break
            }
        }
        skipSpace()
        guard rest.isEmpty else { throw .corrupt("header: expected nothing after the dictionary") }
        guard let type, let isFortranOrder, let shape else {
            throw .corrupt("header: expected the keys 'descr', 'fortran_order' and 'shape'")
        }
        let header = NPYHeader(
            element: type.element, shape: shape, isFortranOrder: isFortranOrder, isBigEndian: type.isBigEndian)
        try Self.checkSize(of: header)
        return header
    }

    private static func checkSize(of header: NPYHeader) throws(Failure) {
        guard !header.shape.isEmpty else { throw .unsupported("expected an array with at least one axis, found a scalar") }
        guard header.shape.count <= NPYHeader.axisCountMax else {
            throw .corrupt("header: expected at most \(NPYHeader.axisCountMax) axes, found \(header.shape.count)")
        }
        // An axis of length 0 must not hide an overflow of the others: it counts as 1 here.
        var byteCount = header.element.byteCount
        for length in header.shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: max(1, length))
            guard !overflow && product <= 1 << 60 else { throw .corrupt("header: the shape is too large") }
            byteCount = product
        }
    }

    private mutating func elementType() throws(Failure) -> (element: NPYElement, isBigEndian: Bool) {
        skipSpace()
        guard rest.first != UInt8(ascii: "[") else {
            throw .unsupported("expected an array of numbers, found a structured array")
        }
        let code = try string()
        let order = code.utf8.first
        let element = NPYElement(rawValue: String(code.dropFirst()))
        switch (order, element) {
        case (UInt8(ascii: "<"), let element?), (UInt8(ascii: "="), let element?): return (element, false)
        case (UInt8(ascii: ">"), let element?): return (element, element.byteCount > 1)
        case (UInt8(ascii: "|"), let element?) where element.byteCount == 1: return (element, false)
        case (UInt8(ascii: "|"), nil) where code == "|O":
            throw .unsupported("expected an array of numbers, found Python objects, which are never loaded")
        default:
            throw .unsupported("expected an array of bool, integers, float32 or float64, found type '\(code)'")
        }
    }

    private mutating func axes() throws(Failure) -> [Int] {
        try expect("(")
        var lengths: [Int] = []
        while !accept(")") {
            lengths.append(try length())
            guard accept(",") else {
                try expect(")")
                break
            }
        }
        return lengths
    }

    private mutating func length() throws(Failure) -> Int {
        skipSpace()
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(digits.count)
        // Python 2 wrote long integers as `3L`.
        if !digits.isEmpty { _ = accept("L") }
        guard let value = Int(String(Substring(digits))) else {
            throw .corrupt("header: expected the length of an axis, 0 or more")
        }
        return value
    }

    private mutating func boolean() throws(Failure) -> Bool {
        skipSpace()
        for (text, value) in [("True", true), ("False", false)] where rest.starts(with: text.utf8) {
            rest = rest.dropFirst(text.utf8.count)
            return value
        }
        throw .corrupt("header: expected True or False")
    }

    private mutating func string() throws(Failure) -> String {
        skipSpace()
        guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw .corrupt("header: expected a quoted string")
        }
        let content = rest.dropFirst().prefix { $0 != quote && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }
        let afterContent = rest.dropFirst(1 + content.count)
        guard afterContent.first == quote, content.count <= 64 else {
            throw .corrupt("header: expected a plain string of at most 64 bytes")
        }
        rest = afterContent.dropFirst()
        return String(Substring(content))
    }

    private mutating func expect(_ symbol: Unicode.Scalar) throws(Failure) {
        guard accept(symbol) else { throw .corrupt("header: expected '\(symbol)'") }
    }

    private mutating func accept(_ symbol: Unicode.Scalar) -> Bool {
        skipSpace()
        guard rest.first == UInt8(ascii: symbol) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
    }
}
