@testable import Imaging
@testable import Primitives
import Testing

/// Holes and small regions against a slow twin, and in tiles.
struct RegionCleanupTests {
    /// Blocks of classes, and of no class, on top of each other.
    private static func classes(_ width: Int, _ height: Int, _ random: inout SplitMix64) -> [UInt8] {
        var classes = [UInt8](repeating: 0, count: width * height)
        for _ in 0..<random.within(1...60) {
            let kind = random.within(0...9)
            let value: UInt8 = kind == 9 ? RegionCleanup.none : UInt8(kind % 3)
            let (x, y, side) = (random.within(0...width - 1), random.within(0...height - 1), random.within(1...7))
            for row in y..<min(height, y + side) {
                for column in x..<min(width, x + side) { classes[row * width + column] = value }
            }
        }
        return classes
    }

    @Test(arguments: 0..<40) func `windows that are padded by the reach give the pixels of the whole`(seed: UInt64) {
        var random = SplitMix64(seed: 900 + seed)
        let (width, height) = (random.within(1...60), random.within(1...60))
        let classes = Self.classes(width, height, &random)
        let cleanup = RegionCleanup(regionPixels: random.within(0...6), holePixels: random.within(0...6))
        let whole = cleanup.cleaned(classes, width: width, height: height)
        let grid = TileGrid(
            imageWidth: width, imageHeight: height, tileSide: random.within(1...20), haloPixels: cleanup.reachPixels)
        for index in 0..<grid.count {
            let tile = grid.tile(row: index / grid.columns, column: index % grid.columns)
            let window = tile.window
            let part = (window.y..<window.endY).flatMap { classes[$0 * width + window.x..<$0 * width + window.endX] }
            let cleaned = cleanup.cleaned(part, width: window.width, height: window.height)
            for row in tile.core.y..<tile.core.endY {
                for column in tile.core.x..<tile.core.endX {
                    let found = cleaned[(row - window.y) * window.width + column - window.x]
                    #expect(found == whole[row * width + column], "seed \(seed), \(column), \(row)")
                }
            }
        }
    }

    /// Pixels that hang together with one, found by spreading until nothing changes.
    private static func component(
        _ start: Int, _ width: Int, _ height: Int, corners: Bool, _ belongs: (Int) -> Bool
    ) -> Set<Int> {
        var found: Set<Int> = [start]
        var grows = true
        while grows {
            grows = false
            for pixel in found {
                for (dx, dy) in [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
                    let (x, y) = (pixel % width + dx, pixel / width + dy)
                    guard corners || dx == 0 || dy == 0, (0..<width).contains(x), (0..<height).contains(y) else { continue }
                    let other = y * width + x
                    if belongs(other), found.insert(other).inserted { grows = true }
                }
            }
        }
        return found
    }

    @Test(arguments: 0..<25) func `each pixel is what the definition says`(seed: UInt64) {
        var random = SplitMix64(seed: 4_000 + seed)
        let (width, height) = (random.within(3...16), random.within(3...16))
        let classes = Self.classes(width, height, &random)
        let (regions, holes) = (random.within(2...8), random.within(2...8))
        var filled = classes
        for pixel in classes.indices where classes[pixel] != RegionCleanup.none {
            var largest = 0
            for label in UInt8(0)...2 where classes.contains(label) && classes[pixel] != label {
                let hole = Self.component(pixel, width, height, corners: true) { classes[$0] != label }
                let isClosed = hole.allSatisfy {
                    classes[$0] != RegionCleanup.none && (1..<width - 1).contains($0 % width)
                        && (1..<height - 1).contains($0 / width)
                }
                if isClosed, hole.count < holes, hole.count > largest { (largest, filled[pixel]) = (hole.count, label) }
            }
        }
        #expect(RegionCleanup(regionPixels: 0, holePixels: holes).cleaned(classes, width: width, height: height) == filled)
        let sizes = classes.indices.map { pixel in
            Self.component(pixel, width, height, corners: false) { classes[$0] == classes[pixel] }
        }
        var dissolved = classes
        for pixel in classes.indices where classes[pixel] != RegionCleanup.none && sizes[pixel].count < regions {
            var sides = [0, 0, 0]
            for member in sizes[pixel] {
                for (dx, dy) in [(0, -1), (-1, 0), (1, 0), (0, 1)] {
                    let (x, y) = (member % width + dx, member / width + dy)
                    guard (0..<width).contains(x), (0..<height).contains(y) else { continue }
                    let other = y * width + x
                    if classes[other] != RegionCleanup.none, sizes[other].count >= regions { sides[Int(classes[other])] += 1 }
                }
            }
            if let most = sides.max(), most > 0, let winner = sides.firstIndex(of: most) { dissolved[pixel] = UInt8(winner) }
        }
        #expect(
            RegionCleanup(regionPixels: regions, holePixels: 0).cleaned(classes, width: width, height: height) == dissolved,
            "seed \(seed)")
    }
}

extension SplitMix64 {
    /// A number of a range.
    fileprivate mutating func within(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}
