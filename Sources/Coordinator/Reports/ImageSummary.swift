internal import Core

/// What `coppice info` says of an image.
struct ImageSummary {
    let path: String
    let source: ImageSource

    /// Sides of the tiles that `coppice segment` takes for large images.
    private static let tileSide = 1024
    /// The halo of the default features, in pixels.
    private static let haloPixels = 64

    var lines: [String] {
        let info = source.info
        let size =
            "\(path): \(info.width)×\(info.height) pixels, \(info.channels) channel\(info.channels == 1 ? "" : "s"), "
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
        return [
            size, "stored as \(storage)",
            "segmented as \(grid.count) tile\(grid.count == 1 ? "" : "s") of up to \(Self.tileSide)×\(Self.tileSide); "
                + "\(Self.megabytes(info.height * info.rowByteCount)) decoded, \(Self.megabytes(windowBytes)) a tile with its halo",
        ]
    }

    private static func megabytes(_ count: Int) -> String { "\((Double(count) / 1e5).rounded() / 10) MB" }
}
