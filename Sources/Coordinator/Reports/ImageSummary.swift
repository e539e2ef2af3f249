package import Imaging

/// What `coppice info` says of an image.
package struct ImageSummary {
    package let image: ImageInput
    package let source: ImageSource
    package let contents: ImageContents

    package init(image: ImageInput, source: ImageSource, contents: ImageContents) {
        self.image = image
        self.source = source
        self.contents = contents
    }

    /// Sides of the tiles that `coppice segment` takes for large images.
    private static let tileSide = 1024
    /// The halo of the default features, in pixels.
    private static let haloPixels = 64

    package var lines: [String] {
        let info = source.info
        let channels = image.selection.channels == nil ? contents.channels : info.channels
        let size =
            "\(image): \(info.width)×\(info.height) pixels, \(channels) channel\(channels == 1 ? "" : "s"), "
            + info.sampleType.rawValue
        let storage: String
        switch source {
        case .rows: storage = "rows, decoded from the top to the bottom"
        case .windows(let reader):
            storage = "tiles of \(reader.chunkWidth)×\(reader.chunkHeight) pixels, of which windows are read"
        }
        let grid = TileGrid(
            imageWidth: info.width, imageHeight: info.height, tileSide: Self.tileSide, haloPixels: Self.haloPixels)
        let window = grid.tile(row: min(1, grid.rows - 1), column: min(1, grid.columns - 1)).window
        let windowBytes = window.area * info.channels * info.sampleType.byteCount
        return [size] + contentLines + [
            "stored as \(storage)",
            "segmented as \(grid.count) tile\(grid.count == 1 ? "" : "s") of up to \(Self.tileSide)×\(Self.tileSide); "
                + "\(Self.megabytes(info.height * info.rowByteCount)) decoded, \(Self.megabytes(windowBytes)) a tile with its halo",
        ]
    }

    /// What there is besides one plane in one resolution.
    private var contentLines: [String] {
        var lines: [String] = []
        if !contents.channelNames.isEmpty { lines.append("channels \(contents.channelNames.joined(separator: ", "))") }
        if contents.pages > 1 {
            let dimensions = [(contents.depth, "in depth"), (contents.times, "time points")].filter { $0.0 > 1 }
            lines.append(
                "\(contents.pages) pages (\(dimensions.map { "\($0.0) \($0.1)" }.joined(separator: " × "))), "
                    + "each segmented by itself (--page, --all-pages)")
        }
        if contents.levels.count > 1 || contents.levels.contains(where: { $0.micronsPerPixel != nil }) {
            let levels = contents.levels.enumerated().map { number, level in
                let size = level.micronsPerPixel.map { " of \(($0 * 1e4).rounded() / 1e4) µm" } ?? ""
                return "\(number): \(level.width)×\(level.height)\(size)"
            }
            lines.append("levels \(levels.joined(separator: ", "))")
        }
        return lines + contents.notes.map { "note: \($0.text)" }
    }

    private static func megabytes(_ count: Int) -> String { "\((Double(count) / 1e5).rounded() / 10) MB" }
}
