internal import Formats
internal import Foundation
internal import Objects

/// What is kept of objects until they are written: a file without a name, on disk whatever its size.
///
/// A part is a header of five 64-bit words (the place of the next part of its object, or −1; its number; column and row of its tile's first
/// pixel; bytes of its detail), followed by its detail. The sums of a complete object are words, too. Not safe to share between threads.
final class ObjectStore {
    private let file: ScratchFile
    private var byteCount = 0

    private static let headerWords = 5
    /// Bytes that are read at once: a header and the detail of most parts.
    private static let readByteCount = 512

    /// - Parameter folder: where the file is made.
    init(in folder: String) throws {
        file = try ScratchFile(prefix: FilePath.join(folder, "coppice-objects-"))
    }

    /// Appends bytes, and returns their place.
    func append(_ bytes: UnsafeRawBufferPointer) throws -> Int {
        try file.write(bytes, at: byteCount)
        defer { byteCount += bytes.count }
        return byteCount
    }

    func bytes(_ count: Int, at place: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try file.read($0, at: place) }
        return bytes
    }

    /// A part of an object as it was kept.
    struct Part {
        let next: Int
        let number: Int
        let x: Int
        let y: Int
        let detail: [UInt8]
    }

    /// Keeps the parts of a tile, numbered from `first` on; the place of each.
    func keep(_ details: [ArraySlice<UInt8>], first: Int, x: Int, y: Int) throws -> [Int] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(details.reduce(0) { $0 + $1.count + 8 * Self.headerWords })
        var places: [Int] = []
        for (index, detail) in details.enumerated() {
            places.append(byteCount + bytes.count)
            for word in [-1, first + index, x, y, detail.count] { Self.put(word, into: &bytes) }
            bytes += detail
        }
        _ = try bytes.withUnsafeBytes { try append($0) }
        return places
    }

    /// Lets the chain of parts that ends at one place go on at another.
    func link(_ place: Int, to next: Int) throws {
        try withUnsafeBytes(of: Int64(next).littleEndian) { try file.write($0, at: place) }
    }

    /// The part at a place.
    func part(at place: Int) throws -> Part {
        let head = try bytes(min(Self.readByteCount, byteCount - place), at: place)
        let words = (0..<Self.headerWords).map { Self.word(head, 8 * $0) }
        let (start, count) = (8 * Self.headerWords, words[4])
        let detail =
            start + count <= head.count ? Array(head[start..<start + count]) : try bytes(count, at: place + start)
        return Part(next: words[0], number: words[1], x: words[2], y: words[3], detail: detail)
    }

    /// Keeps the sums of an object, and the place of its first part.
    func keep(_ sums: ObjectSums, head: Int) throws -> Int {
        var bytes: [UInt8] = []
        for number in [
            head, Int(sums.value.label), sums.value.part, sums.area, sums.minX, sums.minY, sums.endX, sums.endY, sums.first,
            sums.perimeter.straight, sums.perimeter.diagonal, sums.perimeter.mixed, sums.values.count,
        ] {
            Self.put(number, into: &bytes)
        }
        for sum in [sums.x, sums.y, sums.xx, sums.xy, sums.yy] { Self.put(sum, into: &bytes) }
        for value in sums.values {
            Self.put(value.count, into: &bytes)
            for sum in [value.sum, value.squares] { Self.put(sum, into: &bytes) }
            for bits in [value.minimum.bitPattern, value.maximum.bitPattern] {
                Self.put(Int(bitPattern: UInt(bits)), into: &bytes)
            }
            Self.put(value.limbs.count, into: &bytes)
            for limb in value.limbs { Self.put(Int(limb), into: &bytes) }
        }
        var length: [UInt8] = []
        Self.put(bytes.count, into: &length)
        return try (length + bytes).withUnsafeBytes { try append($0) }
    }

    /// The sums at a place, and the place of the object's first part.
    func sums(at place: Int) throws -> (sums: ObjectSums, head: Int) {
        let start = try bytes(min(Self.readByteCount, byteCount - place), at: place)
        let count = Self.word(start, 0)
        let bytes = count + 8 <= start.count ? start : try bytes(count + 8, at: place)
        var next = 8
        func word() -> Int {
            defer { next += 8 }
            return Self.word(bytes, next)
        }
        func wide() -> Int128 {
            let low = UInt(bitPattern: word())
            return Int128(word()) << 64 | Int128(low)
        }
        let (head, label, part, area) = (word(), word(), word(), word())
        var sums = ObjectSums()
        sums.value = CellValue(label: UInt16(label), part: part)
        sums.area = area
        (sums.minX, sums.minY, sums.endX, sums.endY, sums.first) = (word(), word(), word(), word(), word())
        sums.perimeter.straight = word()
        sums.perimeter.diagonal = word()
        sums.perimeter.mixed = word()
        let valueCount = word()
        (sums.x, sums.y, sums.xx, sums.xy, sums.yy) = (wide(), wide(), wide(), wide(), wide())
        for _ in 0..<valueCount {
            var value = ValueSums()
            value.count = word()
            (value.sum, value.squares) = (wide(), wide())
            value.minimum = Double(bitPattern: UInt64(UInt(bitPattern: word())))
            value.maximum = Double(bitPattern: UInt64(UInt(bitPattern: word())))
            value.limbs = (0..<word()).map { _ in Int64(word()) }
            sums.values.append(value)
        }
        return (sums, head)
    }

    private static func put(_ number: Int, into bytes: inout [UInt8]) {
        withUnsafeBytes(of: Int64(number).littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func put(_ number: Int128, into bytes: inout [UInt8]) {
        put(Int(truncatingIfNeeded: number), into: &bytes)
        put(Int(truncatingIfNeeded: number >> 64), into: &bytes)
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> Int {
        bytes.withUnsafeBytes { Int(Int64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Int64.self))) }
    }
}
