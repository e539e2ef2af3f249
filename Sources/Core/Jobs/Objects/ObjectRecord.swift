internal import Foundation
internal import Imaging
package import Objects
package import Protocol

/// The numbers of a part of an object on the wire, 64-bit words: label, part of a split object (−1 for a whole one), area, Σx, Σy, Σx²,
/// Σxy, Σy², first column and row, column and row after the last one, first column of the first row, the three counts of the perimeter,
/// bytes of its detail; then for each channel of values: pixels, Σv (low and high word), Σv² (likewise), least and largest value (bits of a
/// double) and, of floats, the limbs of `ValueSums`.
package enum ObjectRecord {
    private static let headCount = 17
    private static let channelCount = 7

    /// Words of a record.
    ///
    /// - Parameter isFloat: for each channel.
    static func wordCount(_ isFloat: [Bool]) -> Int {
        headCount + isFloat.reduce(0) { $0 + channelCount + ($1 ? ValueSums.limbCount : 0) }
    }

    static func append(_ part: FragmentSums, detailByteCount: Int, _ values: [ValueSums], to words: inout [Int64]) {
        words.append(Int64(part.value.label))
        words.append(Int64(part.value.part))
        for number in [part.area, part.x, part.y, part.xx, part.xy, part.yy] { words.append(Int64(number)) }
        for number in [part.minX, part.minY, part.endX, part.endY, part.firstX] { words.append(Int64(number)) }
        let perimeter = part.perimeter
        for number in [perimeter.straight, perimeter.diagonal, perimeter.mixed, detailByteCount] { words.append(Int64(number)) }
        for sums in values { append(sums, to: &words) }
    }

    private static func append(_ sums: ValueSums, to words: inout [Int64]) {
        words.append(Int64(sums.count))
        for sum in [sums.sum, sums.squares] {
            words.append(Int64(truncatingIfNeeded: sum))
            words.append(Int64(truncatingIfNeeded: sum >> 64))
        }
        words.append(Int64(bitPattern: sums.minimum.bitPattern))
        words.append(Int64(bitPattern: sums.maximum.bitPattern))
        words += sums.limbs
    }

    /// A part as it was read.
    struct Part {
        var sums: FragmentSums
        var detailByteCount: Int
        var values: [ValueSums]
    }

    /// - Parameters:
    ///   - isFloat: for each channel.
    ///   - width: of the tile, as `height`.
    /// - Throws: `WireError.invalid` for records that no tile has.
    static func parts(of array: WireArray, _ isFloat: [Bool], width: Int, height: Int) throws(WireError) -> [Part] {
        let count = array.shape[0]
        guard count > 0 else { return [] }
        let wordCount = wordCount(isFloat)
        try array.require(.uint8, [nil, 8 * wordCount], "parts")
        let words = array.bytes.withUnsafeBytes { bytes in
            (0..<count * wordCount).map { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)) }
        }
        var parts: [Part] = []
        parts.reserveCapacity(count)
        var area = 0
        for index in 0..<count {
            let part = part(words[index * wordCount..<(index + 1) * wordCount], isFloat)
            let sums = part.sums
            guard part.detailByteCount >= 0, sums.area > 0, sums.area <= width * height, sums.minX >= 0, sums.minX < sums.endX,
                sums.endX <= width, sums.minY >= 0, sums.minY < sums.endY, sums.endY <= height,
                (sums.minX..<sums.endX).contains(sums.firstX), areSound(sums, width: width, height: height),
                part.values.allSatisfy({ isSound($0, area: sums.area) })
            else { throw .invalid("parts: part \(index): expected one inside \(width)×\(height) pixels, found \(sums)") }
            area += sums.area
            parts.append(part)
        }
        guard area <= width * height else { throw .invalid("parts: expected at most \(width * height) pixels, found \(area)") }
        return parts
    }

    /// Whether sums can be those of pixels in a tile; others would not fit into what is made of them.
    private static func areSound(_ sums: FragmentSums, width: Int, height: Int) -> Bool {
        let (area, perimeter) = (sums.area, sums.perimeter)
        return (0...area * width).contains(sums.x) && (0...area * height).contains(sums.y)
            && (0...area * width * width).contains(sums.xx) && (0...area * width * height).contains(sums.xy)
            && (0...area * height * height).contains(sums.yy) && sums.value.part >= -1
            && [perimeter.straight, perimeter.diagonal, perimeter.mixed].allSatisfy { (0...area).contains($0) }
    }

    private static func isSound(_ sums: ValueSums, area: Int) -> Bool {
        let limit = Int128(sums.count) << 32
        return (0...area).contains(sums.count) && (-limit...limit).contains(sums.sum) && (0...limit << 32).contains(sums.squares)
            && (sums.count == 0 || sums.minimum <= sums.maximum)
            && sums.limbs.allSatisfy { $0.magnitude <= 1 << 62 }
    }

    private static func part(_ words: ArraySlice<Int64>, _ isFloat: [Bool]) -> Part {
        var rest = words
        func next() -> Int { Int(rest.removeFirst()) }
        var sums = FragmentSums()
        sums.value = CellValue(label: UInt16(truncatingIfNeeded: next()), part: next())
        (sums.area, sums.x, sums.y) = (next(), next(), next())
        (sums.xx, sums.xy, sums.yy) = (next(), next(), next())
        (sums.minX, sums.minY, sums.endX, sums.endY, sums.firstX) = (next(), next(), next(), next(), next())
        sums.perimeter.straight = next()
        sums.perimeter.diagonal = next()
        sums.perimeter.mixed = next()
        let detailByteCount = next()
        let values = isFloat.map { isFloat in
            var value = ValueSums(isFloat: isFloat)
            value.count = next()
            value.sum = wide(next(), next())
            value.squares = wide(next(), next())
            value.minimum = Double(bitPattern: UInt64(bitPattern: Int64(next())))
            value.maximum = Double(bitPattern: UInt64(bitPattern: Int64(next())))
            for limb in value.limbs.indices { value.limbs[limb] = Int64(next()) }
            return value
        }
        return Part(sums: sums, detailByteCount: detailByteCount, values: values)
    }

    private static func wide(_ low: Int, _ high: Int) -> Int128 { Int128(high) << 64 | Int128(UInt(bitPattern: low)) }
}

