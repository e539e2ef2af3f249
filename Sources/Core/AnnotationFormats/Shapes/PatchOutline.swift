internal import Annotations
internal import Imaging

/// The outlines of marked pixels as polygons along the pixels' edges.
///
/// 1. Runs of neighbouring rows that share a column belong to one part (4-connected), found by union of sets.
/// 2. Each edge between a marked pixel and one that is not becomes an arrow with the marked pixel on its right, horizontal ones joined
///    to pieces between corners.
/// 3. Arrows are followed from corner to corner. Where two arrows leave a corner (pixels that touch at it alone), the way stays with its
///    part, and turns left if both belong to it: rings touch themselves nowhere, and each other at corners only.
/// 4. A ring that turns clockwise as shown is the exterior of its part, any other a hole.
///
/// Parts come in the order of their first pixels, holes likewise. What the polygons cover by the centres of pixels is the patch.
enum PatchOutline {
    /// A corner of pixels.
    private struct Corner: Hashable {
        var x: Int
        var y: Int
    }

    /// Which way an arrow points: right, down, left, up.
    private enum Heading: Int { case right, down, left, up }

    static func polygons(of patch: RasterPatch) -> [AnnotationPolygon] {
        let parts = parts(of: patch)
        var leaving: [Corner: [(heading: Heading, to: Corner, part: Int)]] = [:]
        func arrow(_ from: Corner, _ to: Corner, _ heading: Heading, _ part: Int) {
            leaving[from, default: []].append((heading, to, part))
        }
        // Tops and bottoms, cut where the other row changes.
        for row in 0...patch.rows.count {
            let above = row > 0 ? patch.rows[row - 1] : []
            let below = row < patch.rows.count ? patch.rows[row] : []
            for (index, run) in below.enumerated() {
                for gap in run.gaps(in: above) {
                    arrow(Corner(x: gap.lowerBound, y: row), Corner(x: gap.upperBound, y: row), .right, parts[row][index])
                }
            }
            for (index, run) in above.enumerated() {
                for gap in run.gaps(in: below) {
                    arrow(Corner(x: gap.upperBound, y: row), Corner(x: gap.lowerBound, y: row), .left, parts[row - 1][index])
                }
            }
        }
        for (row, runs) in patch.rows.enumerated() {
            for (index, run) in runs.enumerated() {
                let (left, right) = (run.lowerBound, run.upperBound)
                arrow(Corner(x: right, y: row), Corner(x: right, y: row + 1), .down, parts[row][index])
                arrow(Corner(x: left, y: row + 1), Corner(x: left, y: row), .up, parts[row][index])
            }
        }
        return rings(&leaving, of: patch, parts)
    }

    /// Follows the arrows; each is used once.
    private static func rings(
        _ leaving: inout [Corner: [(heading: Heading, to: Corner, part: Int)]], of patch: RasterPatch, _ parts: [[Int]]
    ) -> [AnnotationPolygon] {
        var polygons: [Int: AnnotationPolygon] = [:]
        var order: [Int] = []
        for (row, runs) in patch.rows.enumerated() {
            // The top left corner of an exterior is that of a run; that of a hole is the top right corner of one.
            for x in Set(runs.flatMap { [$0.lowerBound, $0.upperBound] }).sorted() {
                while let first = leaving[Corner(x: x, y: row)]?.first {
                    let (ring, part) = follow(first, from: Corner(x: x, y: row), &leaving)
                    let points = ring.map {
                        AnnotationPoint(x: Double($0.x + patch.bounds.x), y: Double($0.y + patch.bounds.y))
                    }
                    if polygons[part] == nil { order.append(part) }
                    if AnnotationPolygon.area(of: points) > 0 {
                        polygons[part, default: AnnotationPolygon(exterior: [])].exterior = points
                    } else {
                        polygons[part, default: AnnotationPolygon(exterior: [])].holes.append(points)
                    }
                }
            }
        }
        return order.compactMap { polygons[$0] }
    }

    /// The ring that an arrow belongs to: its corners, without those on straight lines.
    private static func follow(
        _ first: (heading: Heading, to: Corner, part: Int), from start: Corner,
        _ leaving: inout [Corner: [(heading: Heading, to: Corner, part: Int)]]
    ) -> (ring: [Corner], part: Int) {
        var ring: [Corner] = []
        var (place, arrow) = (start, first)
        var heading: Heading?
        while true {
            if heading != arrow.heading { ring.append(place) }
            heading = arrow.heading
            let next = arrow.to
            // Left of the way first, then straight on, then right. The first arrow stays until the way comes back to it.
            let ahead = (leaving[next] ?? []).filter { $0.part == first.part }
            let chosen = [3, 0, 1].lazy.compactMap { turn in
                ahead.first { $0.heading.rawValue == (arrow.heading.rawValue + turn) & 3 }
            }.first
            if place != start || arrow.heading != first.heading { remove(arrow.heading, at: place, from: &leaving) }
            guard let chosen, next != start || chosen.heading != first.heading else { break }
            (place, arrow) = (next, chosen)
        }
        remove(first.heading, at: start, from: &leaving)
        // The start may lie on a straight line.
        if ring.count > 2, heading == first.heading { ring.removeFirst() }
        return (ring, first.part)
    }

    private static func remove(
        _ heading: Heading, at corner: Corner, from leaving: inout [Corner: [(heading: Heading, to: Corner, part: Int)]]
    ) {
        leaving[corner]?.removeAll { $0.heading == heading }
        if leaving[corner]?.isEmpty == true { leaving[corner] = nil }
    }

    /// The number of the part of each run.
    private static func parts(of patch: RasterPatch) -> [[Int]] {
        var parents: [Int] = []
        func root(_ index: Int) -> Int {
            var index = index
            while parents[index] != index {
                parents[index] = parents[parents[index]]
                index = parents[index]
            }
            return index
        }
        var numbers: [[Int]] = []
        for (row, runs) in patch.rows.enumerated() {
            numbers.append(runs.indices.map { parents.count + $0 })
            parents += numbers[row]
            guard row > 0 else { continue }
            let above = patch.rows[row - 1]
            var index = 0
            for (position, run) in runs.enumerated() {
                while index < above.count, above[index].upperBound <= run.lowerBound { index += 1 }
                var other = index
                while other < above.count, above[other].lowerBound < run.upperBound {
                    let (one, two) = (root(numbers[row][position]), root(numbers[row - 1][other]))
                    parents[max(one, two)] = min(one, two)
                    other += 1
                }
            }
        }
        return numbers.map { $0.map(root) }
    }
}

extension Range<Int> {
    /// What of the range lies in none of `others`, which ascend and do not touch; cut also where one of them begins or ends at its border.
    fileprivate func gaps(in others: [Range<Int>]) -> [Range<Int>] {
        var gaps: [Range<Int>] = []
        var start = lowerBound
        var (low, high) = (0, others.count)
        while low < high {
            let middle = (low + high) / 2
            if others[middle].upperBound <= lowerBound { low = middle + 1 } else { high = middle }
        }
        for other in others[low...] {
            guard other.lowerBound < upperBound else { break }
            if start < other.lowerBound { gaps.append(start..<other.lowerBound) }
            start = Swift.max(start, other.upperBound)
        }
        if start < upperBound { gaps.append(start..<upperBound) }
        return gaps
    }
}
