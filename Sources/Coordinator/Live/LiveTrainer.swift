internal import Annotations
internal import Features
internal import Forest
internal import Foundation
internal import Imaging
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

/// Trains live forests of one resolution, and keeps from one training to the next what stays the same: which pixels are labelled, and the
/// features of those that are learned from.
///
/// One training at a time.
final class LiveTrainer: Sendable {
    /// The resolution, 0 for the full one.
    let level: Int
    private let sources: LiveSources
    private let state = Lock(State())

    /// A plane, and what is kept of it.
    private final class Plane {
        let source: LiveSource
        let labels: LabelledPlane
        var rows: FeatureRows

        init(_ source: LiveSource, _ labels: LabelledPlane, _ rows: FeatureRows) {
            (self.source, self.labels, self.rows) = (source, labels, rows)
        }
    }

    private struct State {
        var planes: [String: Plane] = [:]
        /// Of the rows that are kept.
        var spec: FeatureSpec?
        /// Which pixels the last training learned from.
        var thresholds: SampleThresholds?
        var seed: UInt64?
        /// What is being trained on: planes in their order, and the pixels of each, ascending.
        var chosen: [(plane: Plane, pixels: [(position: Int, label: Int)])] = []
    }

    /// Labelled pixels that are held in memory, at most, before those of large keys are left out.
    private static let heldMax = 1_000_000
    /// Rows of features that are held, at most: three times those of a training.
    private static let rowsMax = 3 * SampleThresholds.countMax
    /// Trees that are shown before the rest is grown.
    private static let earlyTrees = 16

    init(level: Int, _ sources: LiveSources) { (self.level, self.sources) = (level, sources) }

    /// Features that are to be computed.
    private struct Missing: Sendable {
        let source: LiveSource
        /// In the plane.
        let core: PixelRect
        /// Row-major in the plane, ascending.
        let positions: [Int]
    }

    private struct Preparation: Sendable {
        let spec: FeatureSpec
        let sampleType: SampleType
        let channels: ModelChannels?
        let missing: [Missing]
        let countOfLabel: [Int: Int]
        let samples: Int
    }

    /// What a training is made of.
    struct Trained: Sendable {
        let model: SegmentationModel
        let samples: Int
        let countOfLabel: [Int: Int]
    }

    /// Trains a forest.
    ///
    /// - Parameter early: gets the forest of the first trees, before the others are grown.
    /// - Throws: bad input for labels that no forest can learn from; `ImageError` for images that cannot be read.
    func train(
        _ labels: LiveLabels, in run: Run, early: @escaping @Sendable (Trained) async throws -> Void
    ) async throws -> Trained {
        let ready = try await offload { try self.prepare(labels) }
        let classes = try TrainingClasses(
            counts: ready.countOfLabel, names: nil, known: labels.names, colours: labels.colours, place: "the strokes")
        if !ready.missing.isEmpty {
            try await run.clock.measure("features") { try await compute(ready.missing, ready.spec, in: run) }
        }
        let samples = try await offload { self.samples(ready.spec) }
        // Samples of every class that is labelled are chosen, so classes are those of the samples; counts are those of samples.
        let learned = try TrainingClasses(
            labels: samples.labels, names: classes.classes.map(\.name),
            colours: Dictionary(uniqueKeysWithValues: classes.classes.map { ($0.label, $0.colour) }), place: "the strokes")
        let forest = ForestTraining(
            parameters: labels.forest, input: .pixels(ready.spec, ready.sampleType), classes: learned, channels: ready.channels,
            run: run)
        let trained = try await forest.train(
            samples,
            early: .init(trees: Self.earlyTrees) { model in
                try await early(Trained(model: model, samples: ready.samples, countOfLabel: ready.countOfLabel))
            })
        return Trained(model: trained.model, samples: ready.samples, countOfLabel: ready.countOfLabel)
    }

    /// Computes features of pixels that a stroke covers which is not finished yet, as far as the last training would have learned from them.
    /// Before the first training of a plane nothing is known of it, and nothing is done.
    ///
    /// - Throws: `ImageError` for an image that cannot be read.
    func prepare(_ stroke: Annotation, on image: LiveImage, in run: Run) async throws {
        let found = try await offload { try self.missing(under: stroke, on: image) }
        if let (missing, spec) = found, !missing.isEmpty { try await compute(missing, spec, in: run) }
    }

    // MARK: What is learned from

