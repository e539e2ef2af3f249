/// Parts of a mask at the necks between its thick places: the watershed of the distance to the outside, seen from its summits.
///
/// 1. Pixels are taken in the order of falling distance, pixels of the same distance row by row.
/// 2. A pixel without a neighbour that was taken is a new summit.
/// 3. Any other pixel belongs to the part of its neighbour with the largest distance, of equal ones the earliest that was taken.
/// 4. Each other part that it touches becomes one with that part if the lower of the two summits is less than `depth` above the pixel.
enum Watershed {
    /// Parts of a mask.
    struct Basins {
        /// `[row][column]`: −1 outside of the mask, otherwise below `count`, in the order of first pixels.
        var numbers: [Int32]
        var count: Int
    }

    /// - Parameter mask: `[row][column]`, connected.
    static func basins(
        of mask: [Bool], width: Int, height: Int, _ connectivity: ObjectRules.Connectivity, depth: Double
    ) -> Basins {
        let squares = DistanceTransform.squares(of: mask, width: width, height: height)
        let order = mask.indices.filter { mask[$0] }.sorted { (squares[$1], $0) < (squares[$0], $1) }
        var flood = Flood(width: width, height: height, squares: squares, connectivity, depth: depth)
        for pixel in order { flood.take(pixel) }
        return flood.basins(of: mask)
    }
}

private struct Flood {
    private let width: Int
    private let height: Int
    private let squares: [Int32]
    private let offsets: [(x: Int, y: Int)]
    private let depth: Double
    /// `[row][column]`: when a pixel was taken; −1 if it was not.
    private var ranks: [Int32]
    /// `[row][column]`: the summit that a pixel belongs to.
    private var summits: [Int32]
    /// `[summit]`: where it went, and its pixel.
    private var parent: [Int32] = []
    private var peaks: [Int32] = []

    init(width: Int, height: Int, squares: [Int32], _ connectivity: ObjectRules.Connectivity, depth: Double) {
        (self.width, self.height, self.squares, self.depth) = (width, height, squares, depth)
        let sides = [(x: 0, y: -1), (x: -1, y: 0), (x: 1, y: 0), (x: 0, y: 1)]
        let corners = [(x: -1, y: -1), (x: 1, y: -1), (x: -1, y: 1), (x: 1, y: 1)]
        offsets = connectivity == .four ? sides : sides + corners
        ranks = [Int32](repeating: -1, count: width * height)
        summits = ranks
    }

    private var taken: Int32 = 0

    mutating func take(_ pixel: Int) {
        defer {
            ranks[pixel] = taken
            taken += 1
        }
        let (x, y) = (pixel % width, pixel / width)
        var best = -1
        var roots: [Int] = []
        for offset in offsets {
            let (otherX, otherY) = (x + offset.x, y + offset.y)
            guard otherX >= 0, otherX < width, otherY >= 0, otherY < height else { continue }
            let other = otherY * width + otherX
            guard ranks[other] >= 0 else { continue }
            if best < 0 || (squares[best], ranks[other]) < (squares[other], ranks[best]) { best = other }
            let root = root(Int(summits[other]))
            if !roots.contains(root) { roots.append(root) }
        }
        guard best >= 0 else {
            summits[pixel] = Int32(parent.count)
            parent.append(Int32(parent.count))
            peaks.append(squares[pixel])
            return
        }
        summits[pixel] = summits[best]
        guard roots.count > 1 else { return }
        let level = Double(squares[pixel]).squareRoot()
        for other in roots.sorted() {
            // Summits are numbered as they were found, so a lower number is at least as high.
            let own = root(Int(summits[pixel]))
            let (high, low) = (min(own, other), max(own, other))
            if high != low, Double(peaks[low]).squareRoot() - level < depth { parent[low] = Int32(high) }
        }
    }

    private func root(_ summit: Int) -> Int {
        var summit = summit
        while Int(parent[summit]) != summit { summit = Int(parent[summit]) }
        return summit
    }

    func basins(of mask: [Bool]) -> Watershed.Basins {
        var numbers = [Int32](repeating: -1, count: mask.count)
        var known = [Int32](repeating: -1, count: parent.count)
        var count: Int32 = 0
        for pixel in mask.indices where mask[pixel] {
            let root = root(Int(summits[pixel]))
            if known[root] < 0 {
                known[root] = count
                count += 1
            }
            numbers[pixel] = known[root]
        }
        return Watershed.Basins(numbers: numbers, count: Int(count))
    }
}
