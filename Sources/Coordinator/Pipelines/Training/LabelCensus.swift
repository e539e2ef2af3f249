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
        return try forEachRow(of: pair, inputs) { row in
            let (start, labels) = (row.start, row.labels)
            for index in labels.indices where labels[index] != 0 { body(start + index, Int(labels[index])) }
        }
    }

    /// A row of labels, or the part of it outside of which there are none.
    struct Row {
        let number: Int
        /// Columns of the whole map.
        let width: Int
        /// Of the first label.
        let firstColumn: Int
        /// 0 where the image has no data. Valid during the call.
        let labels: UnsafeBufferPointer<UInt16>

        /// The row-major position of the first label.
        var start: Int { number * width + firstColumn }
    }

    /// Calls `body` with rows of labels from the top to the bottom. Rows without any may be left out.
    ///
    /// - Returns: the labelled pixels that have no data.
    static func forEachRow(of pair: TrainingPair, _ inputs: LabelInputs, _ body: (Row) -> Void) throws -> Int {
        switch try inputs.source(of: pair) {
        case .rows(let reader): try forEachRow(of: pair, reader, body)
        case .windows(let windows): try forEachRow(of: pair, windows, body)
        }
    }

    /// Labels that are held, at most, unless a row has more.
    private static let heldCountMax = 1 << 25

    private static func forEachRow(of pair: TrainingPair, _ reader: any LabelRowReader, _ body: (Row) -> Void) throws -> Int {
        let filter = LabelFilter(pair.image, try pair.image.source)
        let advised = max((1 << 20) / reader.width, min(filter.rowsAdvised, heldCountMax / reader.width))
        let rowsAtOnce = max(1, min(reader.height, advised))
        var labels = [UInt16](repeating: 0, count: rowsAtOnce * reader.width)
        for first in stride(from: 0, to: reader.height, by: rowsAtOnce) {
            let rect = PixelRect(x: 0, y: first, width: reader.width, height: min(rowsAtOnce, reader.height - first))
            try labels.withUnsafeMutableBufferPointer { labels in
                let rows = UnsafeMutableBufferPointer(rebasing: labels[..<rect.area])
                try reader.read(rect.height, into: rows)
                try filter.apply(to: rows, of: rect)
                forEachRow(of: rows, rect, width: reader.width, body)
            }
        }
        return filter.count
    }

    /// The same of labels that come in windows: a huge image costs what its labels cost.
    private static func forEachRow(
        of pair: TrainingPair, _ windows: any LabelWindowReader, _ body: (Row) -> Void
    ) throws -> Int {
        let filter = LabelFilter(pair.image, try pair.image.source)
        let side = LabelledTiles.tileSide
        let rowsAtOnce = min(side, max(1, heldCountMax / windows.width))
        for first in stride(from: 0, to: windows.height, by: rowsAtOnce) {
            try Task.checkCancellation()
            let height = min(rowsAtOnce, windows.height - first)
            guard windows.mayHaveLabels(in: PixelRect(x: 0, y: first, width: windows.width, height: height)) else { continue }
            let parts = stride(from: 0, to: windows.width, by: side)
                .map { PixelRect(x: $0, y: first, width: min(side, windows.width - $0), height: height) }
                .filter { windows.mayHaveLabels(in: $0) }
            guard let left = parts.first?.x, let right = parts.last?.endX else { continue }
            let rect = PixelRect(x: left, y: first, width: right - left, height: height)
            var map = LabelMap(width: rect.width, height: height, labels: [UInt16](repeating: 0, count: rect.area))
            for part in parts {
                let own = windows.labels(in: part).labels
                for row in 0..<height {
                    let start = row * rect.width + part.x - left
                    map.labels.replaceSubrange(
                        start..<start + part.width, with: own[row * part.width..<(row + 1) * part.width])
                }
            }
            try map.labels.withUnsafeMutableBufferPointer { rows in
                try filter.apply(to: rows, of: rect)
                forEachRow(of: rows, rect, width: windows.width, body)
            }
        }
        return filter.count
    }

    private static func forEachRow(
        of labels: UnsafeMutableBufferPointer<UInt16>, _ rect: PixelRect, width: Int, _ body: (Row) -> Void
    ) {
        for row in 0..<rect.height {
            let own = UnsafeBufferPointer(rebasing: labels[row * rect.width..<(row + 1) * rect.width])
            body(Row(number: rect.y + row, width: width, firstColumn: rect.x, labels: own))
        }
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
