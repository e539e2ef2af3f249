package import Foundation

/// Checks the shape of JSON before it is parsed: a parser spends memory on every value and stack on every level, whatever they mean.
///
/// Makes one pass over the bytes outside strings, and skips strings, which hold the bulk arrays. The parser decides whether the text is
/// JSON at all.
package enum JSONShape {
    /// Arrays and objects inside one another; our documents have fewer than ten levels.
    static let depthMax = 64
    /// Values in all; a forest of 10,000 trees has about 400,000.
    static let valuesMax = 1 << 22

    /// - Throws: `JSONShapeError` naming the limit that is exceeded.
    /// - Complexity: O(n).
    package static func check(_ data: Data) throws(JSONShapeError) {
        let verdict = data.withUnsafeBytes { scan($0.bindMemory(to: UInt8.self)) }
        if let verdict { throw JSONShapeError(description: verdict) }
    }

    private static func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        var depth = 0
        // Each value but the first follows a bracket or a comma.
        var values = 0
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index = end(ofString: bytes, from: index + 1)
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                values += 1
                guard depth <= depthMax else { return "JSON: expected at most \(depthMax) levels, found more" }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ","): values += 1
            default: break
            }
            guard values <= valuesMax else { return "JSON: expected at most \(valuesMax) values, found more" }
            index += 1
        }
        return nil
    }

    /// The index after the quote that ends the string whose content starts at `start`.
    private static func end(ofString bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let base = bytes.baseAddress else { return bytes.count }
        var index = start
        while index < bytes.count {
            guard let found = memchr(base + index, Int32(UInt8(ascii: "\"")), bytes.count - index) else { return bytes.count }
            let quote = found.assumingMemoryBound(to: UInt8.self) - UnsafeMutablePointer(mutating: base)
            var backslashes = 0
            while quote - backslashes > start, bytes[quote - backslashes - 1] == UInt8(ascii: "\\") { backslashes += 1 }
            index = quote + 1
            // An even number of backslashes stand for themselves.
            if backslashes.isMultiple(of: 2) { return index }
        }
        return bytes.count
    }
}

/// Why a text is refused before it is parsed. `description` is one line.
package struct JSONShapeError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}
