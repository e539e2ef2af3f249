internal import Imaging
package import Protocol

/// Writes class probabilities as one 16-bit grey PNG a class; 65535 stands for 1.
///
/// `{class}` in the path stands for the class name; without it, the name goes before the extension: `p.png` → `p-cell.png`.
package final class ProbabilityPNGWriter: TileWriter {
    private let files: [MapFile]

    package init(path: String, width: Int, height: Int, classes: [SegmentationClass]) throws {
        files = try Self.paths(path, classes: classes).map { path in
            try MapFile(path: path, width: width, height: height, kind: .grey16)
        }
    }

    package var paths: [String] { files.map(\.path) }

    package func write(_ tile: borrowing SegmentedTile) throws {
        let planeByteCount = tile.tile.core.area * 2
        for (index, file) in files.enumerated() {
            try file.write(tile.tile.core, Array(tile.probabilities[index * planeByteCount..<(index + 1) * planeByteCount]))
        }
    }

    package func seal() throws {
        for file in files { try file.seal() }
    }

    package func publish() throws {
        for file in files { try file.publish() }
    }

    /// One path a class. Class names are made safe for file names; if two become equal, all get their label added.
    package static func paths(_ path: String, classes: [SegmentationClass]) -> [String] {
        var names = classes.map { one in
            String(one.name.map { $0.isLetter || $0.isNumber || "-_. ".contains($0) ? $0 : "_" }.prefix(100))
        }
        if Set(names).count < names.count { names = zip(names, classes).map { "\($0)-\($1.label)" } }
        let file = FilePath(path)
        return names.map { name in
            if path.contains("{class}") { return path.replacing("{class}", with: name) }
            return file.sibling("\(file.stem)-\(name).\(file.ending)")
        }
    }
}

/// Writes class probabilities as one float32 `.npy` of the shape (height, width, classes).
package final class ProbabilityNPYWriter: TileWriter {
    private let npy: NPYMapFile
    private let classCount: Int

    package init(path: String, width: Int, height: Int, classes: [SegmentationClass]) throws {
        classCount = classes.count
        npy = try NPYMapFile(path: path, shape: [height, width, classes.count])
    }

    package var paths: [String] { [npy.path] }

    package func write(_ tile: borrowing SegmentedTile) throws {
        let pixels = tile.tile.core.area
        let classCount = classCount
        let interleaved = tile.probabilities.withUnsafeBytes { planes in
            [Float](unsafeUninitializedCapacity: pixels * classCount) { out, count in
                for index in 0..<classCount {
                    for pixel in 0..<pixels {
                        out[pixel &* classCount &+ index] = planes.loadUnaligned(
                            fromByteOffset: (index &* pixels &+ pixel) &* 4, as: Float.self)
                    }
                }
                count = pixels * classCount
            }
        }
        try npy.write(tile.tile.core, interleaved)
    }

    package func seal() throws { try npy.seal() }

    package func publish() throws { try npy.publish() }
}
