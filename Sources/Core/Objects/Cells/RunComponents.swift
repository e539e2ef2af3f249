package import Imaging

/// The connected components of the cells in a rectangle, as runs: stretches of a row with one value.
///
/// 1. Rows are cut into runs.
/// 2. The runs of a row and those of the row above that touch and have the same value are joined (union–find, towards the earlier run).
/// 3. Components are numbered by their first pixels, row by row.
package struct RunComponents: Sendable {
    /// A stretch of a row: columns `start ..< end` of the image.
    package struct Run: Sendable {
        package var start: Int32
        package var end: Int32
        package var value: UInt32
        package var component: Int32
    }

    /// In image coordinates.
    package let rect: PixelRect
    package private(set) var runs: [Run] = []
    /// Position in `runs` of the first run of each row, and their number after them.
    package private(set) var rowStarts: [Int]
    /// Number of components.
    package private(set) var count = 0

    /// - Parameters:
    ///   - rect: in image coordinates, inside the window.
    ///   - isOfTheRest: whether components of the cells that are 0 are wanted instead, under the other connectivity.
    package init(
        _ window: CellWindow, in rect: PixelRect, _ connectivity: ObjectRules.Connectivity, ofTheRest isOfTheRest: Bool = false
    ) {
        self.rect = rect
        rowStarts = [0]
        rowStarts.reserveCapacity(rect.height + 1)
        var parent: [Int32] = []
        let reach: Int32 = (isOfTheRest ? connectivity.ofTheRest : connectivity) == .eight ? 1 : 0
        window.cells.withUnsafeBufferPointer { cells in
            for y in rect.y..<rect.endY {
                Self.cut(cells, from: window.index(x: rect.x, y: y), rect, isOfTheRest, into: &runs)
                let (begin, above) = (rowStarts[rowStarts.count - 1], rowStarts.count > 1 ? rowStarts[rowStarts.count - 2] : 0)
                for index in parent.count..<runs.count { parent.append(Int32(truncatingIfNeeded: index)) }
                rowStarts.append(runs.count)
                join(above, begin, reach, &parent)
            }
        }
        number(&parent)
    }

    private static func cut(
        _ cells: UnsafeBufferPointer<UInt32>, from first: Int, _ rect: PixelRect, _ isOfTheRest: Bool, into runs: inout [Run]
    ) {
        var column = 0
        while column < rect.width {
            let value = cells[first &+ column]
            let start = column
            column &+= 1
            while column < rect.width, cells[first &+ column] == value { column &+= 1 }
            guard (value == 0) == isOfTheRest else { continue }
            runs.append(
                Run(
                    start: Int32(truncatingIfNeeded: rect.x &+ start), end: Int32(truncatingIfNeeded: rect.x &+ column),
                    value: value,
                    component: 0))
        }
    }

    /// Joins the runs of the last row, from `begin` on, with those of the row above it, from `above` on.
    private func join(_ above: Int, _ begin: Int, _ reach: Int32, _ parent: inout [Int32]) {
        var upper = above
        for index in begin..<runs.count {
            let run = runs[index]
            while upper < begin, runs[upper].end &+ reach <= run.start { upper &+= 1 }
            var other = upper
            while other < begin, runs[other].start < run.end &+ reach {
                if runs[other].value == run.value { Self.unite(index, other, &parent) }
                other &+= 1
            }
        }
    }

    private static func root(_ index: Int, _ parent: inout [Int32]) -> Int {
        var index = index
        while Int(parent[index]) != index {
            parent[index] = parent[Int(parent[index])]
            index = Int(parent[index])
        }
        return index
    }

    private static func unite(_ one: Int, _ other: Int, _ parent: inout [Int32]) {
        let (first, second) = (root(one, &parent), root(other, &parent))
        if first < second {
            parent[second] = Int32(truncatingIfNeeded: first)
        } else {
            parent[first] = Int32(truncatingIfNeeded: second)
        }
    }

    private mutating func number(_ parent: inout [Int32]) {
        for index in runs.indices {
            let root = Self.root(index, &parent)
            if root == index {
                runs[index].component = Int32(truncatingIfNeeded: count)
                count += 1
            } else {
                runs[index].component = runs[root].component
            }
        }
    }

    /// The runs of a row of the image.
    package func runs(ofRow y: Int) -> ArraySlice<Run> { runs[rowStarts[y - rect.y]..<rowStarts[y - rect.y + 1]] }
}

extension RunComponents {
    /// The box of each component, in image coordinates: columns and rows `x ..< endX`, `y ..< endY`.
    struct Box: Sendable {
        var x = Int.max
        var y = Int.max
        var endX = Int.min
        var endY = Int.min

        var width: Int { endX - x }
        var height: Int { endY - y }
    }

    /// `[component]`.
    var boxes: [Box] {
        var boxes = [Box](repeating: Box(), count: count)
        for y in rect.y..<rect.endY {
            for run in runs(ofRow: y) {
                let index = Int(run.component)
                boxes[index].x = min(boxes[index].x, Int(run.start))
                boxes[index].endX = max(boxes[index].endX, Int(run.end))
                boxes[index].y = min(boxes[index].y, y)
                boxes[index].endY = max(boxes[index].endY, y + 1)
            }
        }
        return boxes
    }
}
