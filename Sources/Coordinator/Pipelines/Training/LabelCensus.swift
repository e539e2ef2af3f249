internal import Imaging

/// The samples of a training set, counted before any image is read.
struct LabelCensus: Sendable {
    /// `[image]`: samples taken.
    private(set) var countOfImage: [Int] = []
    /// By label: samples taken.
    private(set) var countOfLabel: [Int: Int] = [:]

    /// Samples in all.
    var count: Int { countOfImage.reduce(0, +) }

    /// `[image]`: the samples before it.
    var starts: [Int] {
        var sum = 0
        return countOfImage.map { count in
            defer { sum += count }
            return sum
        }
    }

    /// Reads all label maps once, and of the images what says which labelled pixels have no data.
    ///
    /// - Parameter gaps: gets the labelled pixels without data.
    init(
        _ pairs: [TrainingPair], _ selection: SampleSelection, of labels: LabelInputs = .plain, _ gaps: LabelGaps = LabelGaps()
    ) throws {
        for (image, pair) in pairs.enumerated() {
            var count = 0
            let gapCount = try Self.forEachLabel(of: pair, labels) { position, label in
                guard selection.takes(image: image, position: position, label: label) else { return }
                count += 1
                countOfLabel[label, default: 0] += 1
            }
            countOfImage.append(count)
            gaps.set(gapCount, ofImage: image)
        }
    }

    /// The selection that keeps to the limits: of each image, and then of each class, the samples with the smallest keys.
    static func selection(
        _ pairs: [TrainingPair], _ limits: SampleLimits, seed: UInt64, of labels: LabelInputs = .plain
    ) throws -> SampleSelection {
        guard limits.areSet else { return SampleSelection(seed: seed) }
        var keyMaxOfImage: [UInt64] = []
        var ofLabel: [Int: SmallestKeys] = [:]
        for (image, pair) in pairs.enumerated() {
            var keys = SmallestKeys(limits.perImage ?? .max)
            if limits.perImage != nil {
                _ = try forEachLabel(of: pair, labels) { position, _ in keys.add(SampleSelection.key(seed, image, position)) }
                keyMaxOfImage.append(keys.largest)
            }
            guard let perClass = limits.perClass else { continue }
            _ = try forEachLabel(of: pair, labels) { position, label in
                let key = SampleSelection.key(seed, image, position)
                if key <= keyMaxOfImage.last ?? .max { ofLabel[label, default: SmallestKeys(perClass)].add(key) }
            }
        }
        return SampleSelection(seed: seed, keyMaxOfImage: keyMaxOfImage, keyMaxOfLabel: ofLabel.mapValues { $0.largest })
    }

    /// Calls `body` with the row-major position and the label of every labelled pixel that has data, in no order.
    ///
    /// - Returns: the labelled pixels that have none.
    private static func forEachLabel(
        of pair: TrainingPair, _ inputs: LabelInputs, _ body: (_ position: Int, _ label: Int) -> Void
    ) throws -> Int {
        if case .windows(let windows) = try inputs.source(of: pair) { return try forEachLabel(of: pair, windows, body) }
        return try forEachRow(of: pair, inputs) { row, labels in
            let start = row * labels.count
            for index in labels.indices where labels[index] != 0 { body(start + index, Int(labels[index])) }
        }
    }

    /// Calls `body` with every row of labels from the top to the bottom, 0 where the image has no data.
    ///
    /// - Returns: the labelled pixels that have none.
    static func forEachRow(
        of pair: TrainingPair, _ inputs: LabelInputs, _ body: (_ row: Int, _ labels: UnsafeBufferPointer<UInt16>) -> Void
    ) throws -> Int {
        let reader = try inputs.source(of: pair).rowReader
        let filter = LabelFilter(pair.image, try pair.image.source)
        let advised = max((1 << 20) / reader.width, min(filter.rowsAdvised, (1 << 25) / reader.width))
        let rowsAtOnce = max(1, min(reader.height, advised))
        var labels = [UInt16](repeating: 0, count: rowsAtOnce * reader.width)
        for first in stride(from: 0, to: reader.height, by: rowsAtOnce) {
            let count = min(rowsAtOnce, reader.height - first)
            try labels.withUnsafeMutableBufferPointer { labels in
                let rows = UnsafeMutableBufferPointer(rebasing: labels[..<(count * reader.width)])
                try reader.read(count, into: rows)
                try filter.apply(to: rows, of: PixelRect(x: 0, y: first, width: reader.width, height: count))
                for row in 0..<count {
                    body(first + row, UnsafeBufferPointer(rebasing: rows[row * reader.width..<(row + 1) * reader.width]))
                }
            }
        }
        return filter.count
    }

    /// The same of labels that come in windows: only tiles are looked at that may hold some.
    private static func forEachLabel(
        of pair: TrainingPair, _ windows: any LabelWindowReader, _ body: (_ position: Int, _ label: Int) -> Void
    ) throws -> Int {
        let filter = LabelFilter(pair.image, try pair.image.source)
        let grid = TileGrid(
            imageWidth: windows.width, imageHeight: windows.height, tileSide: LabelledTiles.tileSide, haloPixels: 0)
        for row in 0..<grid.rows {
            try Task.checkCancellation()
            for column in 0..<grid.columns {
                let tile = grid.tile(row: row, column: column).core
                guard windows.mayHaveLabels(in: tile) else { continue }
                var map = windows.labels(in: tile)
                try map.labels.withUnsafeMutableBufferPointer { try filter.apply(to: $0, of: tile) }
                for (place, label) in map.labels.enumerated() where label != 0 {
                    body((tile.y + place / tile.width) * windows.width + tile.x + place % tile.width, Int(label))
                }
            }
        }
        return filter.count
    }
}

/// The smallest of many keys.
struct SmallestKeys {
    private let count: Int
    private var keys: [UInt64] = []
    /// Larger ones are not among them.
    private var bound = UInt64.max

    /// - Parameter count: at most this many are kept.
    init(_ count: Int) { self.count = count }

    mutating func add(_ key: UInt64) {
        guard key <= bound else { return }
        keys.append(key)
        if count < Int.max / 4, keys.count >= 2 * count + 64 { reduce() }
    }

    /// The largest of the smallest: as many keys as asked for are up to it; the largest number there is if there are fewer.
    var largest: UInt64 {
        guard keys.count > count else { return .max }
        return keys.sorted()[count - 1]
    }

    private mutating func reduce() {
        keys.sort()
        keys.removeLast(keys.count - count)
        bound = keys.last ?? 0
    }
}
