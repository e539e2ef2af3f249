internal import Imaging

/// Finds the boxes that touch a rectangle: a packed R-tree.
///
/// 1. Boxes are sorted along a Z-order curve of their centres, so that neighbours in the list are neighbours in the plane.
/// 2. Sixteen that follow each other make a node, whose box is around theirs; sixteen nodes make a node above, up to one.
/// 3. A query goes down from the top through the nodes that it touches.
///
/// (Roussopoulos and Leifker 1985, packed; the order of Morton 1966.) Memory: 20 bytes a box and a fifteenth more.
struct BoxIndex: Sendable {
    /// A rectangle of pixels, half-open, within ±2³⁰.
    private struct Box {
        var left: Int32
        var top: Int32
        var right: Int32
        var bottom: Int32

        static let none = Box(left: .max, top: .max, right: .min, bottom: .min)

        init(left: Int32, top: Int32, right: Int32, bottom: Int32) {
            (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
        }

        /// - Parameter limit: beyond ± so many pixels it is cut.
        init(_ rect: PixelRect, limit: Int) {
            let clamp = { (value: Int) in Int32(Swift.max(-limit, Swift.min(limit, value))) }
            self.init(left: clamp(rect.x), top: clamp(rect.y), right: clamp(rect.endX), bottom: clamp(rect.endY))
        }

        func touches(_ other: Box) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }

        mutating func unite(_ other: Box) {
            (left, top) = (min(left, other.left), min(top, other.top))
            (right, bottom) = (max(right, other.right), max(bottom, other.bottom))
        }

        /// Its place on the curve.
        var key: UInt64 {
            let x = UInt64((Int(left) + Int(right)) / 2 + 1 << 30)
            let y = UInt64((Int(top) + Int(bottom)) / 2 + 1 << 30)
            return Self.spread(x) | Self.spread(y) << 1
        }

        /// The lower 32 bits with a 0 after each.
        private static func spread(_ value: UInt64) -> UInt64 {
            var bits = value & 0xFFFF_FFFF
            bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF
            bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FF
            bits = (bits | bits << 4) & 0x0F0F_0F0F_0F0F_0F0F
            bits = (bits | bits << 2) & 0x3333_3333_3333_3333
            return (bits | bits << 1) & 0x5555_5555_5555_5555
        }
    }

    /// The boxes in their order on the curve, then the nodes, level by level.
    private var boxes: [Box]
    /// Of each box, its position in the list that was given.
    private var ids: [Int32]
    /// Where the levels begin in `boxes`; the last one has one node.
    private var levels: [Int] = []

    private static let fanOut = 16
    /// What lies beyond it is at its border; queries reach one pixel further.
    private static let limit = 1 << 30

    /// - Parameter rects: at most 2³¹ − 1 of them.
    /// - Complexity: O(n log n).
    init(_ rects: [PixelRect]) {
        let given = rects.map { Box($0, limit: Self.limit - 1) }
        let keys = given.map(\.key)
        let order = given.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        ids = order.map { Int32($0) }
        boxes = order.map { given[$0] }
        var first = 0
        levels = [0]
        while boxes.count - first > 1 {
            let end = boxes.count
            for start in stride(from: first, to: end, by: Self.fanOut) {
                var node = Box.none
                for index in start..<min(end, start + Self.fanOut) { node.unite(boxes[index]) }
                boxes.append(node)
            }
            levels.append(end)
            first = end
        }
    }

    /// The positions of the boxes that touch `rect`, in ascending order.
    ///
    /// - Complexity: O(log n + k log k) for k boxes found.
    func touching(_ rect: PixelRect) -> [Int] {
        var found: [Int] = []
        _ = visit(rect) { found.append($0) == () }
        found.sort()
        return found
    }

    /// Whether a box touches `rect`.
    func touchesAny(_ rect: PixelRect) -> Bool { !visit(rect) { _ in false } }

    /// Calls `body` with the boxes that touch `rect`, in no order, until it says false.
    ///
    /// - Returns: whether it never did.
    private func visit(_ rect: PixelRect, _ body: (Int) -> Bool) -> Bool {
        guard !ids.isEmpty else { return true }
        let wanted = Box(rect, limit: Self.limit)
        return visit(level: levels.count - 1, place: 0, wanted, body)
    }

    private func visit(level: Int, place: Int, _ wanted: Box, _ body: (Int) -> Bool) -> Bool {
        guard boxes[levels[level] + place].touches(wanted) else { return true }
        guard level > 0 else { return body(Int(ids[place])) }
        let count = levels[level] - levels[level - 1]
        for child in place * Self.fanOut..<min(count, (place + 1) * Self.fanOut) {
            guard visit(level: level - 1, place: child, wanted, body) else { return false }
        }
        return true
    }
}