/// What a worker found in a tile, read and checked.
package struct ObjectTile: Sendable {
    /// In image coordinates, in the order of first pixels.
    package var sums: [ObjectSums]
    /// `[part]`: packed.
    package var details: [ArraySlice<UInt8>]
    /// The part of each pixel at a side, −1 for none.
    package var top: [Int32]
    package var bottom: [Int32]
    package var left: [Int32]
    package var right: [Int32]
    /// `[run][4]`: row, columns, part, in the tile; empty if they were not asked for.
    package var runs: [Int32]

    /// A tile of `width` × `height` pixels without objects.
    package init(width: Int, height: Int) {
        (sums, details, runs) = ([], [], [])
        let (row, column) = ([Int32](repeating: -1, count: width), [Int32](repeating: -1, count: height))
        (top, bottom, left, right) = (row, row, column, column)
    }

    /// - Parameters:
    ///   - output: checked by the job.
    ///   - isFloat: for each channel of values that the job measures.
    /// - Throws: `WireError.invalid` for what no tile has.
    package init(_ output: ObjectJob.Output, of job: ObjectJob, isFloat: [Bool]) throws(WireError) {
        let core = job.window.core
        let parts = try ObjectRecord.parts(of: output.parts, isFloat, width: core.width, height: core.height)
        let bytes = [UInt8](output.details.bytes)
        var (sums, details, place) = ([ObjectSums](), [ArraySlice<UInt8>](), 0)
        sums.reserveCapacity(parts.count)
        for part in parts {
            guard job.rules.classes.contains(part.sums.value.label), part.detailByteCount <= bytes.count - place else {
                throw .invalid("parts: expected classes that were asked for, and details of \(bytes.count) bytes, found others")
            }
            let detail = bytes[place..<place + part.detailByteCount]
            do {
                _ = try FragmentDetail.unpack(detail, x: job.x, y: job.y)
            } catch {
                throw .invalid(error.description)
            }
            place += part.detailByteCount
            details.append(detail)
            sums.append(ObjectSums(part.sums, x: job.x, y: job.y, imageWidth: job.imageWidth, values: part.values))
        }
        guard place == bytes.count else { throw .invalid("details: expected \(place) bytes, found \(bytes.count)") }
        (self.sums, self.details) = (sums, details)
        let borders = output.borders.elements(as: Int32.self)
        let (width, height) = (core.width, core.height)
        (top, bottom) = (Array(borders[..<width]), Array(borders[width..<2 * width]))
        (left, right) = (Array(borders[2 * width..<2 * width + height]), Array(borders[(2 * width + height)...]))
        runs = output.runs?.elements(as: Int32.self) ?? []
    }
}
