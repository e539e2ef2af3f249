package import Imaging

/// Joins the parts of objects across the borders of tiles, row of tiles by row of tiles. No files: who keeps the parts' outlines names
/// them by tokens, and is told which belong together.
///
///     tiles of a row, from left to right ── add ──▶ parts that touch a border are joined with those of the tiles above and to the left
///     end of a row ── endRow ──▶ objects without a pixel in the last row of pixels are complete
///
/// Memory: objects that touch the last row of pixels or begin in this row of tiles and touch a border, and three lines of pixels.
package struct ObjectMerger: Sendable {
    /// An object or a part of one: its sums, and the parts that it was made of, as a chain of tokens.
    package struct Entry: Sendable {
        package var sums: ObjectSums
        package var head: Int
        package var tail: Int

        package init(sums: ObjectSums, token: Int) { (self.sums, head, tail) = (sums, token, token) }
    }

    /// The chain that ends with one token goes on with another.
    package struct Link: Hashable, Sendable {
        package var from: Int
        package var to: Int
    }

    /// What a tile brings.
    package struct Part: Sendable {
        package var core: PixelRect
        package var entries: [Entry]
        /// The entry of each pixel at a side, −1 for none.
        package var top: [Int32]
        package var bottom: [Int32]
        package var left: [Int32]
        package var right: [Int32]

        package init(
            core: PixelRect, entries: [Entry], top: [Int32], bottom: [Int32], left: [Int32], right: [Int32]
        ) {
            (self.core, self.entries) = (core, entries)
            (self.top, self.bottom, self.left, self.right) = (top, bottom, left, right)
        }
    }

    private let imageWidth: Int
    private let imageHeight: Int
    private let reach: Int
    /// Objects that are not complete, and where they went in a union.
    private var open: [Entry] = []
    private var parent: [Int32] = []
    /// The open objects in the last row of pixels of the tiles above, of this row of tiles so far, and in the last column of the last tile.
    private var above: [Int32]
    private var below: [Int32]
    private var beside: [Int32] = []

    package init(imageWidth: Int, imageHeight: Int, _ connectivity: ObjectRules.Connectivity) {
        (self.imageWidth, self.imageHeight) = (imageWidth, imageHeight)
        reach = connectivity == .eight ? 1 : 0
        above = [Int32](repeating: -1, count: imageWidth)
        below = above
    }

    /// Takes a tile: the next one of its row.
    ///
    /// - Returns: objects that are complete, in this tile alone; and which chains of tokens were joined.
    package mutating func add(_ part: Part) -> (complete: [Entry], links: [Link]) {
        let core = part.core
        var places = [Int32](repeating: -1, count: part.entries.count)
        // At the image's border nothing follows.
        var sides: [[Int32]] = []
        if core.x > 0 { sides.append(part.left) }
        if core.y > 0 { sides.append(part.top) }
        if core.endX < imageWidth { sides.append(part.right) }
        if core.endY < imageHeight { sides.append(part.bottom) }
        for side in sides {
            for index in side where index >= 0 && places[Int(index)] < 0 {
                places[Int(index)] = Int32(open.count)
                parent.append(Int32(open.count))
                open.append(part.entries[Int(index)])
            }
        }
        var links: [Link] = []
        if core.y > 0 {
            for (column, index) in part.top.enumerated() where index >= 0 {
                let x = core.x + column
                for other in max(0, x - reach)...min(imageWidth - 1, x + reach) {
                    join(places[Int(index)], above[other], &links)
                }
            }
        }
        if core.x > 0 {
            for (row, index) in part.left.enumerated() where index >= 0 {
                for other in max(0, row - reach)...min(core.height - 1, row + reach) {
                    join(places[Int(index)], beside[other], &links)
                }
            }
        }
        func placed(_ side: [Int32]) -> [Int32] { side.map { $0 < 0 ? -1 : places[Int($0)] } }
        if core.endY < imageHeight { below.replaceSubrange(core.x..<core.endX, with: placed(part.bottom)) }
        beside = placed(part.right)
        return (part.entries.indices.filter { places[$0] < 0 }.map { part.entries[$0] }, links)
    }

    private mutating func root(_ index: Int32) -> Int {
        var index = Int(index)
        while Int(parent[index]) != index {
            parent[index] = parent[Int(parent[index])]
            index = Int(parent[index])
        }
        return index
    }

    private mutating func join(_ one: Int32, _ other: Int32, _ links: inout [Link]) {
        guard other >= 0 else { return }
        let (first, second) = (root(min(one, other)), root(max(one, other)))
        guard first != second, open[first].sums.value == open[second].sums.value else { return }
        let (low, high) = (min(first, second), max(first, second))
        links.append(Link(from: open[low].tail, to: open[high].head))
        open[low].tail = open[high].tail
        open[low].sums.add(open[high].sums)
        open[high].sums.values = []
        parent[high] = Int32(low)
    }

    /// Ends a row of tiles.
    ///
    /// - Returns: objects that are complete now.
    package mutating func endRow() -> [Entry] {
        var kept: [Entry] = []
        var places = [Int32](repeating: -1, count: open.count)
        for x in below.indices where below[x] >= 0 {
            let root = root(below[x])
            if places[root] < 0 {
                places[root] = Int32(kept.count)
                kept.append(open[root])
            }
            below[x] = places[root]
        }
        let complete = open.indices.filter { Int(parent[$0]) == $0 && places[$0] < 0 }.map { open[$0] }
        open = kept
        parent = kept.indices.map { Int32($0) }
        swap(&above, &below)
        for x in below.indices { below[x] = -1 }
        beside = []
        return complete
    }

    /// The position of the first pixel of the earliest object that is not complete; nil without any.
    package var firstOpen: Int? { open.map(\.sums.first).min() }
}
