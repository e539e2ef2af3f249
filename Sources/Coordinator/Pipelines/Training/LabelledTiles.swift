internal import Features
internal import Foundation
internal import Imaging
internal import Jobs
internal import Primitives
internal import Protocol

/// The labelled pixels of one tile, and where they lie.
struct LabelledPixels: Sendable {
    /// Position of the image in the training set.
    let image: Int
    /// Row-major positions in the image, ascending.
    let positions: [Int]
    /// The label of each.
    let labels: [UInt16]
    /// Where they come among the samples of the image, in their order: consecutive ones together.
    let ranks: [Range<Int>]
}

/// Which samples are wanted, and in what form.
struct SampleRequest: Sendable {
    var selection = SampleSelection.all
    /// Only those that edges are made from.
    var onlyEdgeSamples = false
    /// Edges, as a blob, by which the features become bins; nil for the features as they are.
    var edges: ContentHash?

    /// Whether every labelled pixel is wanted.
    var isAll: Bool { selection.isAll && !onlyEdgeSamples }

    func takes(image: Int, position: Int, label: Int) -> Bool {
        selection.takes(image: image, position: position, label: label)
            && (!onlyEdgeSamples || selection.isEdgeSample(image: image, position: position))
    }
}

/// The samples of one tile.
struct LabelledSamplesPart: Sendable {
    let pixels: LabelledPixels
    /// `[sample][feature]`: float32, finite, or uint8 if bins were asked for.
    let samples: WireArray

    /// - Throws: `WireError.invalid` for a value that no image can have.
    init(_ pixels: LabelledPixels, _ output: FeatureJob.Output) throws(WireError) {
        let areFinite =
            output.samples.dtype != .float32
            || output.samples.bytes.withUnsafeBytes { bytes in
                bytes.withMemoryRebound(to: Float.self) { $0.allSatisfy(\.isFinite) }
            }
        guard areFinite else {
            throw .invalid("samples: expected finite values")
        }
        self.pixels = pixels
        samples = output.samples
    }
}

/// The feature jobs of a training set: one for every tile that holds labels, cut down to the rectangle around them.
///
/// Images and labels are read once, from the top to the bottom; memory is one band of tiles. Of labels that come in windows, and of images
/// that do, only what lies in tiles that may hold labels is read.
struct LabelledTiles: AsyncSequence, Sendable {
    typealias Element = DispatchJob<LabelledSamplesPart>

    let set: TrainingSet
    let spec: FeatureSpec
    let request: SampleRequest
    /// Gets the labelled pixels without data.
    let gaps: LabelGaps
    let run: Run

    /// Side of the tiles. It bounds memory and job size; the samples do not depend on it.
    static let tileSide = 512

    func makeAsyncIterator() -> Iterator { Iterator(source: self) }

    struct Iterator: AsyncIteratorProtocol {
        private let source: LabelledTiles
        private var nextImage = 0
        private var walk: ImageWalk?
        private var ready: [Element] = []

        init(source: LabelledTiles) { self.source = source }

        mutating func next() async throws -> Element? {
            while ready.isEmpty {
                try Task.checkCancellation()
                if let open = walk {
                    let source = source
                    let jobs = try source.run.clock.measure("read") { try open.nextRow(source) }
                    if let jobs { ready = jobs.reversed() } else { walk = nil }
                } else if nextImage < source.set.pairs.count {
                    walk = try ImageWalk(nextImage, source)
                    nextImage += 1
                } else {
                    return nil
                }
            }
            return ready.popLast()
        }
    }
}

/// One image of the set, walked down one row of tiles at a time.
private final class ImageWalk {
    private let index: Int
    private let pair: TrainingPair
    private let grid: TileGrid
    /// Of an image that comes in bands.
    private let bands: ImageWindows?
    private let access: ImageAccess
    private let labels: LabelWindows
    private let filter: LabelFilter
    private var row = 0
    /// Samples of the rows of tiles before.
    private var rank = 0

    init(_ index: Int, _ source: LabelledTiles) throws {
        self.index = index
        pair = source.set.pairs[index]
        let image = try pair.image.source
        labels = LabelWindows(try source.set.labels.source(of: pair))
        let budget = BandBudget(rowByteCount: image.heldRowByteCount, haloPixels: source.spec.haloPixels)
        grid = TileGrid(
            imageWidth: image.info.width, imageHeight: image.info.height,
            tileSide: try budget.tileSide(nil, preferred: LabelledTiles.tileSide, image: pair.image.description),
            haloPixels: source.spec.haloPixels)
        access = try source.run.access(to: pair.image, image, isOneTile: grid.count == 1)
        bands = access.comesInBands ? ImageWindows(image, path: pair.image.description) : nil
        filter = LabelFilter(pair.image, image, bands: bands)
    }

