import Imaging
import Jobs
import Primitives
import Testing

@testable import Coordinator

/// Exact tiles of smaller pictures, reduced from the full resolution.
@Suite struct ReducedTileTests {
    private let image = LiveImage(key: "a", input: ImageInput(path: "a.png"), pixels: ImageInput(path: "a.png"))

    /// A map of the full resolution, of which tiles are cut.
    private struct Full {
        let width: Int
        let height: Int
        let labels: [UInt8]
        let uncertainty: [UInt8]
        let probabilities: [[UInt8]]

        init(width: Int, height: Int, classes: [Int], seed: UInt64) {
            var random = SplitMix64(seed: seed)
            (self.width, self.height) = (width, height)
            let all = [0] + classes
            labels = (0..<width * height).map { _ in UInt8(all[Int(random.next() % UInt64(all.count))]) }
            uncertainty = (0..<width * height).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            probabilities = classes.map { _ in (0..<width * height).map { _ in UInt8(truncatingIfNeeded: random.next()) } }
        }

        func tile(_ key: TileKey, classes: [Int]) -> LiveTile {
            let (x, y) = (key.column * 256, key.row * 256)
            let (width, height) = (min(256, self.width - x), min(256, self.height - y))
            func cut(_ map: [UInt8]) -> [UInt8] {
                (0..<height).flatMap { row -> ArraySlice<UInt8> in
                    let start = (y + row) * self.width + x
                    return map[start..<start + width]
                }
            }
            return LiveTile(
                image: key.image, level: 0, column: key.column, row: key.row, width: width, height: height, revision: 1,
                exactness: .exact,
                maps: [.labels: cut(labels), .uncertainty: cut(uncertainty), .probabilities: probabilities.flatMap(cut)],
                classes: classes)
        }
    }

    /// What a pixel of the smaller picture is, pixel by pixel, as the rule says.
    private func expected(
        _ full: Full, _ column: Int, _ row: Int, size: (width: Int, height: Int), classes: [Int]
    ) -> (label: UInt8, uncertainty: UInt8, probabilities: [UInt8]) {
        func span(_ place: Int, _ count: Int, _ fullCount: Int) -> Range<Int> {
            let scale = Double(fullCount) / Double(count)
            return Int((Double(place) * scale).rounded())..<Int((Double(place + 1) * scale).rounded())
        }
        let below = span(row, size.height, full.height).flatMap { y in
            span(column, size.width, full.width).map { y * full.width + $0 }
        }.filter { full.labels[$0] != 0 }
        func mean(_ map: [UInt8]) -> UInt8 {
            below.isEmpty ? 0 : UInt8((below.reduce(0) { $0 + Int(map[$1]) } + below.count / 2) / below.count)
        }
        let counts = classes.sorted().map { one in (one, below.count { Int(full.labels[$0]) == one }) }
        let most = counts.map(\.1).max() ?? 0
        let label = most == 0 ? 0 : counts.first { $0.1 == most }?.0 ?? 0
        return (UInt8(label), mean(full.uncertainty), full.probabilities.map(mean))
    }

    @Test(arguments: [(600, 520, 300, 260), (601, 519, 301, 260), (1030, 700, 258, 175), (900, 611, 300, 203)])
    func `labels are those of most pixels, other maps the mean`(_ fullWidth: Int, _ fullHeight: Int, _ width: Int, _ height: Int)
        throws
    {
        // The model's order is not that of the numbers.
        let classes = [3, 1, 7]
        let seed = UInt64(fullWidth)
        let full = Full(width: fullWidth, height: fullHeight, classes: classes, seed: seed)
        for (column, row) in [(0, 0), ((width - 1) / 256, (height - 1) / 256)] {
            let key = TileKey(image: image, level: 1, column: column, row: row)
            let reduced = ReducedTile(
                key, size: (width, height), full: (fullWidth, fullHeight), maps: [.uncertainty, .probabilities], classes: classes)
            // In any order.
            for below in reduced.below.reversed() { reduced.add(full.tile(below, classes: classes)) }
            let tile = reduced.tile(revision: 4)
            #expect(tile.exactness == .exact && tile.revision == 4 && tile.classes == classes)
            let area = tile.width * tile.height
            for y in 0..<tile.height {
                for x in 0..<tile.width {
                    let one = expected(
                        full, column * 256 + x, row * 256 + y, size: (width, height), classes: classes)
                    let place = y * tile.width + x
                    let probabilities = classes.indices.compactMap { tile.maps[.probabilities]?[$0 * area + place] }
                    guard tile.maps[.labels]?[place] == one.label, tile.maps[.uncertainty]?[place] == one.uncertainty,
                        probabilities == one.probabilities
                    else {
                        Issue.record("seed \(seed), tile \(column), \(row): another pixel at \(x), \(y) than \(one)")
                        return
                    }
                }
            }
        }
    }

    @Test(arguments: [(1000, 1000), (1001, 501), (1003, 251), (999, 333), (7, 7), (77, 10)])
    func `each column lies below exactly one`(_ fullCount: Int, _ count: Int) {
        let axis = ReducedAxis(count: count, fullCount: fullCount)
        #expect(axis.start(of: 0) == 0 && axis.start(of: count) == fullCount)
        for place in 0..<count { #expect(axis.start(of: place) < axis.start(of: place + 1)) }
        let targets = axis.targets(of: 3..<fullCount, in: 1..<count)
        for (offset, target) in targets.enumerated() where target >= 0 {
            #expect(axis.start(of: target + 1) <= offset + 3 && offset + 3 < axis.start(of: target + 2))
        }
        #expect(targets.count { $0 < 0 } == max(0, axis.start(of: 1) - 3))
    }

    @Test func `of labels that have as many pixels the lowest number is taken`() {
        let key = TileKey(image: image, level: 1, column: 0, row: 0)
        let reduced = ReducedTile(key, size: (1, 1), full: (2, 2), maps: [], classes: [9, 4])
        reduced.add(
            LiveTile(
                image: image, level: 0, column: 0, row: 0, width: 2, height: 2, revision: 1, exactness: .exact,
                maps: [.labels: [9, 4, 4, 9]], classes: [9, 4]))
        #expect(reduced.tile(revision: 1).maps == [.labels: [4]])
    }

    @Test func `what it costs is what lies below`() {
        let key = TileKey(image: image, level: 3, column: 1, row: 0)
        #expect(ReducedTile.cost(of: key, size: (300, 200), full: (2400, 1600)) == 44 * 8 * 200 * 8)
    }
}
