internal import Formats
internal import Imaging
internal import Jobs

/// The windows in which holes and small regions of an image are looked for, each large enough that its core has the pixels of the whole.
struct CleanupWindows: Sendable {
    let cleanup: RegionCleanup
    let image: ImageInput
    let grid: TileGrid

    /// Sides of windows: the smallest is taken of which at least half is core.
    private static let sides = [2048, 4096, 8192]
    /// Of the largest window at least so much is core.
    private static let coreSideMin = 512

    /// - Throws: bad input where no window is large enough.
    init(_ cleanup: RegionCleanup, of image: ImageInput, _ info: ImageInfo) throws(CoordinatorError) {
        (self.cleanup, self.image) = (cleanup, image)
        let reach = cleanup.reachPixels
        let largest = Self.sides[Self.sides.count - 1]
        var core = Self.sides.first { $0 - 2 * reach >= $0 / 2 }.map { $0 - 2 * reach } ?? largest - 2 * reach
        // An image that fits into the largest window is one.
        if core < max(info.width, info.height), info.width * info.height <= largest * largest, core < Self.coreSideMin {
            core = max(info.width, info.height)
        }
        guard core >= min(Self.coreSideMin, max(info.width, info.height)) else {
            throw CoordinatorError(
                .badInput,
                "\(image): expected --min-region and --fill-holes with 2 × regions + holes of at most \((largest - Self.coreSideMin) / 2) "
                    + "pixels for an image of \(info.width)×\(info.height), found \(reach)")
        }
        grid = TileGrid(imageWidth: info.width, imageHeight: info.height, tileSide: core, haloPixels: reach)
    }
}

/// The classes of an image on their way to files that need all of them: in a file without a name until the last is there.
///
/// Memory is one window. Not safe to share between threads.
final class LabelCleanup {
    private let windows: CleanupWindows
    private let pages: Int
    private let showsPixels: Bool
    /// `[plane][row][column]`: a byte a pixel.
    private let file: ScratchFile

    /// - Parameters:
    ///   - pages: planes.
    ///   - folder: where the file is made.
    ///   - showsPixels: whether tiles come with the image's pixels.
    init(_ windows: CleanupWindows, pages: Int, in folder: String, showsPixels: Bool) throws {
        (self.windows, self.pages, self.showsPixels) = (windows, pages, showsPixels)
        file = try ScratchFile(prefix: FilePath.join(folder, ".coppice-classes-"))
    }

    private var planeByteCount: Int { windows.grid.imageWidth * windows.grid.imageHeight }

    /// Keeps the classes of a tile.
    func add(_ tile: borrowing SegmentedTile) throws {
        let (core, width) = (tile.tile.core, windows.grid.imageWidth)
        let start = tile.page * planeByteCount
        try tile.values(.labels).withUnsafeBytes { classes in
            for row in 0..<core.height {
                let line = UnsafeRawBufferPointer(rebasing: classes[row * core.width..<(row + 1) * core.width])
                try file.write(line, at: start + (core.y + row) * width + core.x)
            }
        }
    }

    /// Calls `body` with tiles of cleaned classes, which cover every plane, from the top to the bottom.
    func forEachTile(_ body: (borrowing SegmentedTile) throws -> Void) throws {
        let grid = windows.grid
        for page in 0..<pages {
            var reader: ImageWindows?
            if showsPixels {
                var image = windows.image
                if pages > 1 { image.selection.page = page }
                reader = ImageWindows(try image.source, path: image.description)
            }
            for row in 0..<grid.rows {
                let rows = grid.tile(row: row, column: 0).core
                try reader?.advance(to: rows.y..<rows.endY)
                for column in 0..<grid.columns {
                    try Task.checkCancellation()
                    let tile = grid.tile(row: row, column: column)
                    let classes = try cleaned(tile, page)
                    try body(SegmentedTile(tile, page: page, sent: [.labels: classes], pixels: try reader?.window(tile.core)))
                }
            }
        }
    }

    private func cleaned(_ tile: Tile, _ page: Int) throws -> [UInt8] {
        let (window, width) = (tile.window, windows.grid.imageWidth)
        var classes = [UInt8](repeating: 0, count: window.area)
        try classes.withUnsafeMutableBytes { bytes in
            for row in 0..<window.height {
                let line = UnsafeMutableRawBufferPointer(rebasing: bytes[row * window.width..<(row + 1) * window.width])
                try file.read(line, at: page * planeByteCount + (window.y + row) * width + window.x)
            }
        }
        let whole = windows.cleanup.cleaned(classes, width: window.width, height: window.height)
        let core = tile.core.relative(to: window)
        return (core.y..<core.endY).flatMap { row in whole[row * window.width + core.x..<row * window.width + core.endX] }
    }
}
