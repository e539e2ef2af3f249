internal import Core

/// Writes the uncertainty map, 1 − (largest − second largest probability), as a 16-bit grey PNG; 65535 stands for 1.
final class UncertaintyPNGWriter: BandWriter {
    private let png: PNGMapFile

    init(path: String, width: Int, height: Int) throws {
        png = try PNGMapFile(path: path, width: width, height: height, kind: .grey16)
    }

    var paths: [String] { [png.path] }

    func write(_ band: borrowing SegmentedBand) throws {
        try png.write(band.height, band.uncertainty)
    }

    func seal() throws { try png.seal() }

    func publish() throws { try png.publish() }
}

/// Writes the uncertainty map as a float32 `.npy` of the shape (height, width).
final class UncertaintyNPYWriter: BandWriter {
    private let npy: NPYMapFile

    init(path: String, width: Int, height: Int) throws {
        npy = try NPYMapFile(path: path, shape: [height, width])
    }

    var paths: [String] { [npy.path] }

    func write(_ band: borrowing SegmentedBand) throws {
        let values = band.uncertainty.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
        try npy.write(rows: band.height, values)
    }

    func seal() throws { try npy.seal() }

    func publish() throws { try npy.publish() }
}
