internal import Imaging

/// A dataset of an HDF5 file: what its header says of its elements, and where they are.
struct HDF5Dataset {
    enum Layout {
        /// All elements, one after the other; nil if none were ever written.
        case whole(Range<Int>?)
        /// Chunks of one shape under a B-tree; nil if none were ever written.
        case chunks(sides: [Int], tree: Int?)
    }

    /// What was done to the bytes of a chunk.
    enum Filter: Int {
        case deflate = 1
        case shuffle = 2
    }

    let shape: HDF5Shape
    let type: HDF5ElementType
    let layout: Layout
    /// In the order in which they were applied.
    let filters: [Filter]
    /// The bytes of an element that was never written; empty for zeros.
    let fill: [UInt8]

    private static let filtersMax = 8

    /// - Throws: `ImageError.corrupt` for damage and for what is no dataset, `.unsupported` for values in other files and unknown filters.
    init(_ header: HDF5Header, in file: HDF5File, place: String) throws(ImageError) {
        guard let shape = try header.content(.dataspace), let type = try header.content(.datatype),
            let layout = try header.content(.layout)
        else { throw file.damaged(place, "a dataset") }
        guard !header.has(.externalFiles) else {
            throw .unsupported(
                path: file.path, reason: "\(file.label(place)): expected values in this file, found values in others")
        }
        self.shape = try HDF5Shape(shape)
        self.type = try HDF5ElementType(type)
        self.layout = try Self.layout(layout, self.shape, self.type, file, place)
        filters =
            try header.content(.filters).map { (message) throws(ImageError) in try Self.filters(message, file, place) } ?? []
        let fill = try header.content(.fillValue).map { (message) throws(ImageError) in try Self.fill(message, file) } ?? []
        self.fill = fill.count == self.type.byteCount && fill.contains { $0 != 0 } ? fill : []
    }

    private static func layout(
        _ message: HDF5Cursor, _ shape: HDF5Shape, _ type: HDF5ElementType, _ file: HDF5File, _ place: String
    ) throws(ImageError) -> Layout {
        var message = message
        try message.expect(version: 3, of: "a layout")
        let (byteCount, isTooMuch) = shape.count.multipliedReportingOverflow(by: type.byteCount)
        guard !isTooMuch else { throw message.damaged("fewer values") }
        switch try message.number(1) {
        case 0:
            let count = try message.number(2)
            guard count >= byteCount else { throw file.damaged(place, "\(byteCount) bytes") }
            return .whole(try message.range(count).prefix(byteCount))
        case 1:
            guard let address = try message.address() else { return .whole(nil) }
            guard try message.number(8) >= byteCount else { throw file.damaged(place, "\(byteCount) bytes") }
            var content = try file.cursor(at: address)
            return .whole(try content.range(byteCount))
        case 2:
            guard try message.number(1) == shape.sides.count + 1, !shape.sides.isEmpty else {
                throw file.damaged(place, "chunks of \(shape.sides.count) axes")
            }
            let tree = try message.address()
            var sides: [Int] = []
            for _ in shape.sides { sides.append(try message.number(4)) }
            guard !sides.contains(0), try message.number(4) == type.byteCount else {
                throw file.damaged(place, "chunks of elements")
            }
            return .chunks(sides: sides, tree: tree)
        case let kind:
            throw .unsupported(
                path: file.path, reason: "\(file.label(place)): expected values in this file, found layout \(kind)")
        }
    }

    private static func filters(_ message: HDF5Cursor, _ file: HDF5File, _ place: String) throws(ImageError) -> [Filter] {
        var message = message
        try message.expect(version: 1, of: "a list of filters")
        let count = try message.number(1)
        guard count <= filtersMax else { throw file.damaged(place, "at most \(filtersMax) filters") }
        try message.skip(6)
        var filters: [Filter] = []
        for _ in 0..<count {
            let (number, nameByteCount) = (try message.number(2), try message.number(2))
            let (_, valueCount) = (try message.number(2), try message.number(2))
            try message.skip((nameByteCount + 7) / 8 * 8)
            // An odd count of values is filled up.
            try message.skip((valueCount + valueCount % 2) * 4)
            guard let filter = Filter(rawValue: number) else {
                throw .unsupported(
                    path: file.path,
                    reason: "\(file.label(place)): expected the filters deflate and shuffle, found filter \(number)")
            }
            filters.append(filter)
        }
        return filters
    }

    private static func fill(_ message: HDF5Cursor, _ file: HDF5File) throws(ImageError) -> [UInt8] {
        var message = message
        let version = try message.number(1)
        guard (1...2).contains(version) else {
            throw .unsupported(path: file.path, reason: "expected a fill value of version 1 or 2, found version \(version)")
        }
        // When it is written.
        try message.skip(2)
        guard try message.number(1) == 1 else { return [] }
        return Array(file.bytes[try message.range(try message.number(4))])
    }
}
