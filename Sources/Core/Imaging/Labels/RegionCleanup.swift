/// Fills holes of classes, and gives small regions to their neighbours.
///
/// A region is a 4-connected component of pixels of one class. Pixels without a class belong to none, and are never changed.
///
/// 1. **Holes.** Of a class, a hole is an 8-connected component of pixels that are not of it, which has fewer than `holePixels`, none of
///    them without a class or at the image's border. It becomes of the class, whatever it consists of. Where a pixel lies in holes of
///    several classes, the largest hole counts, of equal ones that of the lowest class.
/// 2. **Small regions.** Of what is then there, a region of fewer than `regionPixels` becomes of the class with which it shares the most
///    pixel sides, counted with regions that are not small; of equal ones the lowest. One that touches no such region stays as it is (as
///    in GDAL's sieve filter). All are decided at once, so that nothing depends on an order.
///
/// A pixel depends on no pixel further away than `reachPixels` in row or column: a hole or region that is small ends before, and one that
/// is not shows as many pixels as decide. So a window that is padded by it, and cut at the image's border alone, gives the pixels of
/// the whole image.
package struct RegionCleanup: Codable, Hashable, Sendable {
    /// Stands for no class.
    package static let none: UInt8 = 255
    /// Pixels that sizes may be compared with.
    package static let pixelsRange = 0...1_000_000

    /// Regions with fewer pixels are small; 0 for none.
    package let regionPixels: Int
    /// Holes with fewer pixels are filled; 0 for none.
    package let holePixels: Int

    /// - Precondition: both in `pixelsRange`.
    package init(regionPixels: Int, holePixels: Int) {
        precondition(
            Self.pixelsRange.contains(regionPixels) && Self.pixelsRange.contains(holePixels), "\(regionPixels), \(holePixels)")
        (self.regionPixels, self.holePixels) = (regionPixels, holePixels)
    }

    /// Whether nothing is changed.
    package var isEmpty: Bool { regionPixels <= 1 && holePixels <= 1 }

    /// How far a pixel's class may depend on others, in rows and columns.
    package var reachPixels: Int { (regionPixels > 1 ? 2 * regionPixels : 0) + (holePixels > 1 ? holePixels + 1 : 0) }

    /// The classes of a window, cleaned.
    ///
    /// - Parameter classes: `[row][column]`: class indices, or `none`.
    /// - Complexity: O(pixels · classes in the window); 13 bytes a pixel.
    package func cleaned(_ classes: [UInt8], width: Int, height: Int) -> [UInt8] {
        precondition(classes.count == width * height, "\(classes.count) classes of \(width)×\(height) pixels")
        var cleaned = classes
        if holePixels > 1 { fillHoles(&cleaned, width, height) }
        if regionPixels > 1 { dissolveRegions(&cleaned, width, height) }
        return cleaned
    }

    private func fillHoles(_ classes: inout [UInt8], _ width: Int, _ height: Int) {
        let present = Set(classes).subtracting([Self.none]).sorted()
        guard present.count > 1 else { return }
        let given = classes
        // Of the largest hole so far that a pixel lies in.
        var sizes = [Int32](repeating: 0, count: given.count)
        var search = ComponentSearch(width: width, height: height)
        for label in present {
            search.forEach(hasCorners: true) {
                given[$0] != label
            } body: { pixels in
                guard pixels.count < holePixels else { return }
                let isOpen = pixels.contains { pixel in
                    let (row, column) = (pixel / width, pixel % width)
                    return given[pixel] == Self.none || row == 0 || column == 0 || row == height - 1 || column == width - 1
                }
                if isOpen { return }
                for pixel in pixels where Int(sizes[pixel]) < pixels.count {
                    sizes[pixel] = Int32(pixels.count)
                    classes[pixel] = label
                }
            }
        }
    }

    private func dissolveRegions(_ classes: inout [UInt8], _ width: Int, _ height: Int) {
        let given = classes
        var isSmall = [Bool](repeating: false, count: given.count)
        var search = ComponentSearch(width: width, height: height)
        search.forEach(of: given) { pixels in
            if pixels.count < regionPixels, given[pixels[0]] != Self.none { for pixel in pixels { isSmall[pixel] = true } }
        }
        search.forEach(of: given) { pixels in
            guard isSmall[pixels[0]] else { return }
            var sides = [Int](repeating: 0, count: 256)
            for pixel in pixels {
                let (row, column) = (pixel / width, pixel % width)
                func count(_ other: Int) {
                    if !isSmall[other], given[other] != Self.none { sides[Int(given[other])] += 1 }
                }
                if row > 0 { count(pixel - width) }
                if row + 1 < height { count(pixel + width) }
                if column > 0 { count(pixel - 1) }
                if column + 1 < width { count(pixel + 1) }
            }
            // The first of equal ones.
            guard let most = sides.max(), most > 0, let winner = sides.firstIndex(of: most) else { return }
            for pixel in pixels { classes[pixel] = UInt8(winner) }
        }
    }
}

/// Finds connected components of a window's pixels one by one, by filling from pixel to pixel.
private struct ComponentSearch {
    let width: Int
    let height: Int
    private var isFound: [Bool]
    /// The pixels of the component that is filled.
    private var pixels: [Int] = []

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        isFound = [Bool](repeating: false, count: width * height)
    }

    /// Calls `body` with the pixels of each component of those that are wanted, in the order of their first pixels.
    ///
    /// - Parameter hasCorners: whether pixels that touch by a corner are connected.
    mutating func forEach(hasCorners: Bool, where isWanted: (Int) -> Bool, body: ([Int]) -> Void) {
        forEach(hasCorners: hasCorners, joins: { isWanted($1) }, where: isWanted, body: body)
    }

    /// Calls `body` with the pixels of each 4-connected component of equal values.
    mutating func forEach(of values: [UInt8], body: ([Int]) -> Void) {
        forEach(hasCorners: false, joins: { values[$0] == values[$1] }, where: { _ in true }, body: body)
    }

    private mutating func forEach(
        hasCorners: Bool, joins: (_ pixel: Int, _ other: Int) -> Bool, where isWanted: (Int) -> Bool, body: ([Int]) -> Void
    ) {
        for index in isFound.indices { isFound[index] = false }
        for start in 0..<width * height where !isFound[start] && isWanted(start) {
            pixels.removeAll(keepingCapacity: true)
            pixels.append(start)
            isFound[start] = true
            var next = 0
            while next < pixels.count {
                let pixel = pixels[next]
                next += 1
                let (row, column) = (pixel / width, pixel % width)
                for y in max(0, row - 1)...min(height - 1, row + 1) {
                    for x in max(0, column - 1)...min(width - 1, column + 1) where hasCorners || y == row || x == column {
                        let other = y * width + x
                        if !isFound[other], joins(pixel, other) {
                            isFound[other] = true
                            pixels.append(other)
                        }
                    }
                }
            }
            body(pixels)
        }
    }
}
