import Jobs
import Testing

@testable import Coordinator

/// Which tiles of the full resolution are made for exact tiles of far views.
@Suite struct RefinementTests {
    private let image = LiveImage(key: "a", input: ImageInput(path: "a.png"), pixels: ImageInput(path: "a.png"))

    private func far(_ column: Int, size: (Int, Int) = (512, 256), full: (Int, Int) = (1024, 512), maps: Set<MapKind> = [])
        -> ReducedTile
    {
        ReducedTile(
            TileKey(image: image, level: 1, column: column, row: 0), size: size, full: full, maps: maps, classes: [1, 2])
    }

    private func full(_ key: TileKey, _ maps: Set<MapKind> = [.labels]) -> LiveTile {
        let bytes = [UInt8](repeating: 1, count: 256 * 256)
        return LiveTile(
            image: image, level: 0, column: key.column, row: key.row, width: 256, height: 256, revision: 1, exactness: .exact,
            maps: Dictionary(uniqueKeysWithValues: maps.map { ($0, bytes) }), classes: [1, 2])
    }

    /// What is asked for until another tile must begin.
    private func all(_ refinement: inout Refinement) -> [TileKey] {
        var keys: [TileKey] = []
        while let next = refinement.next() { keys.append(next.key) }
        return keys
    }

    @Test func `a tile is complete with the last one below it, and not before`() throws {
        var refinement = Refinement()
        let tile = far(0)
        refinement.begin(tile)
        let keys = all(&refinement)
        #expect(keys == tile.below && keys.count == 4)
        for (number, key) in keys.shuffled().enumerated() {
            let takers = refinement.arrived(key, full(key))
            #expect(takers.count == 1)
            #expect(refinement.isBegun(tile.key))
            let isComplete = refinement.added(key, to: try #require(takers.first))
            #expect(isComplete == (number == 3))
        }
        #expect(!refinement.isBegun(tile.key))
    }

    @Test func `what lies below two tiles is made once`() throws {
        var refinement = Refinement()
        // The left one ends within a tile of the full resolution.
        let (left, right) = (far(0, size: (400, 100), full: (801, 201)), far(1, size: (400, 100), full: (801, 201)))
        let shared = Set(left.below).intersection(right.below)
        #expect(!shared.isEmpty)
        refinement.begin(left)
        var keys = all(&refinement)
        refinement.begin(right)
        keys += all(&refinement)
        #expect(keys.count == Set(left.below + right.below).count)
        let key = try #require(shared.first)
        #expect(refinement.arrived(key, full(key)).count == 2)
    }

    @Test func `a tile that nobody wants any more is let go, and what comes for it is dropped`() {
        var refinement = Refinement()
        let (gone, kept) = (far(0), far(1))
        refinement.begin(gone)
        let first = refinement.next()?.key
        refinement.begin(kept)
        refinement.keep { $0.key == kept.key }
        #expect(!refinement.isBegun(gone.key))
        #expect(all(&refinement) == kept.below)
        if let first {
            #expect(refinement.arrived(first, full(first)).isEmpty)
            let isAdded = refinement.added(first, to: gone)
            #expect(!isAdded)
        }
    }

    @Test func `a tile without a map that is wanted is of no use`() {
        var refinement = Refinement()
        let tile = far(0, maps: [.uncertainty])
        refinement.begin(tile)
        guard let next = refinement.next() else {
            Issue.record("nothing is asked for")
            return
        }
        #expect(next.maps == [.labels, .uncertainty])
        #expect(refinement.arrived(next.key, full(next.key)).isEmpty)
    }
}
