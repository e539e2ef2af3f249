internal import Features
package import Imaging
package import Jobs
internal import Primitives
package import Protocol

/// One tile of a view.
package struct ViewTile: Sendable {
    /// In pixels of the image, a tile of the grid.
    package let core: PixelRect
    /// As workers send them: `[row][column]` of the core, or `[class][row][column]`; labels are class indices, 255 at pixels without data.
    package let maps: [MapKind: WireArray]
}

extension ImageSegmentation {
    /// Segments the tiles that a part of an image touches, those near its focus first.
    func segment(_ view: ViewRequest, deliver: @escaping @Sendable (ViewTile) async throws -> Void) async throws {
        let tiles = try ViewTiles(view, self)
        try await run.clock.measure("segment") {
            _ = try await run.dispatch(LazyAsyncSequence(base: tiles.jobs()), journal: nil, deliver: deliver)
        }
    }
}

/// The tile jobs of one view.
private struct ViewTiles {
    private let view: ViewRequest
    private let model: ContentHash
    private let classCount: Int
    private let tiles: [Tile]
    private let access: ImageAccess
    /// The pixels of all windows together, of an image that is decoded from its top on.
    private let decoded: (pixels: PixelBuffer, rect: PixelRect)?

    init(_ view: ViewRequest, _ segmentation: ImageSegmentation) throws {
        let opened = try segmentation.open(view.image)
        var view = view
        view.image = opened.image
        let (source, spec) = (opened.source, opened.spec)
        let info = source.info
        let unmade = view.maps.filter { $0.content.elements.isEmpty }
        guard !view.maps.isEmpty, unmade.isEmpty else {
            let found = unmade.isEmpty ? "none" : unmade.map(\.rawValue).joined(separator: ", ")
            throw CoordinatorError(.usage, "\(view.image): expected maps that workers make, found \(found)")
        }
        guard view.tileSide >= 1, view.focus.map({ $0.count == 2 }) ?? true else {
            throw CoordinatorError(
                .usage, "\(view.image): expected a tile of 1 pixel or more and a focus of two numbers, found \(view.parameters)")
        }
        let grid = TileGrid(
            imageWidth: info.width, imageHeight: info.height, tileSide: view.tileSide, haloPixels: spec.haloPixels)
        self.view = view
        model = segmentation.hash
        classCount = segmentation.model.classes.count
        tiles = Self.tiles(of: grid, view)
        access = try segmentation.run.access(to: view.image, source, isOneTile: false)
        decoded = access.comesInBands ? try Self.decode(source, tiles, view.image) : nil
    }

    /// The tiles that the part touches, those near the focus first.
    private static func tiles(of grid: TileGrid, _ view: ViewRequest) -> [Tile] {
        let part = view.part
        let columns = span(part.x, part.endX, grid.tileSide, grid.columns)
        let rows = span(part.y, part.endY, grid.tileSide, grid.rows)
        let focus = view.focus ?? [part.x + part.width / 2, part.y + part.height / 2]
        func distance(_ tile: Tile) -> Int {
            let x = tile.core.x + tile.core.width / 2 - focus[0]
            let y = tile.core.y + tile.core.height / 2 - focus[1]
            return x.magnitude < 1 << 30 && y.magnitude < 1 << 30 ? x * x + y * y : .max
        }
        return rows.flatMap { row in columns.map { grid.tile(row: row, column: $0) } }
            .sorted { (distance($0), $0.index) < (distance($1), $1.index) }
    }

    /// The places in a row or column of tiles that pixels `first ..< end` lie in.
    private static func span(_ first: Int, _ end: Int, _ side: Int, _ count: Int) -> Range<Int> {
        let (low, high) = (max(0, first), min(end, count * side))
        return low < high ? low / side..<min(count, (high - 1) / side + 1) : 0..<0
    }

    private static func decode(
        _ source: ImageSource, _ tiles: [Tile], _ image: ImageInput
    ) throws -> (pixels: PixelBuffer, rect: PixelRect)? {
        guard let first = tiles.first?.window else { return nil }
        let (x, y) = tiles.reduce((first.x, first.y)) { (min($0.0, $1.window.x), min($0.1, $1.window.y)) }
        let (endX, endY) = tiles.reduce((first.endX, first.endY)) { (max($0.0, $1.window.endX), max($0.1, $1.window.endY)) }
        let rect = PixelRect(x: x, y: y, width: endX - x, height: endY - y)
        let windows = ImageWindows(source, path: image.description)
        try windows.advance(to: rect.y..<rect.endY)
        return (try windows.window(rect), rect)
    }

    func jobs() -> [DispatchJob<ViewTile>] {
        let requests = Dictionary(uniqueKeysWithValues: Set(view.maps).map { ($0, MapRequest($0.content.elements[0])) })
        return tiles.map { tile in
            let core = tile.core.relative(to: tile.window)
            let window =
                decoded.map { access.window(of: $0.pixels.cropped(to: tile.window.relative(to: $0.rect)), core: core) }
                ?? access.window(tile.window, core: core)
            return DispatchJob(
                TileJob(model: model, window: window.outline, maps: requests), label: "\(view.image): tile \(tile.index)",
                window: window, of: access,
                accept: { [classCount, gaps = window.gaps] output in
                    for (kind, result) in output.maps {
                        guard let array = result.sent else { continue }
                        try kind.content.check(
                            array, width: tile.core.width, height: tile.core.height, classCount: classCount, gaps: gaps,
                            name: kind.rawValue)
                    }
                    return ViewTile(core: tile.core, maps: output.maps.compactMapValues(\.sent))
                })
        }
    }
}
