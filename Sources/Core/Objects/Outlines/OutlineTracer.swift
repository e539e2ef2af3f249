internal import Imaging

/// Follows the sides of pixels between an object and what is beside it, with the object to the right: around it clockwise as the picture is
/// seen, around holes the other way.
///
/// 1. At a corner where two of the object's pixels meet diagonally, the way stays with its own pixel.
/// 2. A side belongs to the tile of its inner pixel. First the ways are followed that come in from other tiles, up to where they leave.
/// 3. Every closed loop has a side that goes east; what is left of these is followed then, row by row.
struct OutlineTracer {
    private let window: CellWindow
    private let core: PixelRect
    private let marksJunctions: Bool
    /// By direction: the cell ahead, and the one to the left.
    private let ahead: [Int]
    private let left: [Int]

    init(_ window: CellWindow, _ core: PixelRect, marksJunctions: Bool) {
        (self.window, self.core, self.marksJunctions) = (window, core, marksJunctions)
        let stride = window.stride
        (ahead, left) = ([1, stride, -1, -stride], [-stride, 1, stride, -1])
    }

    /// `[component]`.
    func chains(of components: RunComponents) -> [[OutlineChain]] {
        var chains = [[OutlineChain]](repeating: [], count: components.count)
        var isDone = [Bool](repeating: false, count: window.cells.count)
        window.cells.withUnsafeBufferPointer { cells in
            isDone.withUnsafeMutableBufferPointer { isDone in
                for y in core.y..<core.endY {
                    for run in components.runs(ofRow: y) {
                        let isEdgeRow = y == core.y || y == core.endY - 1
                        for x in Int(run.start)..<Int(run.end) where isEdgeRow || x == core.x || x == core.endX - 1 {
                            enter(cells, x, y, isDone) { chains[Int(run.component)].append($0) }
                        }
                    }
                }
                for y in core.y..<core.endY {
                    for run in components.runs(ofRow: y) {
                        var at = window.index(x: Int(run.start), y: y)
                        for x in Int(run.start)..<Int(run.end) {
                            if cells[at &- window.stride] != run.value, !isDone[at] {
                                chains[Int(run.component)].append(follow(cells, x, y, .east, isDone))
                            }
                            at &+= 1
                        }
                    }
                }
            }
        }
        return chains
    }

    /// Follows the ways that come into the tile at a pixel.
    private func enter(
        _ cells: UnsafeBufferPointer<UInt32>, _ x: Int, _ y: Int, _ isDone: UnsafeMutableBufferPointer<Bool>,
        _ found: (OutlineChain) -> Void
    ) {
        let at = window.index(x: x, y: y)
        for number in UInt8(0)..<4 {
            let place = Int(number)
            guard cells[at + left[place]] != cells[at], let direction = OutlineDirection(rawValue: number) else { continue }
            let behind = at - ahead[place]
            guard cells[behind] == cells[at] else { continue }
            var from = (x: x - direction.dx, y: y - direction.dy)
            if cells[behind + left[place]] == cells[at] {
                let side = direction.turnedLeft
                from = (from.x + side.dx, from.y + side.dy)
            }
            if !holds(from.x, from.y) { found(follow(cells, x, y, direction, isDone)) }
        }
    }

    private func holds(_ x: Int, _ y: Int) -> Bool { x >= core.x && x < core.endX && y >= core.y && y < core.endY }

    /// Follows the way along a side of a pixel until it leaves the tile or is back.
    private func follow(
        _ cells: UnsafeBufferPointer<UInt32>, _ firstX: Int, _ firstY: Int, _ first: OutlineDirection,
        _ isDone: UnsafeMutableBufferPointer<Bool>
    ) -> OutlineChain {
        var (x, y, direction) = (firstX, firstY, first)
        var at = window.index(x: x, y: y)
        let value = cells[at]
        let start = Self.corner(x, y, first)
        var chain = OutlineChain(x: start.x, y: start.y)
        var length = 0
        while true {
            length += 1
            if direction == .east { isDone[at] = true }
            let place = Int(direction.rawValue)
            var (next, nextX, nextY) = (direction, x, y)
            if cells[at + ahead[place]] != value {
                next = direction.turnedRight
            } else {
                (nextX, nextY) = (x + direction.dx, y + direction.dy)
                if cells[at + ahead[place] + left[place]] == value {
                    next = direction.turnedLeft
                    (nextX, nextY) = (nextX + next.dx, nextY + next.dy)
                }
            }
            let isJunction = marksJunctions && isJunction(cells, at, place)
            let leaves = !holds(nextX, nextY)
            let isBack = nextX == firstX && nextY == firstY && next == first
            if next != direction || isJunction || leaves || isBack {
                chain.steps.append(OutlineChain.Step(direction: direction, length: length, endsAtJunction: isJunction))
                length = 0
            }
            if leaves { chain.exit = next }
            if leaves || isBack { return chain }
            (x, y, direction) = (nextX, nextY, next)
            at = window.index(x: x, y: y)
        }
    }

    /// Where the side of a pixel begins that has this direction.
    private static func corner(_ x: Int, _ y: Int, _ direction: OutlineDirection) -> (x: Int, y: Int) {
        switch direction {
        case .east: (x, y)
        case .south: (x + 1, y)
        case .west: (x + 1, y + 1)
        case .north: (x, y + 1)
        }
    }

    /// Whether three or more sides between different regions meet at the end of a pixel's side.
    private func isJunction(_ cells: UnsafeBufferPointer<UInt32>, _ at: Int, _ place: Int) -> Bool {
        let (one, two) = (cells[at], cells[at + left[place]])
        let (three, four) = (cells[at + ahead[place]], cells[at + ahead[place] + left[place]])
        let count = (one != two ? 1 : 0) + (two != four ? 1 : 0) + (four != three ? 1 : 0) + (three != one ? 1 : 0)
        return count > 2
    }
}
