internal import CKernels

/// The votes on the pixels of one block.
///
/// Most leaves of deep forests are pure. While one tree is applied they only set bits, one mask per class and word; after the
/// tree the masks are added to byte counters, 64 pixels at a time. Mixed leaves add their shares to 32-bit sums, and so do pure
/// ones if there are too many classes for masks. The votes of a pixel are its sum plus `Tree.leafTotal` times its count.
final class VoteCounters {
    /// The most classes with masks and byte counters.
    static let maskedClassesMax = 8

    /// `[class][word]`: pixels whose leaf in the tree at hand is pure.
    let masks: UnsafeMutablePointer<UInt64>
    /// `[class][word][pixel]`: how many trees were pure.
    let counts: UnsafeMutablePointer<UInt8>
    /// `[pixel of the block][class slot]`.
    private(set) var sums: UnsafeMutablePointer<UInt32>
    private let wordCapacity: Int
    private var sumCapacity = 0
    private var classCount = 0
    private var classSlots = 0
    private var wordCount = 0
    private var treesCounted = 0
    /// Whether `sums` holds anything.
    private var usesSums = false

    init(wordCapacity: Int) {
        self.wordCapacity = wordCapacity
        masks = .allocate(capacity: wordCapacity * Self.maskedClassesMax)
        counts = .allocate(capacity: wordCapacity * Self.maskedClassesMax * 64)
        sums = .allocate(capacity: 0)
        masks.initialize(repeating: 0, count: wordCapacity * Self.maskedClassesMax)
    }

    deinit {
        masks.deallocate()
        counts.deallocate()
        sums.deallocate()
    }

    /// Masks from class to class.
    var maskStride: Int { wordCapacity }
    /// Bytes of `counts` from class to class.
    var countStride: Int { wordCapacity * 64 }
    var isMasked: Bool { classCount <= Self.maskedClassesMax }

    /// Forgets all votes, for a block of `words` words.
    func start(words: Int, predictor: ForestPredictor) {
        classCount = predictor.classCount
        classSlots = predictor.classSlots
        wordCount = words
        treesCounted = 0
        usesSums = !predictor.isPure || !isMasked
        if isMasked {
            for label in 0..<classCount { (counts + label * countStride).update(repeating: 0, count: words * 64) }
        }
        if usesSums { clearSums() }
    }

    private func clearSums() {
        let needed = wordCapacity * 64 * classSlots
        if needed > sumCapacity {
            sums.deallocate()
            sumCapacity = needed
            sums = .allocate(capacity: needed)
            sums.initialize(repeating: 0, count: needed)
        }
        sums.update(repeating: 0, count: wordCount * 64 * classSlots)
    }

    /// Adds the masks that a tree has set to the counters.
    func endTree() {
        guard isMasked else { return }
        for label in 0..<classCount {
            forest_add_masks(counts + label * countStride, masks + label * maskStride, wordCount)
        }
        treesCounted += 1
        if treesCounted == 255 { flush() }
    }

    /// Moves the counters to the sums, before they overflow.
    private func flush() {
        if !usesSums {
            usesSums = true
            clearSums()
        }
        for label in 0..<classCount {
            let counts = counts + label * countStride
            for pixel in 0..<wordCount * 64 {
                sums[pixel * classSlots + label] &+= UInt32(counts[pixel]) &* Tree.leafTotal
                counts[pixel] = 0
            }
        }
        treesCounted = 0
    }

    /// The pixels of a word, out of `mask`, whose leading class can still be reached by another with the votes of `treesLeft`
    /// trees, be it to a draw.
    func undecided(word: Int, mask: UInt64, treesLeft: Int) -> UInt64 {
        if !usesSums {
            return mask & forest_undecided(counts + word * 64, countStride, Int32(classCount), UInt8(min(treesLeft, 255)))
        }
        // Fewer than 2¹⁶ + 1 trees vote, so all votes of a pixel fit 32 bits.
        return mask & forest_undecided_votes(mixedVotes(word: word), UInt32(treesLeft) &* Tree.leafTotal)
    }

    /// The votes of a word's pixels where sums are in use.
    private func mixedVotes(word: Int) -> forest_votes {
        forest_votes(
            sums: sums + word * 64 * classSlots, counts: isMasked ? counts + word * 64 : nil, class_stride: countStride,
            classes: Int32(classCount), slots: Int32(classSlots), unit: Tree.leafTotal)
    }

    /// The votes so far of one pixel for one class.
    @inline(__always)
    func votes(pixel: Int, label: Int) -> UInt32 {
        let counted = isMasked ? UInt32(counts[label * countStride + pixel]) &* Tree.leafTotal : 0
        return usesSums ? counted &+ sums[pixel * classSlots + label] : counted
    }

    /// The class with the most votes of every pixel of a word, the lowest among equals: `[pixel]`, 64 of them.
    func leaders(word: Int, into labels: UnsafeMutablePointer<UInt8>) {
        if !usesSums { return forest_leaders(counts + word * 64, countStride, Int32(classCount), labels) }
        forest_leaders_votes(mixedVotes(word: word), labels)
    }
}
