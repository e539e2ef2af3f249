internal import ArgumentParser
internal import Features
internal import Formats
internal import Imaging

/// An image in memory, cut into tiles with halo as the coordinator cuts it for its workers.
struct TiledImage: Sendable {
    /// A tile with the pixels that it reads.
    struct Part: Sendable {
        let window: PixelBuffer
        /// In the window's coordinates.
        let core: PixelRect
        /// Pixels of the cores of all parts before this one.
        let firstPixel: Int
    }

    let info: ImageInfo
    let parts: [Part]

    /// Pixels of the image.
    var pixelCount: Int { info.width * info.height }

    /// - Parameters:
    ///   - crop: side of the top-left square to take instead of the whole image.
    ///   - tileSide: side of the tiles, in pixels.
    init(path: String, crop: Int?, tileSide: Int, haloPixels: Int) throws {
        let reader = BandReader(try ImageFile.open(path: path))
        try reader.advance(to: 0..<reader.info.height)
        var info = reader.info
        if let crop {
            info.width = min(crop, info.width)
            info.height = min(crop, info.height)
        }
        let grid = TileGrid(imageWidth: info.width, imageHeight: info.height, tileSide: tileSide, haloPixels: haloPixels)
        var parts: [Part] = []
        var firstPixel = 0
        for index in 0..<grid.count {
            let tile = grid.tile(row: index / grid.columns, column: index % grid.columns)
            parts.append(
                Part(window: reader.window(tile.window), core: tile.core.relative(to: tile.window), firstPixel: firstPixel))
            firstPixel += tile.core.area
        }
        self.info = info
        self.parts = parts
    }
}

/// Which image, and how it is cut.
struct ImageOptions: ParsableArguments {
    @Argument(help: "An image.")
    var image: String

    @Option(help: "Side of the tiles, in pixels: 512 is what two workers get of an image of 1024².")
    var tile = 512

    @Option(help: ArgumentHelp("Take the top-left square of this side only.", valueName: "pixels"))
    var crop: Int?

    mutating func validate() throws {
        guard (1...8192).contains(tile) else { throw ValidationError("--tile: expected 1 to 8192 pixels, found \(tile)") }
        if let crop, crop < 1 { throw ValidationError("--crop: expected at least 1 pixel, found \(crop)") }
    }

    /// The tiles for features of `spec`.
    func tiles(for spec: FeatureSpec) throws -> TiledImage {
        let tiled = try TiledImage(path: image, crop: crop, tileSide: tile, haloPixels: spec.haloPixels)
        guard tiled.info.channels == spec.channels else {
            throw ValidationError("\(image): expected \(spec.channels) channels, found \(tiled.info.channels)")
        }
        return tiled
    }

    /// The default features, for images with the channels of this one.
    func defaultSpec() throws -> FeatureSpec {
        let channels = try ImageFile.open(path: image).info.channels
        let sigmas = try FeatureSpec.sigmas(from: 0.5, to: 16, count: nil)
        return try FeatureSpec(families: FeatureFamily.basic, sigmas: sigmas, channels: channels)
    }
}
