/// The outline of an object: polygons along the sides of pixels.
///
/// No ring passes a corner twice: where an object's pixels meet diagonally, its rings touch. Vertices are where the outline turns, and
/// junctions if they are marked. A ring begins at its first vertex, row by row.
package struct ObjectOutline: Hashable, Sendable {
    package typealias Ring = [OutlineVertex]

    package struct Polygon: Hashable, Sendable {
        /// Clockwise as the picture is seen: Σ (x₁y₂ − x₂y₁) is above 0.
        package var exterior: Ring
        /// The other way round.
        package var holes: [Ring]
    }

    /// By the first vertices of their exteriors.
    package var polygons: [Polygon]

    package init(polygons: [Polygon]) { self.polygons = polygons }

    /// Joins the parts of all tiles.
    ///
    /// - Parameter chains: in any order.
    /// - Throws: `ObjectError` when they do not fit together.
    /// - Complexity: O(n log n) in the number of steps.
    package init(joining chains: [OutlineChain]) throws(ObjectError) {
        var rings: [Ring] = []
        for loop in try Self.loops(of: chains) { Self.split(Self.ring(of: loop), into: &rings) }
        polygons = try Self.nest(rings)
    }

    private struct Key: Hashable {
        var x: Int
        var y: Int
        var direction: OutlineDirection
    }

    /// The closed loops that chains are parts of.
    private static func loops(of chains: [OutlineChain]) throws(ObjectError) -> [OutlineChain] {
        var loops: [OutlineChain] = []
        var starts: [Key: Int] = [:]
        for (index, chain) in chains.enumerated() {
            guard let first = chain.steps.first else { continue }
            if chain.exit == nil {
                loops.append(chain)
            } else if starts.updateValue(index, forKey: Key(x: chain.x, y: chain.y, direction: first.direction)) != nil {
                throw ObjectError("outline: expected one way from column \(chain.x), row \(chain.y), found two")
            }
        }
        var isUsed = [Bool](repeating: false, count: chains.count)
        for (index, chain) in chains.enumerated() where chain.exit != nil && !isUsed[index] {
            var loop = OutlineChain(x: chain.x, y: chain.y)
            var next = index
            repeat {
                isUsed[next] = true
                loop.steps += chains[next].steps
                let end = chains[next].end
                guard let exit = chains[next].exit, let following = starts[Key(x: end.x, y: end.y, direction: exit)],
                    following == index || !isUsed[following]
                else { throw ObjectError("outline: expected a way on from column \(end.x), row \(end.y), found none") }
                next = following
            } while next != index
            loops.append(loop)
        }
        return loops
    }

    /// The vertices of a loop, from the first one on, row by row.
    private static func ring(of loop: OutlineChain) -> Ring {
        var ring: Ring = []
        var (x, y) = (loop.x, loop.y)
        guard var last = loop.steps.last else { return [] }
        for step in loop.steps {
            if step.direction != last.direction || last.endsAtJunction {
                ring.append(OutlineVertex(x: x, y: y, isJunction: last.endsAtJunction))
            }
            (x, y, last) = (x + step.direction.dx * step.length, y + step.direction.dy * step.length, step)
        }
        return begin(ring)
    }

    /// The same ring from its first vertex on, row by row.
    private static func begin(_ ring: Ring) -> Ring {
        guard let first = ring.indices.min(by: { (ring[$0].y, ring[$0].x) < (ring[$1].y, ring[$1].x) }) else { return ring }
        return Array(ring[first...]) + ring[..<first]
    }

    /// Cuts a ring where it passes a corner a second time.
    private static func split(_ ring: Ring, into rings: inout [Ring]) {
        struct Place: Hashable {
            var x: Int
            var y: Int
        }
        var path: Ring = []
        var places: [Place: Int] = [:]
        for vertex in ring {
            let place = Place(x: vertex.x, y: vertex.y)
            if let first = places[place] {
                rings.append(begin(Array(path[first...])))
                for cut in path[(first + 1)...] { places[Place(x: cut.x, y: cut.y)] = nil }
                path.removeSubrange((first + 1)...)
            } else {
                places[place] = path.count
                path.append(vertex)
            }
        }
        rings.append(begin(path))
    }

    /// Twice the area in a ring; below 0 for a hole.
    package static func doubleArea(of ring: Ring) -> Int {
        guard var last = ring.last else { return 0 }
        var sum = 0
        for vertex in ring {
            sum += last.x * vertex.y - vertex.x * last.y
            last = vertex
        }
        return sum
    }

    /// Puts each hole into the polygon that it lies in.
    private static func nest(_ rings: [Ring]) throws(ObjectError) -> [Polygon] {
        let sorted = rings.filter { !$0.isEmpty }.sorted { one, two in
            (one[0].y, one[0].x, doubleArea(of: two)) < (two[0].y, two[0].x, doubleArea(of: one))
        }
        var polygons: [Polygon] = []
        var holes: [Int] = []
        /// `[ring]`: the polygon that it is of.
        var owners = [Int](repeating: -1, count: sorted.count)
        for (index, ring) in sorted.enumerated() {
            if doubleArea(of: ring) > 0 {
                owners[index] = polygons.count
                polygons.append(Polygon(exterior: ring, holes: []))
            } else {
                holes.append(index)
            }
        }
        guard !holes.isEmpty else { return polygons }
        guard polygons.count > 1 else {
            guard polygons.count == 1 else { throw ObjectError("outline: expected a ring around the object, found none") }
            polygons[0].holes = holes.map { sorted[$0] }
            return polygons
        }
        let sides = UprightSides(sorted, inRows: Set(holes.map { sorted[$0][0].y }))
        for index in holes {
            // To the left of a hole's first corner is the object; the next side to the left is of the ring around it, or of another hole in
            // it, which has its place already.
            let first = sorted[index][0]
            guard let neighbour = sides.nearest(leftOf: first.x, row: first.y), owners[neighbour] >= 0 else {
                throw ObjectError("outline: expected a ring around column \(first.x), row \(first.y), found none")
            }
            owners[index] = owners[neighbour]
            polygons[owners[index]].holes.append(sorted[index])
        }
        return polygons
    }
}

/// The upright sides of rings in some rows of pixels.
private struct UprightSides {
    /// `[row]`: columns, ascending, and the rings that they are of.
    private var sides: [Int: (columns: [Int], rings: [Int])] = [:]

    init(_ rings: [ObjectOutline.Ring], inRows rows: Set<Int>) {
        let wanted = rows.sorted()
        var found: [Int: [(x: Int, ring: Int)]] = [:]
        for (number, ring) in rings.enumerated() {
            guard var last = ring.last else { continue }
            for vertex in ring {
                if vertex.x == last.x {
                    let (top, bottom) = (min(last.y, vertex.y), max(last.y, vertex.y))
                    var place = wanted.partition { $0 >= top }
                    while place < wanted.count, wanted[place] < bottom {
                        found[wanted[place], default: []].append((vertex.x, number))
                        place += 1
                    }
                }
                last = vertex
            }
        }
        for (row, list) in found {
            let sorted = list.sorted { $0.x < $1.x }
            sides[row] = (sorted.map(\.x), sorted.map(\.ring))
        }
    }

    /// The ring of the last side to the left of a column.
    func nearest(leftOf x: Int, row: Int) -> Int? {
        guard let row = sides[row] else { return nil }
        let place = row.columns.partition { $0 >= x }
        return place > 0 ? row.rings[place - 1] : nil
    }
}

extension [Int] {
    /// The number of elements at the front for which `isLater` is false; they are in that order.
    fileprivate func partition(_ isLater: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isLater(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
