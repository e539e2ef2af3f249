package import Imaging

/// The parts of objects in one tile.
package struct TileObjects: Sendable {
    /// The tile, in image coordinates.
    package let core: PixelRect
    /// The components of the tile, in the order of their first pixels.
    package let components: RunComponents
    /// `[component]`.
    package private(set) var sums: [FragmentSums]
    private let window: CellWindow

    /// - Parameters:
    ///   - window: the tile with its halo; holes are filled and objects split in it.
    ///   - core: the tile, in image coordinates.
    package init(_ window: CellWindow, core: PixelRect, _ rules: ObjectRules) {
        var window = window
        if rules.fillsHoles { window.fillHoles(rules.connectivity) }
        if let depth = rules.splitDepth {
            let part = core.padded(by: 2, clippedTo: window.imageWidth, window.imageHeight)
            window.split(in: part, rules.connectivity, depth: depth)
        }
        self.window = window
        self.core = core
        components = RunComponents(window, in: core, rules.connectivity)
        sums = [FragmentSums](repeating: FragmentSums(), count: components.count)
        addRuns()
        addPerimeters()
    }

    private mutating func addRuns() {
        for y in core.y..<core.endY {
            for run in components.runs(ofRow: y) {
                let index = Int(run.component)
                if sums[index].area == 0 { sums[index].value = window.values[Int(run.value) - 1] }
                sums[index].add(Int(run.start) - core.x, Int(run.end) - core.x, row: y - core.y)
            }
        }
    }

    private mutating func addPerimeters() {
        let stride = window.stride
        // Whether a pixel is one of an object's border, for the tile and one pixel around it.
        var isBorder = [UInt8](repeating: 0, count: window.cells.count)
        window.cells.withUnsafeBufferPointer { cells in
            isBorder.withUnsafeMutableBufferPointer { isBorder in
                for y in max(window.frame.y, core.y - 1)..<min(window.frame.endY, core.endY + 1) {
                    let first = window.index(x: max(window.frame.x, core.x - 1), y: y)
                    let end = window.index(x: min(window.frame.endX, core.endX + 1), y: y)
                    for at in first..<end {
                        let cell = cells[at]
                        if cell == 0 { continue }
                        let differs =
                            (cells[at &- 1] ^ cell) | (cells[at &+ 1] ^ cell) | (cells[at &- stride] ^ cell)
                            | (cells[at &+ stride] ^ cell)
                        isBorder[at] = differs == 0 ? 0 : 1
                    }
                }
                sums.withUnsafeMutableBufferPointer { sums in
                    for y in core.y..<core.endY {
                        for run in components.runs(ofRow: y) {
                            let first = window.index(x: Int(run.start), y: y)
                            for at in first..<first &+ Int(run.end &- run.start) where isBorder[at] != 0 {
                                sums[Int(run.component)].perimeter.add(Self.neighbours(cells, isBorder, at, stride))
                            }
                        }
                    }
                }
            }
        }
    }

    private static func neighbours(
        _ cells: UnsafeBufferPointer<UInt32>, _ isBorder: UnsafeMutableBufferPointer<UInt8>, _ at: Int, _ stride: Int
    ) -> Int {
        let cell = cells[at]
        func one(_ other: Int) -> Int { cells[other] == cell ? Int(isBorder[other]) : 0 }
        let sides = one(at &- 1) &+ one(at &+ 1) &+ one(at &- stride) &+ one(at &+ stride)
        let above = one(at &- stride &- 1) &+ one(at &- stride &+ 1)
        let below = one(at &+ stride &- 1) &+ one(at &+ stride &+ 1)
        return 1 &+ 2 &* sides &+ 10 &* (above &+ below)
    }

    /// The outlines of all components: `[component]`.
    ///
    /// - Parameter marksJunctions: whether places where three or more regions meet are kept as vertices.
    package func outlines(marksJunctions: Bool) -> [[OutlineChain]] {
        OutlineTracer(window, core, marksJunctions: marksJunctions).chains(of: components)
    }

    /// The convex hulls of the centres of all components' pixels, in image coordinates: `[component]`.
    package func hulls() -> [[HullPoint]] {
        var first = [Int](repeating: 0, count: sums.count + 1)
        for (index, one) in sums.enumerated() { first[index + 1] = first[index] + one.endY - one.minY }
        var spans = [(left: Int32, right: Int32)](repeating: (Int32.max, Int32.min), count: first[sums.count])
        for y in core.y..<core.endY {
            for run in components.runs(ofRow: y) {
                let index = Int(run.component)
                let place = first[index] + y - core.y - sums[index].minY
                spans[place].left = min(spans[place].left, run.start)
                spans[place].right = max(spans[place].right, run.end - 1)
            }
        }
        return sums.indices.map { index in
            let rows = first[index]..<first[index + 1]
            let top = core.y + sums[index].minY
            let points = rows.flatMap { row in
                let y = top + row - rows.lowerBound
                return [HullPoint(x: Int(spans[row].left), y: y), HullPoint(x: Int(spans[row].right), y: y)]
            }
            return ConvexHull.vertices(ofSorted: points)
        }
    }

    /// `[component][channel]`: sums of the values of an image in the tile.
    ///
    /// - Parameter image: of the tile's size.
    package func values(in image: PixelBuffer) -> [[ValueSums]] { TileValues.sums(of: image, core, components) }

    /// The component of each pixel at a side of the tile, −1 for none; rows from left to right, columns from top to bottom.
    package var borders: (top: [Int32], bottom: [Int32], left: [Int32], right: [Int32]) {
        var (left, right) = ([Int32](), [Int32]())
        for y in core.y..<core.endY {
            let row = components.runs(ofRow: y)
            left.append(row.first.flatMap { Int($0.start) == core.x ? $0.component : nil } ?? -1)
            right.append(row.last.flatMap { Int($0.end) == core.endX ? $0.component : nil } ?? -1)
        }
        func line(_ y: Int) -> [Int32] {
            var line = [Int32](repeating: -1, count: core.width)
            for run in components.runs(ofRow: y) {
                for x in Int(run.start)..<Int(run.end) { line[x - core.x] = run.component }
            }
            return line
        }
        return (line(core.y), line(core.endY - 1), left, right)
    }
}
