internal import Formats
internal import Imaging
internal import Jobs
internal import Protocol

/// A `.npy` array that appears under its name once all its values are written, it is sealed, and then published.
final class NPYMapFile {
    private let file: PendingFile
    private let writer: NPYWriter

    var path: String { file.path }

    /// - Parameter pixelAxis: the one that counts rows, where regions are written; those before it count images one below the other.
    init(path: String, element: NPYElement = .float32, shape: [Int], pixelAxis: Int = 0) throws {
        file = try PendingFile(path: path)
        writer = try NPYWriter(path: file.temporaryPath, element: element, shape: shape, pixelAxis: pixelAxis)
    }

    /// Appends whole rows of the first axis.
    func write(rows: Int, _ values: [Float]) throws {
        precondition(values.count * writer.header.shape[0] == rows * writer.header.shape.reduce(1, *), "\(values.count) values")
        try file.write { try writer.write(values) }
    }

    /// Writes a region of an array of the shape (height, width, …): `[row][column]…`.
    func write<Value: NPYScalar>(_ region: PixelRect, _ values: [Value]) throws {
        try file.write { try values.withUnsafeBufferPointer { try writer.write(region, $0) } }
    }

    /// Completes the content, still under a temporary name.
    func seal() throws {
        try file.write { try writer.finish() }
    }

    /// Gives the file its name.
    func publish() throws { try file.commit() }
}

/// Writes a map as one `.npy` of the shape (height, width), or (height, width, classes); of a stack with the dimensions of time and depth
/// before them, where there are several.
///
/// Shares are float32. Labels are uint8, or uint16 when one is above 255.
final class ArrayMap: TileWriter {
    private let file: NPYMapFile
    private let kind: MapKind
    private let planeCount: Int
    private let height: Int
    /// The label of each class; nil of shares.
    private let labels: [UInt16]?

    init(_ target: MapTarget) throws {
        kind = target.kind
        let planes = kind.content.isPerClass ? [target.classes.count] : []
        planeCount = planes.first ?? 1
        height = target.height
        let stack = [target.stack?.times ?? 1, target.stack?.depth ?? 1].filter { $0 > 1 }
        labels = kind.content.isShares ? nil : target.labels
        file = try NPYMapFile(
            path: target.path, element: labels.map(Self.element) ?? .float32, shape: stack + [height, target.width] + planes,
            pixelAxis: stack.count)
    }

    var paths: [String] { [file.path] }

    /// How labels are stored.
    private static func element(of labels: [UInt16]) -> NPYElement { labels.contains { $0 > 255 } ? .uint16 : .uint8 }

    func write(_ tile: borrowing SegmentedTile) throws {
        var region = tile.tile.core
        region.y += tile.page * height
        guard let labels else { return try file.write(region, shares(of: tile)) }
        let byteCount = Self.element(of: labels).byteCount
        let bytes = ClassLabels.bytes(of: tile.values(kind), labels: labels, byteCount: byteCount)
        if byteCount == 1 { return try file.write(region, bytes) }
        let values = bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 2).map { UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) }
        }
        try file.write(region, values)
    }

    /// `[row][column]`, or `[row][column][class]`.
    private func shares(of tile: borrowing SegmentedTile) -> [Float] {
        let (pixels, planeCount) = (tile.tile.core.area, planeCount)
        return tile.values(kind).withUnsafeBytes { planes in
            [Float](unsafeUninitializedCapacity: pixels * planeCount) { out, count in
                for index in 0..<planeCount {
                    for pixel in 0..<pixels {
                        out[pixel &* planeCount &+ index] = planes.loadUnaligned(
                            fromByteOffset: (index &* pixels &+ pixel) &* 4, as: Float.self)
                    }
                }
                count = pixels * planeCount
            }
        }
    }

    func seal() throws { try file.seal() }

    func publish() throws { try file.publish() }
}
