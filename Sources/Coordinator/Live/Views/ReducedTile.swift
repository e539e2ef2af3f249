internal import Imaging
internal import Jobs
internal import Primitives
internal import Synchronization

/// A tile of a smaller picture, put together from the tiles of the full resolution that lie below it.
///
/// 1. A pixel covers whole pixels of the full resolution: the columns from `round(x · W / w)` to before `round((x + 1) · W / w)`, where
///    `W` and `w` are the columns of both resolutions, and rows likewise. So each pixel of the full resolution lies below exactly one.
/// 2. Its label is that of most pixels below; of labels that have as many, the lowest number.
/// 3. Its uncertainty, and the probability of each class, is the mean of those below, rounded.
/// 4. Pixels without data do not count. Where none below has data, there is none.
///
/// Sums of integers: the bytes do not depend on the order in which tiles come. Safe to use from any thread.
final class ReducedTile: Sendable {
    let key: TileKey
    /// Labels are among them.
    let maps: Set<MapKind>
    /// The tiles of the full resolution below it, row by row.
    let below: [TileKey]
    /// The part of the smaller picture.
    private let rect: PixelRect
    private let columns: ReducedAxis
    private let rows: ReducedAxis
    /// Numbers of the model's classes, in its order.
    private let classes: [Int]
    private let sums = Lock(Sums())

    /// What is summed up of the pixels below each pixel; empty before the first tile.
    private struct Sums {
        /// `[class][row][column]`: pixels of the class.
        var votes: [UInt32] = []
        /// `[row][column]`.
        var uncertainty: [UInt32] = []
        /// `[class][row][column]`.
        var probabilities: [UInt32] = []
    }

    /// - Parameters:
    ///   - size: columns and rows of the smaller picture.
    ///   - full: of the full resolution.
    ///   - classes: numbers of the model's classes, in its order.
    init(_ key: TileKey, size: (width: Int, height: Int), full: (width: Int, height: Int), maps: Set<MapKind>, classes: [Int]) {
        (self.key, self.maps, self.classes) = (key, maps.union([.labels]), classes)
        columns = ReducedAxis(count: size.width, fullCount: full.width)
        rows = ReducedAxis(count: size.height, fullCount: full.height)
        let side = LiveView.tileSide
        let (x, y) = (key.column * side, key.row * side)
        rect = PixelRect(x: x, y: y, width: min(side, size.width - x), height: min(side, size.height - y))
        let area = Self.fullRect(rect, columns, rows)
        below = (area.y / side...(area.endY - 1) / side).flatMap { row in
            (area.x / side...(area.endX - 1) / side).map { TileKey(image: key.image, level: 0, column: $0, row: row) }
        }
    }

    /// Pixels of the full resolution that the pixels of `rect` cover.
    private static func fullRect(_ rect: PixelRect, _ columns: ReducedAxis, _ rows: ReducedAxis) -> PixelRect {
        let (x, y) = (columns.start(of: rect.x), rows.start(of: rect.y))
        return PixelRect(
            x: x, y: y, width: columns.start(of: rect.endX) - x, height: rows.start(of: rect.endY) - y)
    }

    /// Adds a tile of the full resolution, which must come once.
    func add(_ tile: LiveTile) {
        guard let labels = tile.maps[.labels] else { preconditionFailure("a tile without labels") }
        let side = LiveView.tileSide
        let toColumn = columns.targets(of: tile.column * side..<tile.column * side + tile.width, in: rect.x..<rect.endX)
        let toRow = rows.targets(of: tile.row * side..<tile.row * side + tile.height, in: rect.y..<rect.endY)
        var classOfLabel = [Int](repeating: -1, count: 256)
        for (index, number) in classes.enumerated() { classOfLabel[min(number, 255)] = index }
        let area = rect.area
        sums.withLock { sums in
            if sums.votes.isEmpty { sums = empty(area) }
            let below = Below(labels: labels, classOfLabel: classOfLabel, toColumn: toColumn, toRow: toRow, width: rect.width)
            below.count(into: &sums.votes, area: area)
            if maps.contains(.uncertainty), let bytes = tile.maps[.uncertainty] {
                below.add(bytes[...], to: &sums.uncertainty, at: 0)
            }
            if maps.contains(.probabilities), let bytes = tile.maps[.probabilities] {
                for index in classes.indices {
                    let plane = bytes[index * labels.count..<(index + 1) * labels.count]
                    below.add(plane, to: &sums.probabilities, at: index * area)
                }
            }
        }
    }

