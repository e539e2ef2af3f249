internal import Coordinator
internal import ImageTiles
internal import Imaging

/// The pixels of the levels that a page sees, for forests that are trained on them. What is read or made is read or made on the thread of
/// who asks: nothing waits for another one.
///
/// Safe to use from any thread that may block.
final class TiledPixels: LivePixels {
    private let service: TileService

    init(_ service: TileService) { self.service = service }

    func size(of image: LiveImage, level: Int) throws -> (width: Int, height: Int) {
        let tiled = try service.describeHere(image.input.path)
        guard tiled.levels.indices.contains(level) else {
            throw CoordinatorError(.usage, "\(image.input): expected a level below \(tiled.levels.count), found \(level)")
        }
        return (tiled.levels[level].width, tiled.levels[level].height)
    }

    func window(_ rect: PixelRect, of image: LiveImage, level: Int) throws -> PixelBuffer {
        let tiled = try service.describeHere(image.input.path)
        let page = image.input.selection.page
        return try service.window(rect, of: tiled, level: level, z: page % max(1, tiled.depth), t: page / max(1, tiled.depth))
    }
}
