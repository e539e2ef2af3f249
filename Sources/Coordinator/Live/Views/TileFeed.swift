internal import Features
internal import Foundation
internal import Imaging
internal import Jobs
internal import Primitives
internal import Protocol

/// Makes tiles with one forest, always the one next that is wanted most.
struct TileFeed: Sendable {
    let model: LiveModel
    let run: Run
    /// The tile to make next, with its maps; nil if none is wanted.
    let next: @Sendable () async throws -> (key: TileKey, source: LiveSource, maps: Set<MapKind>)?

    /// Makes tiles until none is wanted.
    func run(deliver: @escaping @Sendable (TileKey, LiveTile) async throws -> Void) async throws {
        guard case .pixels(let spec, _) = model.file.model.input else {
            preconditionFailure("a live forest is trained on images")
        }
        run.register(model.file.bytes, as: model.file.hash)
        let jobs = Jobs(feed: self, spec: spec)
        _ = try await run.dispatch(jobs, journal: nil) { made in try await deliver(made.key, made.tile) }
    }

    struct Made: Sendable {
        let key: TileKey
        let tile: LiveTile
    }

    /// Asks for the next tile whenever there is room for a job.
    private struct Jobs: AsyncSequence, Sendable {
        typealias Element = DispatchJob<Made>

        let feed: TileFeed
        let spec: FeatureSpec

        func makeAsyncIterator() -> Iterator { Iterator(jobs: self) }

        struct Iterator: AsyncIteratorProtocol {
            let jobs: Jobs
            var windows: [TileKey: LiveWindows] = [:]

            init(jobs: Jobs) { self.jobs = jobs }

            mutating func next() async throws -> Element? {
                guard let (key, source, maps) = try await jobs.feed.next() else { return nil }
                let plane = TileKey(image: key.image, level: key.level, column: 0, row: 0)
                let access = try windows[plane] ?? source.windows(in: jobs.feed.run)
                windows[plane] = access
                return jobs.feed.job(key, source, access, maps, jobs.spec)
            }
        }
    }

    private func job(
        _ key: TileKey, _ source: LiveSource, _ access: LiveWindows, _ maps: Set<MapKind>, _ spec: FeatureSpec
    ) -> DispatchJob<Made> {
        let grid = TileGrid(
            imageWidth: source.width, imageHeight: source.height, tileSide: LiveView.tileSide, haloPixels: spec.haloPixels)
        let tile = grid.tile(row: key.row, column: key.column)
        let window = access(tile.window, core: tile.core.relative(to: tile.window))
        let requests = Dictionary(uniqueKeysWithValues: maps.map { ($0, MapRequest($0.content.elements[0])) })
        let job = TileJob(model: model.file.hash, window: window.outline, maps: requests)
        return DispatchJob(
            job, label: "\(key.image.input): tile \(tile.index)",
            adapted: { name in
                var job = job
                job.window = try window.document(name)
                return job
            },
            accept: { [model] output in
                var maps: [MapKind: [UInt8]] = [:]
                for (kind, result) in output.maps {
                    guard let array = result.sent else { continue }
                    try kind.content.check(
                        array, width: tile.core.width, height: tile.core.height,
                        classCount: model.file.model.classes.count, gaps: window.gaps, name: kind.rawValue)
                    maps[kind] = Self.bytes(array, kind, model.file.model)
                }
                let made = LiveTile(
                    image: key.image, level: key.level, column: key.column, row: key.row, width: tile.core.width,
                    height: tile.core.height, revision: model.revision,
                    exactness: model.isPreview ? .preview : model.isExact ? .exact : .live, maps: maps,
                    classes: model.file.model.classes.map(\.label))
                return Made(key: key, tile: made)
            })
    }

    /// A map as a screen shows it: a byte a pixel.
    private static func bytes(_ array: WireArray, _ kind: MapKind, _ model: SegmentationModel) -> [UInt8] {
        if kind == .labels {
            var numbers = [UInt8](repeating: 0, count: 256)
            for (index, one) in model.classes.enumerated() { numbers[index] = UInt8(clamping: one.label) }
            return array.elements(as: UInt8.self).map { numbers[Int($0)] }
        }
        // Of 65535, rounded.
        return array.elements(as: UInt16.self).map { UInt8((Int($0) * 255 + 32767) / 65535) }
    }
}
