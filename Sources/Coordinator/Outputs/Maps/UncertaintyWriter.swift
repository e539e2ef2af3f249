internal import Imaging

/// Writes the uncertainty map, 1 − (largest − second largest probability), as a 16-bit grey PNG; 65535 stands for 1.
final class UncertaintyPNGWriter: TileWriter {
    private let image: MapFile

    init(path: String, width: Int, height: Int) throws {
        image = try MapFile(path: path, width: width, height: height, kind: .grey16)
    }

    var paths: [String] { [image.path] }

    func write(_ tile: borrowing SegmentedTile) throws {
        try image.write(tile.tile.core, tile.uncertainty)
    }

    func seal() throws { try image.seal() }

    func publish() throws { try image.publish() }
}

/// Writes the uncertainty map as a float32 `.npy` of the shape (height, width).
final class UncertaintyNPYWriter: TileWriter {
    private let npy: NPYMapFile

    init(path: String, width: Int, height: Int) throws {
        npy = try NPYMapFile(path: path, shape: [height, width])
    }

    var paths: [String] { [npy.path] }

    func write(_ tile: borrowing SegmentedTile) throws {
        let values = tile.uncertainty.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
        try npy.write(tile.tile.core, values)
    }

    func seal() throws { try npy.seal() }

    func publish() throws { try npy.publish() }
}
