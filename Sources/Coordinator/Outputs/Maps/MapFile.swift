package import Formats
package import Imaging

/// An image of a map that appears under its name once all its regions are written, it is sealed, and then published. Its format follows
/// from the name's ending.
package final class MapFile {
    private let file: PendingFile
    private let writer: any RegionWriter

    package var path: String { file.path }

    /// - Parameters:
    ///   - rule: how the overviews are made, of formats that have some.
    ///   - metadata: where the pixels lie; written as far as the format holds it.
    ///   - name: what the values are.
    ///   - stack: the planes, of a format that holds several; nil for a single one.
    package init(
        path: String, width: Int, height: Int, kind: PixelKind, overviews rule: OverviewRule = .mean,
        metadata: ImageMetadata = .none, name: String = "", stack: StackShape? = nil
    ) throws {
        let file = try PendingFile(path: path)
        self.file = file
        var writer: (any RegionWriter)?
        try file.write {
            writer = try ImageFormat.writer(
                of: file.temporaryPath, ending: FilePath(path).ending, width: width, height: height, kind: kind, overviews: rule,
                caption: ImageCaption(metadata: metadata, name: name, isOME: ImageCaption.isOME(path: path), stack: stack))
        }
        guard let writer else { preconditionFailure("no writer of \(path)") }
        self.writer = writer
    }

    /// Takes the pixels of a region, as `RegionWriter.write`.
    package func write(_ region: PixelRect, plane: Int = 0, _ pixels: [UInt8]) throws {
        try file.write { try pixels.withUnsafeBytes { try writer.write(region, plane: plane, from: $0) } }
    }

    /// Completes the content, still under a temporary name.
    package func seal() throws {
        try file.write { try writer.finish() }
    }

    /// Gives the file its name.
    package func publish() throws { try file.commit() }
}
