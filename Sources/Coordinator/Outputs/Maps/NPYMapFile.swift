internal import Formats
internal import Imaging

/// A float32 `.npy` array that appears under its name once all its values are written, it is sealed, and then published.
final class NPYMapFile {
    private let file: PendingFile
    private let writer: NPYWriter

    var path: String { file.path }

    init(path: String, shape: [Int]) throws {
        file = try PendingFile(path: path)
        writer = try NPYWriter(path: file.temporaryPath, element: .float32, shape: shape)
    }

    /// Appends whole rows of the first axis.
    func write(rows: Int, _ values: [Float]) throws {
        precondition(values.count * writer.header.shape[0] == rows * writer.header.shape.reduce(1, *), "\(values.count) values")
        try file.write { try writer.write(values) }
    }

    /// Writes a region of an array of the shape (height, width, …): `[row][column]…`.
    func write(_ region: PixelRect, _ values: [Float]) throws {
        try file.write { try values.withUnsafeBufferPointer { try writer.write(region, $0) } }
    }

    /// Completes the content, still under a temporary name.
    func seal() throws {
        try file.write { try writer.finish() }
    }

    /// Gives the file its name.
    func publish() throws { try file.commit() }
}
