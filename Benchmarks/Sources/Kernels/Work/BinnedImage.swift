internal import Features
internal import Imaging
internal import Protocol

/// An image whose features lie in memory as bins, and the model that they are for.
struct BinnedImage: Sendable {
    let model: ModelFile
    let tiles: TiledImage
    /// Tile behind tile, each `[feature][row][column]`.
    private let bins: SharedBuffer<UInt8>

    init(model: ModelFile, image: ImageOptions, team: SlotTeam) throws {
        let tiles = try image.tiles(for: model.spec)
        let bins = SharedBuffer<UInt8>(count: tiles.pixelCount * model.spec.featureCount)
        try team.run(tiles.parts.count) { slot, index in
            let part = tiles.parts[index]
            slot.features.bins(
                of: part.window, core: part.core, spec: model.spec, edges: model.model.edges,
                into: bins.base + part.firstPixel * model.spec.featureCount, planeStride: part.core.area)
        }
        self.model = model
        self.tiles = tiles
        self.bins = bins
    }

    /// The bins of one tile, planes as far apart as its core has pixels.
    func bins(of part: TiledImage.Part) -> UnsafePointer<UInt8> {
        UnsafePointer(bins.base + part.firstPixel * model.spec.featureCount)
    }

    /// What a measurement says about the work.
    var facts: [String: Double] {
        model.facts.merging(["pixels": Double(tiles.pixelCount), "tiles": Double(tiles.parts.count)]) { first, _ in first }
    }
}
