internal import Imaging

/// The type of a dataset's elements, as far as values are read.
enum HDF5ElementType: Equatable {
    /// Whole numbers of 1, 2, 4 or 8 bytes.
    case integer(byteCount: Int, isSigned: Bool, isBigEndian: Bool)
    /// Texts of one length, filled up with zeros.
    case text(byteCount: Int)
    /// Texts of their own length, which lie in the file's global heap.
    case ownText
    case other(byteCount: Int)

    /// Bytes of an element in the dataset.
    var byteCount: Int {
        switch self {
        case .integer(let byteCount, _, _), .text(let byteCount), .other(let byteCount): byteCount
        case .ownText: Self.ownTextByteCount
        }
    }

    /// A text of its own length: its length (4 bytes), the address of a heap (8) and the number of an object there (4).
    private static let ownTextByteCount = 16

    /// Reads a datatype message.
    ///
    /// - Throws: `ImageError.corrupt` for damage; types that are not read are `other`.
    init(_ message: HDF5Cursor) throws(ImageError) {
        var message = message
        let kind = try message.number(1) & 15
        let flags = try message.number(3)
        let byteCount = try message.number(4)
        guard byteCount > 0 else { throw message.damaged("elements of some bytes") }
        switch kind {
        case 0 where [1, 2, 4, 8].contains(byteCount):
            let (start, width) = (try message.number(2), try message.number(2))
            let isWhole = start == 0 && width == 8 * byteCount
            self =
                isWhole
                ? .integer(byteCount: byteCount, isSigned: flags & 8 != 0, isBigEndian: flags & 1 != 0)
                : .other(byteCount: byteCount)
        case 3: self = .text(byteCount: byteCount)
        case 9 where flags & 15 == 1 && byteCount == Self.ownTextByteCount: self = .ownText
        default: self = .other(byteCount: byteCount)
        }
    }
}

/// The sides of a dataset, outermost first; none for a single value.
struct HDF5Shape {
    let sides: [Int]
    /// Elements in all.
    let count: Int

    /// Axes of an array, as the library has it.
    private static let rankMax = 32
    static let countMax = 1 << 26

    /// Reads a dataspace message.
    ///
    /// - Throws: `ImageError.corrupt` for damage, and for a dataset that can have no values.
    init(_ message: HDF5Cursor) throws(ImageError) {
        var message = message
        let (version, rank, _) = (try message.number(1), try message.number(1), try message.number(1))
        let kind = try message.number(1)
        guard (1...2).contains(version), rank <= Self.rankMax, version == 1 || kind == (rank == 0 ? 0 : 1) else {
            throw message.damaged("an array of at most \(Self.rankMax) axes")
        }
        if version == 1 { try message.skip(4) }
        var (sides, count) = ([Int](), 1)
        for _ in 0..<rank {
            let side = try message.number(8)
            let (product, isTooMuch) = count.multipliedReportingOverflow(by: side)
            guard side <= Self.countMax, !isTooMuch, product <= Self.countMax else {
                throw message.damaged("at most \(Self.countMax) values")
            }
            sides.append(side)
            count = product
        }
        (self.sides, self.count) = (sides, count)
    }
}