    private func prepare(_ labels: LiveLabels) throws -> Preparation {
        try state.withLock { state in
            if state.seed != labels.forest.seed {
                state.planes = [:]
                state.seed = labels.forest.seed
            }
            let keys = Set(labels.planes.map(\.image.key))
            state.planes = state.planes.filter { keys.contains($0.key) }
            var planes: [Plane] = []
            for plane in labels.planes {
                let known = state.planes[plane.image.key]
                let opened = try known.flatMap { $0.source.image == plane.image ? $0 : nil } ?? open(plane.image, labels)
                try opened.labels.update(to: plane.shapes)
                state.planes[plane.image.key] = opened
                planes.append(opened)
            }
            guard let first = planes.first?.source else {
                throw CoordinatorError(.badInput, "expected strokes of two classes, found none; paint some")
            }
            for plane in planes.dropFirst() {
                let other = plane.source
                guard other.channels == first.channels, other.sampleType == first.sampleType else {
                    throw CoordinatorError(
                        .badInput,
                        "\(other.image.input): expected \(first.channels) channels of \(first.sampleType.rawValue) as "
                            + "\(first.image.input), found \(other.channels) of \(other.sampleType.rawValue)")
                }
            }
            let spec = try spec(labels, first)
            if state.spec != spec {
                for plane in state.planes.values { plane.rows = FeatureRows(featureCount: spec.featureCount) }
                state.spec = spec
            }
            var thresholds = SampleThresholds(Self.keys(planes))
            if planes.contains(where: { $0.labels.keyMax < .max && $0.labels.keyMax <= thresholds.commonKeyMax }) {
                // Strokes went away: pixels are to be taken that are not held.
                for plane in planes { plane.labels.hold(keysUpTo: .max) }
                thresholds = SampleThresholds(Self.keys(planes))
            }
            state.chosen = planes.map { plane in (plane, Self.taken(plane, thresholds)) }
            state.thresholds = thresholds
            let missing = state.chosen.flatMap { Self.missing($0.plane, $0.pixels.map(\.position)) }
            var counts: [Int: Int] = [:]
            for plane in planes {
                for tile in plane.labels.tiles.values {
                    for (label, count) in tile.counts { counts[Int(label), default: 0] += count }
                }
            }
            Self.economise(planes, thresholds, state.chosen)
            return Preparation(
                spec: spec, sampleType: first.sampleType, channels: first.modelChannels, missing: missing,
                countOfLabel: counts, samples: state.chosen.reduce(0) { $0 + $1.pixels.count })
        }
    }

    private func open(_ image: LiveImage, _ labels: LiveLabels) throws -> Plane {
        let source = try sources.source(image, level: level)
        let spec = try spec(labels, source)
        let scale: AnnotationScale =
            source.width == source.fullWidth && source.height == source.fullHeight
            ? .full
            : AnnotationScale(
                fullWidth: source.fullWidth, fullHeight: source.fullHeight, width: source.width, height: source.height)
        let (seed, number) = (labels.forest.seed, Self.number(of: image.key))
        let plane = LabelledPlane(
            width: source.width, height: source.height, scale: scale,
            key: { SampleSelection.key(seed, number, $0) }, filter: source.filter)
        return Plane(source, plane, FeatureRows(featureCount: spec.featureCount))
    }

    /// A number that names a plane wherever it stands among the others.
    private static func number(of key: String) -> Int {
        ContentHash(of: Data(key.utf8)).hex.prefix(15).reduce(0) { $0 << 4 | ($1.hexDigitValue ?? 0) }
    }

    /// The features of the resolution: Gaussians of the same size in the picture, without those that are smaller than its pixels.
    private func spec(_ labels: LiveLabels, _ source: LiveSource) throws -> FeatureSpec {
        let full = try labels.features.spec(channels: source.channels)
        guard level > 0 else { return full }
        let factor = Double(source.fullWidth) / Double(source.width)
        func scaled(_ sigmas: [Double]) -> [Double] { sigmas.map { $0 / factor }.filter { $0 >= Self.sigmaMin } }
        let found = scaled(full.sigmas)
        let sigmas = found.isEmpty ? [Self.sigmaMin] : found
        let familySigmas = full.familySigmas.mapValues { list in
            let own = scaled(list)
            return own.isEmpty ? [sigmas[0]] : own
        }
        return try FeatureSpec(
            families: full.families, sigmas: sigmas, familySigmas: familySigmas, channels: source.channels)
    }

    /// Smaller Gaussians, in pixels, leave a picture as it is.
    private static let sigmaMin = 0.3

    private static func keys(_ planes: [Plane]) -> [UInt16: [[UInt64]]] {
        var keys: [UInt16: [[UInt64]]] = [:]
        for plane in planes {
            for tile in plane.labels.tiles.values {
                for (label, pixels) in tile.pixels { keys[label, default: []].append(pixels.keys) }
            }
        }
        return keys
    }

    /// The cells of a resolution in which pixels are labelled; waits while labels are drawn. Of a trainer of the full resolution.
    func labelledSpots(of image: LiveImage, in resolution: DoubtfulPlaces.Resolution) -> Set<DoubtfulPlaces.Spot> {
        state.withLock { $0.planes[image.key]?.labels.spots(in: resolution) ?? [] }
    }

    private static func taken(_ plane: Plane, _ thresholds: SampleThresholds) -> [(position: Int, label: Int)] {
        var taken: [(position: Int, label: Int)] = []
        for (place, tile) in plane.labels.tiles {
            for pixel in tile.taken(thresholds) {
                taken.append((plane.labels.position(pixel.place, in: place), Int(pixel.label)))
            }
        }
        return taken.sorted { $0.position < $1.position }
    }

