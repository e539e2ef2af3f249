/// A node of a tree in the eight bytes in which prediction reads it.
///
/// Bits 0…31 the right child of a split or the row of a mixed leaf, bits 32…47 the feature of a split, bits 48…55 the bin of a
/// split or the class of a pure leaf, bits 56…57 the kind. The left child of a split is the next node.
struct PackedNode {
    static let splitKind: UInt64 = 0
    static let pureKind: UInt64 = 1
    static let mixedKind: UInt64 = 2

    let word: UInt64

    @inline(__always)
    init(word: UInt64) { self.word = word }

    /// A split; `right` counts from the first node of the forest.
    init(feature: UInt16, bin: UInt8, right: Int) {
        word = UInt64(UInt32(right)) | UInt64(feature) << 32 | UInt64(bin) << 48 | Self.splitKind << 56
    }

    /// A leaf that gives all of its share to one class.
    init(pure label: Int) { word = UInt64(label) << 48 | Self.pureKind << 56 }

    /// A leaf that shares among several classes by row `row` of the forest's mixed rows.
    init(mixedRow row: Int) { word = UInt64(UInt32(row)) | Self.mixedKind << 56 }

    @inline(__always)
    var isSplit: Bool { word >> 56 == Self.splitKind }

    @inline(__always)
    var isPure: Bool { word >> 56 == Self.pureKind }

    @inline(__always)
    var feature: Int { Int(truncatingIfNeeded: word >> 32 & 0xFFFF) }

    @inline(__always)
    var bin: UInt8 { UInt8(truncatingIfNeeded: word >> 48) }

    /// The class of a pure leaf.
    @inline(__always)
    var label: Int { Int(bin) }

    /// The right child of a split or the row of a mixed leaf.
    @inline(__always)
    var right: Int { Int(UInt32(truncatingIfNeeded: word)) }
}
