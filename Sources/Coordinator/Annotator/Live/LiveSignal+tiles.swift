internal import Compression
internal import Coordinator
internal import Foundation
internal import Jobs

extension LiveSignal {
    /// The maps of a tile, one after the other.
    ///
    /// - Parameter revision: of the model, as the project counts them.
    static func tiles(_ tile: LiveTile, tab: String, revision: Int) -> [LiveSignal] {
        guard let key = LivePlaneKey(tile.image.key) else { return [] }
        return tile.maps.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, bytes in
            // Labels of a tile pack into a few hundred bytes, in less time than it takes to send them.
            let packed = try? Zlib.compress(bytes)
            let document = TileDocument(
                tab: tab, image: key.image, z: key.z, t: key.t, level: tile.level, column: tile.column, row: tile.row,
                kind: kind.rawValue, revision: revision, exactness: tile.exactness.rawValue,
                previewLevel: tile.exactness == .preview ? tile.level : nil, width: tile.width, height: tile.height,
                encoding: packed == nil ? "none" : "deflate", classes: kind == .probabilities ? tile.classes : nil)
            return .tile(document, Data(packed ?? bytes))
        }
    }
}