    private func empty(_ area: Int) -> Sums {
        func zeros(_ planes: Int) -> [UInt32] { [UInt32](repeating: 0, count: planes * area) }
        return Sums(
            votes: zeros(classes.count), uncertainty: zeros(maps.contains(.uncertainty) ? 1 : 0),
            probabilities: zeros(maps.contains(.probabilities) ? classes.count : 0))
    }

    /// The tile.
    ///
    /// - Precondition: all tiles of `below` were added.
    func tile(revision: Int) -> LiveTile {
        let area = rect.area
        let order = classes.indices.sorted { classes[$0] < classes[$1] }
        let maps = sums.withLock { sums in
            var labels = [UInt8](repeating: 0, count: area)
            var counts = [UInt32](repeating: 0, count: area)
            var most = [UInt32](repeating: 0, count: area)
            for index in order {
                let number = UInt8(clamping: classes[index])
                for place in 0..<area {
                    let votes = sums.votes[index * area + place]
                    counts[place] += votes
                    if votes > most[place] { (most[place], labels[place]) = (votes, number) }
                }
            }
            func mean(_ values: [UInt32]) -> [UInt8] {
                values.indices.map { place in
                    let count = counts[place % area]
                    return count == 0 ? 0 : UInt8((values[place] + count / 2) / count)
                }
            }
            var maps: [MapKind: [UInt8]] = [.labels: labels]
            if !sums.uncertainty.isEmpty { maps[.uncertainty] = mean(sums.uncertainty) }
            if !sums.probabilities.isEmpty { maps[.probabilities] = mean(sums.probabilities) }
            return maps
        }
        return LiveTile(
            image: key.image, level: key.level, column: key.column, row: key.row, width: rect.width, height: rect.height,
            revision: revision, exactness: .exact, maps: maps, classes: classes)
    }

    /// Pixels of the full resolution below a tile: what it costs to make it exact.
    static func cost(of key: TileKey, size: (width: Int, height: Int), full: (width: Int, height: Int)) -> Int {
        let side = LiveView.tileSide
        let (x, y) = (key.column * side, key.row * side)
        let rect = PixelRect(x: x, y: y, width: min(side, size.width - x), height: min(side, size.height - y))
        return fullRect(
            rect, ReducedAxis(count: size.width, fullCount: full.width), ReducedAxis(count: size.height, fullCount: full.height)
        ).area
    }
}

/// A tile of the full resolution, and where its pixels belong in the smaller picture.
private struct Below {
    let labels: [UInt8]
    /// By label: its class, -1 for none.
    let classOfLabel: [Int]
    /// `[column]`: the column above, -1 outside.
    let toColumn: [Int]
    /// `[row]`: the row above, -1 outside.
    let toRow: [Int]
    /// Columns of the tile above.
    let width: Int

    /// Counts the pixels of each class.
    func count(into votes: inout [UInt32], area: Int) {
        forEachPixel { source, target in
            let index = classOfLabel[Int(labels[source])]
            if index >= 0 { votes[index * area + target] += 1 }
        }
    }

    /// Sums up the values of pixels that have data.
    func add(_ values: ArraySlice<UInt8>, to sums: inout [UInt32], at start: Int) {
        forEachPixel { source, target in
            if labels[source] != 0 { sums[start + target] += UInt32(values[values.startIndex + source]) }
        }
    }

    private func forEachPixel(_ body: (_ source: Int, _ target: Int) -> Void) {
        for row in toRow.indices where toRow[row] >= 0 {
            let (source, target) = (row * toColumn.count, toRow[row] * width)
            for column in toColumn.indices where toColumn[column] >= 0 { body(source + column, target + toColumn[column]) }
        }
    }
}

/// Columns, or rows, of a smaller picture, and those of the full resolution that each of them covers.
struct ReducedAxis {
    let count: Int
    let fullCount: Int

    /// The first one of the full resolution that `place` covers; of `count` the end.
    func start(of place: Int) -> Int { (2 * place * fullCount + count) / (2 * count) }

    /// For each of the full resolution: which one of `part` covers it, counted from its first; -1 for one outside.
    func targets(of full: Range<Int>, in part: Range<Int>) -> [Int] {
        var targets = [Int](repeating: -1, count: full.count)
        for place in part {
            let (first, end) = (max(start(of: place), full.lowerBound), min(start(of: place + 1), full.upperBound))
            if first < end { for one in first..<end { targets[one - full.lowerBound] = place - part.lowerBound } }
        }
        return targets
    }
}
