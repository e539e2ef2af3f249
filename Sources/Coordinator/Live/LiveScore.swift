internal import Annotations
package import Imaging
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

/// How well a forest does on shapes that are set aside: that it has never learned from.
package struct LiveScore: Sendable {
    /// The forest.
    package let revision: Int
    package let labelSequence: Int
    /// Of the pixels that were compared.
    package let comparison: LabelComparison
    /// Tiles that were compared, of so many with labels that are set aside.
    package let tiles: Int
    package let tilesTotal: Int
}

/// Segments the tiles that shapes touch, and compares them with the shapes.
///
/// Of more than `tilesMax` tiles, those of the least hash of their place are compared: the same ones each time.
final class Scoring: Sendable {
    /// About ten seconds of two cores.
    static let tilesMax = 1024

    private struct Plane: Sendable {
        let source: LiveSource
        let labels: AnnotationLabels
    }

    private let model: LiveModel
    private let planes: [Plane]
    /// Planes by their number, and tiles of the full resolution.
    private let tiles: [(plane: Int, key: TileKey)]
    private let tilesTotal: Int
    private let state: Lock<State>

    private struct State {
        var next = 0
        /// The labels of tiles that are being segmented.
        var truths: [TileKey: LabelMap] = [:]
        var comparison = LabelComparison()
        var compared = 0
    }

    /// Finds the tiles. Blocks.
    ///
    /// - Throws: `ImageError` for images that cannot be read; an error that names a shape with numbers beyond the limits.
    init(_ model: LiveModel, on planes: [LivePlane], _ sources: LiveSources) throws {
        var opened: [Plane] = []
        var found: [(hash: UInt64, plane: Int, key: TileKey)] = []
        for (number, plane) in planes.enumerated() {
            let source = try sources.source(plane.image, level: 0)
            let document = AnnotationDocument(annotations: plane.shapes.map(\.annotation))
            let labels = try AnnotationLabels(document, width: source.width, height: source.height)
            opened.append(Plane(source: source, labels: labels))
            for key in try Self.tiles(of: plane, source, labels) {
                let place = key.row << 32 | key.column
                found.append((SampleSelection.key(0, number, place), number, key))
            }
        }
        found.sort { ($0.hash, $0.plane, $0.key.row, $0.key.column) < ($1.hash, $1.plane, $1.key.row, $1.key.column) }
        (self.model, self.planes, tilesTotal) = (model, opened, found.count)
        tiles = found.prefix(Self.tilesMax).map { ($0.plane, $0.key) }
        state = Lock(State())
    }

    /// The tiles that may have labels.
    private static func tiles(of plane: LivePlane, _ source: LiveSource, _ labels: AnnotationLabels) throws -> Set<TileKey> {
        let side = LiveView.tileSide
        var keys: Set<TileKey> = []
        for shape in plane.shapes where !shape.annotation.isEraser {
            let reach = try AnnotationLabels.reach(of: shape.annotation, width: source.width, height: source.height)
            guard let reach else { continue }
            for row in reach.y / side...(reach.endY - 1) / side {
                for column in reach.x / side...(reach.endX - 1) / side {
                    let key = TileKey(image: plane.image, level: 0, column: column, row: row)
                    if labels.mayHaveLabels(in: rect(of: key, source)) { keys.insert(key) }
                }
            }
        }
        return keys
    }

    private static func rect(of key: TileKey, _ source: LiveSource) -> PixelRect {
        let side = LiveView.tileSide
        let (x, y) = (key.column * side, key.row * side)
        return PixelRect(x: x, y: y, width: min(side, source.width - x), height: min(side, source.height - y))
    }

    /// Compares.
    func score(in run: Run) async throws -> LiveScore {
        let feed = TileFeed(model: model, run: run) { try await self.next() }
        try await feed.run { key, tile in try await offload { self.take(tile, key) } }
        return state.withLock { state in
            LiveScore(
                revision: model.revision, labelSequence: model.labelSequence, comparison: state.comparison,
                tiles: state.compared, tilesTotal: tilesTotal)
        }
    }

    /// The next tile that has labels.
    private func next() async throws -> (key: TileKey, source: LiveSource, maps: Set<MapKind>)? {
        try await offload {
            while true {
                let number = self.state.withLock { state in
                    defer { state.next += 1 }
                    return state.next
                }
                guard number < self.tiles.count else { return nil }
                let (plane, key) = (self.planes[self.tiles[number].plane], self.tiles[number].key)
                let rect = Self.rect(of: key, plane.source)
                var truth = plane.labels.labels(in: rect)
                try plane.source.filter(&truth, rect)
                guard truth.labels.contains(where: { $0 != 0 }) else { continue }
                self.state.withLock { $0.truths[key] = truth }
                return (key, plane.source, [.labels])
            }
        }
    }

    private func take(_ tile: LiveTile, _ key: TileKey) {
        guard let predicted = tile.maps[.labels] else { return }
        state.withLock { state in
            guard let truth = state.truths.removeValue(forKey: key) else { return }
            state.comparison.add(predicted: predicted.map { UInt16($0) }, truth: truth.labels)
            state.compared += 1
        }
    }
}
