/// Up to `capacity` words of 64 pixels, the unit in which a forest is applied.
///
/// A word is an 8×8 patch of an image, whose pixels mostly take the same way down a tree, or 64 successive rows of a table. The
/// bins of a block are copied to `[feature][word][pixel of the word]`, where one compare tests a whole word. Pixels of a patch
/// outside the image are masked out and never counted.
final class PixelBlock {
    /// The most words of a block.
    let capacity: Int
    /// The number of words in use.
    private(set) var wordCount = 0
    /// `[word]`: the pixels in use.
    let inUse: UnsafeMutablePointer<UInt64>
    /// `[feature][word][64]`, features `planeStride` bytes apart.
    private(set) var bins: UnsafeMutablePointer<UInt8>
    /// Bytes from feature to feature: a little more than a power of two, so that planes do not fall on the same cache sets.
    let planeStride: Int
    private var featureCapacity = 0
    /// Where the block lies in its image or table.
    private(set) var area: Area = .rows(first: 0)

    /// What the pixels of a block are.
    enum Area {
        /// Patches in row-major order, `columns` in a row, the first at pixel (x, y) of an image `width` × `height`.
        case patches(x: Int, y: Int, columns: Int, width: Int, height: Int)
        /// Successive rows of a table, from `first` on.
        case rows(first: Int)
    }

    init(capacity: Int) {
        self.capacity = capacity
        planeStride = capacity * 64 + 64
        inUse = .allocate(capacity: capacity)
        bins = .allocate(capacity: 0)
    }

    deinit {
        inUse.deallocate()
        bins.deallocate()
    }

    private func reserve(featureCount: Int) {
        guard featureCount > featureCapacity else { return }
        bins.deallocate()
        featureCapacity = featureCount
        // On a line of the cache, so that a word is read from one.
        bins = UnsafeMutableRawPointer.allocate(byteCount: featureCount * planeStride, alignment: 64)
            .bindMemory(to: UInt8.self, capacity: featureCount * planeStride)
        bins.initialize(repeating: 0, count: featureCount * planeStride)
    }

    /// Takes the patches that cover `columns` × `rows` pixels from (x, y) on, clipped to the image.
    ///
    /// - Parameters:
    ///   - planes: `[feature][row][column]` bins of the image, planes `sourceStride` bytes apart.
    ///   - features: those that are taken.
    func take(
        x: Int, y: Int, columns: Int, rows: Int, of planes: UnsafePointer<UInt8>, sourceStride: Int, width: Int, height: Int,
        featureCount: Int, features: [Int]
    ) {
        reserve(featureCount: featureCount)
        let patchColumns = (min(columns, width - x) + 7) / 8
        let patchRows = (min(rows, height - y) + 7) / 8
        wordCount = patchColumns * patchRows
        precondition(wordCount <= capacity, "\(wordCount) words in a block of \(capacity)")
        area = .patches(x: x, y: y, columns: patchColumns, width: width, height: height)
        for patchRow in 0..<patchRows {
            for patchColumn in 0..<patchColumns {
                let word = patchRow * patchColumns + patchColumn
                let left = x + patchColumn * 8
                let top = y + patchRow * 8
                let wide = min(8, width - left)
                let high = min(8, height - top)
                inUse[word] = Self.mask(columns: wide, rows: high)
            }
        }
        for feature in features {
            let plane = planes + feature * sourceStride
            let target = bins + feature * planeStride
            for patchRow in 0..<patchRows {
                let top = y + patchRow * 8
                for row in 0..<min(8, height - top) {
                    let source = plane + (top + row) * width + x
                    let words = target + patchRow * patchColumns * 64 + row * 8
                    copyRow(source, to: words, columns: min(patchColumns * 8, width - x))
                }
            }
        }
    }

    /// Spreads one row of pixels over successive patches, eight pixels each.
    @inline(__always)
    private func copyRow(_ source: UnsafePointer<UInt8>, to words: UnsafeMutablePointer<UInt8>, columns: Int) {
        let whole = columns / 8
        let from = UnsafeRawPointer(source)
        let to = UnsafeMutableRawPointer(words)
        for patch in 0..<whole {
            to.storeBytes(
                of: from.loadUnaligned(fromByteOffset: patch * 8, as: UInt64.self), toByteOffset: patch * 64, as: UInt64.self)
        }
        for column in whole * 8..<columns { words[whole * 64 + column - whole * 8] = source[column] }
    }

    /// Takes `count` rows of a table.
    ///
    /// - Parameter rows: `[sample][feature]` bins from the first of them on.
    func take(first: Int, count: Int, of rows: UnsafePointer<UInt8>, featureCount: Int) {
        reserve(featureCount: featureCount)
        wordCount = (count + 63) / 64
        precondition(wordCount <= capacity, "\(wordCount) words in a block of \(capacity)")
        area = .rows(first: first)
        for word in 0..<wordCount {
            let used = min(64, count - word * 64)
            inUse[word] = used == 64 ? ~0 : (1 << UInt64(used)) - 1
            for pixel in 0..<used {
                let source = rows + (word * 64 + pixel) * featureCount
                let target = bins + word * 64 + pixel
                for feature in 0..<featureCount { target[feature * planeStride] = source[feature] }
            }
        }
    }

    /// Calls `body` with every run of pixels that are neighbours both in the block and in the image or table: the position of
    /// the first in the block, that in the image (row-major) or table, and their number.
    @inline(__always)
    func forEachRun(sampleCount: Int, _ body: (_ pixel: Int, _ target: Int, _ count: Int) -> Void) {
        switch area {
        case .rows(let first): body(0, first, min(wordCount * 64, sampleCount - first))
        case .patches(let x, let y, let columns, let width, let height):
            for word in 0..<wordCount {
                let left = x + word % columns * 8
                let top = y + word / columns * 8
                for row in 0..<min(8, height - top) {
                    body(word * 64 + row * 8, (top + row) * width + left, min(8, width - left))
                }
            }
        }
    }

    /// The mask of the first columns of the first rows of a patch.
    private static func mask(columns: Int, rows: Int) -> UInt64 {
        let row: UInt64 = (1 << UInt64(columns)) - 1
        var mask: UInt64 = 0
        for index in 0..<rows { mask |= row << UInt64(index * 8) }
        return mask
    }
}
