internal import CKernels

/// Takes all pixels of a block down one tree at a time.
///
/// 1. The pixels at a node are a list of (word, mask of the pixels that are here). One compare of 64 bins with the node's bin
///    splits a mask in two; words without pixels drop out, and a subtree that no pixel reaches is never visited.
/// 2. The left list is followed first; the right one waits on a stack. Both lists share one array: the right list closes up in
///    place, the left one follows it. Waiting lists and the current one hold different pixels, so together they never hold more
///    entries than the block has pixels.
/// 3. A list of few words is ended pixel by pixel.
/// 4. A leaf adds its votes to the pixels of its masks.
struct MaskDescent {
    /// Lists of at most this many words are ended pixel by pixel.
    static let walkWordsMax = 2
    /// Entries that a split may write behind the two lists.
    static let entriesBeyond = 8
    /// Whether the processor has the wide kernel (AVX-512), which makes the same lists.
    static let canSplitWide = forest_splits_wide() != 0
    /// Shorter lists are not worth a call of the wide kernel.
    private static let wideCountMin = 8

    /// A list that waits for its node.
    struct Waiting {
        var node: UInt32
        var start: Int32
        var count: Int32
    }

    let nodes: UnsafePointer<UInt64>
    let mixedRows: UnsafePointer<UInt32>
    let bins: UnsafePointer<UInt8>
    let planeStride: Int
    let masks: UnsafeMutablePointer<UInt64>
    let words: UnsafeMutablePointer<Int32>
    let waiting: UnsafeMutablePointer<Waiting>
    let pureMasks: UnsafeMutablePointer<UInt64>
    let maskStride: Int
    let isMasked: Bool
    let sums: UnsafeMutablePointer<UInt32>
    let classSlots: Int
    let splitsWide: Bool

    /// Takes the first `count` entries of the list down the tree at `root`.
    func descend(root: Int, count: Int) {
        var depth = 0
        var node = root
        var start = 0
        var count = count
        while true {
            let packed = PackedNode(word: nodes[node])
            if !packed.isSplit {
                for entry in start..<start + count { vote(packed, word: Int(words[entry]), mask: masks[entry]) }
            } else if count <= Self.walkWordsMax {
                for entry in start..<start + count { walk(from: node, word: Int(words[entry]), mask: masks[entry]) }
            } else {
                let plane = bins + packed.feature * planeStride
                let split =
                    splitsWide && count >= Self.wideCountMin
                    ? forest_split_words_wide(masks + start, words + start, Int32(count), plane, packed.bin)
                    : forest_split_words(masks + start, words + start, Int32(count), plane, packed.bin)
                if split.left > 0 {
                    if split.right > 0 {
                        waiting[depth] = Waiting(node: UInt32(packed.right), start: Int32(start), count: split.right)
                        depth += 1
                    }
                    node += 1
                    start += Int(split.right)
                    count = Int(split.left)
                } else {
                    node = packed.right
                    count = Int(split.right)
                }
                continue
            }
            guard depth > 0 else { return }
            depth -= 1
            node = Int(waiting[depth].node)
            start = Int(waiting[depth].start)
            count = Int(waiting[depth].count)
        }
    }

    /// Adds the votes of a leaf to the pixels of `mask`; `word` counts bytes of a plane.
    @inline(__always)
    private func vote(_ leaf: PackedNode, word: Int, mask: UInt64) {
        if leaf.isPure && isMasked {
            pureMasks[leaf.label * maskStride + word >> 6] |= mask
            return
        }
        if !leaf.isPure {
            forest_add_shares(
                sums + word &* classSlots, Int32(truncatingIfNeeded: classSlots), mask, mixedRows + leaf.right &* classSlots)
            return
        }
        var rest = mask
        while rest != 0 {
            voteSum(leaf, pixel: word + rest.trailingZeroBitCount)
            rest &= rest &- 1
        }
    }

    @inline(__always)
    private func voteSum(_ leaf: PackedNode, pixel: Int) {
        let target = sums + pixel * classSlots
        if leaf.isPure {
            target[leaf.label] &+= Tree.leafTotal
        } else {
            forest_add_shares(target, Int32(truncatingIfNeeded: classSlots), 1, mixedRows + leaf.right &* classSlots)
        }
    }

    /// Takes the pixels of `mask` one by one from `node` to their leaves.
    @inline(__always)
    private func walk(from node: Int, word: Int, mask: UInt64) {
        var rest = mask
        while rest != 0 {
            let bit = rest.trailingZeroBitCount
            rest &= rest &- 1
            let pixel = bins + word + bit
            var at = node
            var packed = PackedNode(word: nodes[at])
            repeat {
                at = pixel[packed.feature * planeStride] <= packed.bin ? at + 1 : packed.right
                packed = PackedNode(word: nodes[at])
            } while packed.isSplit
            if packed.isPure && isMasked {
                pureMasks[packed.label * maskStride + word >> 6] |= 1 << UInt64(bit)
            } else {
                voteSum(packed, pixel: word + bit)
            }
        }
    }
}