    /// The pixels without features, in rectangles of a tile or smaller.
    ///
    /// - Parameter positions: row-major in the plane, ascending.
    private static func missing(_ plane: Plane, _ positions: [Int]) -> [Missing] {
        let (width, side) = (plane.labels.width, LabelledTile.side)
        var ofTile: [LabelledPlane.Place: [Int]] = [:]
        for position in positions where !plane.rows.has(position) {
            ofTile[.init(row: position / width / side, column: position % width / side), default: []].append(position)
        }
        return ofTile.sorted { $0.key < $1.key }.map { _, positions in
            let columns = positions.map { $0 % width }
            let (left, right) = (columns.min() ?? 0, columns.max() ?? 0)
            let (top, bottom) = (positions[0] / width, positions[positions.count - 1] / width)
            return Missing(
                source: plane.source, core: PixelRect(x: left, y: top, width: right - left + 1, height: bottom - top + 1),
                positions: positions)
        }
    }

    /// The pixels without features under a stroke; nil where nothing was learned from yet.
    private func missing(under stroke: Annotation, on image: LiveImage) throws -> (missing: [Missing], spec: FeatureSpec)? {
        try state.withLock { state in
            guard let plane = state.planes[image.key], plane.source.image == image, let spec = state.spec,
                let thresholds = state.thresholds
            else { return nil }
            let positions = try plane.labels.positions(of: stroke, keysUpTo: thresholds.commonKeyMax)
            return (Self.missing(plane, positions), spec)
        }
    }

    /// Forgets what takes more memory than it is worth.
    private static func economise(
        _ planes: [Plane], _ thresholds: SampleThresholds, _ chosen: [(plane: Plane, pixels: [(position: Int, label: Int)])]
    ) {
        for (plane, pixels) in chosen where plane.rows.count > rowsMax { plane.rows.keep(pixels.map(\.position)) }
        let held = planes.reduce(0) { $0 + $1.labels.tiles.values.reduce(0) { $0 + $1.heldCount } }
        if held > heldMax, thresholds.commonKeyMax < .max / 4 {
            for plane in planes { plane.labels.hold(keysUpTo: thresholds.commonKeyMax * 4) }
        }
    }

    // MARK: Features

    private struct Part: Sendable {
        /// What names the plane.
        let plane: String
        let positions: [Int]
        let samples: WireArray
    }

    /// Computes features, and keeps them.
    private func compute(_ missing: [Missing], _ spec: FeatureSpec, in run: Run) async throws {
        let jobs = try jobs(missing, spec, run)
        _ = try await run.dispatch(LazyAsyncSequence(base: jobs), journal: nil) { part in
            self.state.withLock { state in
                // Those of a stroke that is being drawn may come after others were asked for.
                if state.spec == spec { state.planes[part.plane]?.rows.add(part.positions, part.samples) }
            }
        }
    }

    private func jobs(_ missing: [Missing], _ spec: FeatureSpec, _ run: Run) throws -> [DispatchJob<Part>] {
        var windows: [String: LiveWindows] = [:]
        return try missing.map { missing in
            let (source, core) = (missing.source, missing.core)
            let plane = source.image.key
            let access = try windows[plane] ?? source.windows(in: run)
            windows[plane] = access
            let rect = core.padded(by: spec.haloPixels, clippedTo: source.width, source.height)
            let window = access(rect, core: core.relative(to: rect))
            let places = missing.positions.map { position in
                Int32((position / source.width - core.y) * core.width + position % source.width - core.x)
            }
            let job = FeatureJob(spec: spec, window: window.outline, pixels: places)
            return DispatchJob(
                job, label: "\(source.image.input): features at (\(core.x), \(core.y))",
                adapted: { name in
                    var job = job
                    job.window = try window.document(name)
                    return job
                },
                accept: { output in
                    let pixels = LabelledPixels(image: 0, positions: missing.positions, labels: [], ranks: [])
                    return Part(
                        plane: plane, positions: missing.positions, samples: try LabelledSamplesPart(pixels, output).samples)
                })
        }
    }

    /// The samples of all planes in their order, and within a plane of the pixels' row-major positions.
    private func samples(_ spec: FeatureSpec) -> LabelledSamples {
        state.withLock { state in
            let count = state.chosen.reduce(0) { $0 + $1.pixels.count }
            var labels: [Int] = []
            labels.reserveCapacity(count)
            let values = [Float](unsafeUninitializedCapacity: count * spec.featureCount) { values, filled in
                guard var target = values.baseAddress else { return }
                for (plane, pixels) in state.chosen {
                    for (position, label) in pixels {
                        plane.rows.copy(position, to: target)
                        target += spec.featureCount
                        labels.append(label)
                    }
                }
                filled = count * spec.featureCount
            }
            return LabelledSamples(featureCount: spec.featureCount, values: values, labels: labels)
        }
    }
}