    /// The jobs of the next row of tiles; nil after the last one.
    func nextRow(_ source: LabelledTiles) throws -> [LabelledTiles.Element]? {
        guard row < grid.rows else {
            source.gaps.set(filter.count, ofImage: index)
            return nil
        }
        defer { row += 1 }
        let first = grid.tile(row: row, column: 0).core
        try labels.advance(to: first.y..<first.endY)
        let columns = (0..<grid.columns).filter { labels.mayHaveLabels(in: grid.tile(row: row, column: $0).core) }
        guard !columns.isEmpty else { return [] }
        // Where a format is read in order, rows are decoded even where no label is.
        try bands?.advance(to: grid.windowRows(ofRow: row))
        let tiles = try columns.map { column in
            let core = grid.tile(row: row, column: column).core
            var map = labels.window(core)
            try map.labels.withUnsafeMutableBufferPointer { try filter.apply(to: $0, of: core) }
            return (core, map: taken(map, core, source.request))
        }
        let ranks = ranks(of: tiles.map(\.map), height: first.height)
        let marked = zip(columns, zip(tiles, ranks)).compactMap { column, tile in
            let ((core, map), ranks) = tile
            return Self.crop(map, at: core).map { core, labels in (column, core, labels, ranks) }
        }
        var last: Int?
        return try marked.map { column, core, labels, ranks in
            defer { last = column }
            return try job(
                core, labels, ranks, source, continuesPrevious: last == column - 1 && TileWindow.continues(column: column))
        }
    }

    /// The labels that are wanted; 0 for the others.
    private func taken(_ map: LabelMap, _ core: PixelRect, _ request: SampleRequest) -> LabelMap {
        guard !request.isAll else { return map }
        var map = map
        for place in map.labels.indices where map.labels[place] != 0 {
            let position = (core.y + place / core.width) * grid.imageWidth + core.x + place % core.width
            if !request.takes(image: index, position: position, label: Int(map.labels[place])) { map.labels[place] = 0 }
        }
        return map
    }

    /// For each tile of a row of tiles, where its samples come among those of the image, row by row.
    private func ranks(of tiles: [LabelMap], height: Int) -> [[Range<Int>]] {
        var ranks = [[Range<Int>]](repeating: [], count: tiles.count)
        for row in 0..<height {
            for (column, tile) in tiles.enumerated() {
                let count = tile.labels[row * tile.width..<(row + 1) * tile.width].count { $0 != 0 }
                if count == 0 { continue }
                if let last = ranks[column].last, last.upperBound == rank {
                    ranks[column][ranks[column].count - 1] = last.lowerBound..<rank + count
                } else {
                    ranks[column].append(rank..<rank + count)
                }
                rank += count
            }
        }
        return ranks
    }

    private func job(
        _ core: PixelRect, _ labels: LabelMap, _ ranks: [Range<Int>], _ source: LabelledTiles, continuesPrevious: Bool
    ) throws -> LabelledTiles.Element {
        let window = core.padded(by: grid.haloPixels, clippedTo: grid.imageWidth, grid.imageHeight)
        var positions: [Int] = []
        var places: [Int32] = []
        var found: [UInt16] = []
        for (place, label) in labels.labels.enumerated() where label != 0 {
            places.append(Int32(place))
            positions.append((core.y + place / core.width) * grid.imageWidth + core.x + place % core.width)
            found.append(label)
        }
        let labelled = LabelledPixels(image: index, positions: positions, labels: found, ranks: ranks)
        let inWindow = core.relative(to: window)
        var tile =
            try bands.map { access.window(of: try $0.window(window), core: inWindow) } ?? access.window(window, core: inWindow)
        tile.continuesPrevious = continuesPrevious && access.reference != nil
        return DispatchJob(
            FeatureJob(spec: source.spec, window: tile.outline, pixels: places, edges: source.request.edges),
            label: "\(pair.image): features at (\(core.x), \(core.y))", window: tile, of: access,
            accept: { output in try LabelledSamplesPart(labelled, output) })
    }

    /// The smallest rectangle that holds all labels, with its labels; nil when there is none.
    private static func crop(_ labels: LabelMap, at core: PixelRect) -> (PixelRect, LabelMap)? {
        var (left, right, top, bottom) = (Int.max, -1, Int.max, -1)
        for row in 0..<labels.height {
            let line = labels.labels[row * labels.width..<(row + 1) * labels.width]
            guard let first = line.firstIndex(where: { $0 != 0 }), let last = line.lastIndex(where: { $0 != 0 }) else { continue }
            (top, bottom) = (min(top, row), row)
            left = min(left, first - line.startIndex)
            right = max(right, last - line.startIndex)
        }
        guard right >= 0 else { return nil }
        let (width, height) = (right - left + 1, bottom - top + 1)
        let cropped = (top...bottom).flatMap { row in
            labels.labels[row * labels.width + left..<row * labels.width + left + width]
        }
        return (
            PixelRect(x: core.x + left, y: core.y + top, width: width, height: height),
            LabelMap(width: width, height: height, labels: Array(cropped))
        )
    }
}
