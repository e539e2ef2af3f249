internal import CKernels

/// The buffers that growing a tree needs, kept from tree to tree and enlarged when a table needs more. Not thread-safe.
final class GrowthMemory {
    /// Entries of per-class arrays: 255 classes, and the padding that a kernel of eight classes reads.
    static let classSlots = 264

    /// `[drawn sample]`: words of `DrawnSample`; a node's are contiguous.
    private(set) var samples: UnsafeMutablePointer<UInt64>
    /// As many words again, for the right side of a partition.
    private(set) var spare: UnsafeMutablePointer<UInt64>
    private var sampleCapacity = 0

    /// `[position]`: all features; a node's draws shuffle the front.
    private(set) var featureOrder: UnsafeMutablePointer<UInt32>
    private var featureCapacity = 0

    /// `[local class][lane][bin or column]`, and the numbers of samples behind the last class; all zero between nodes.
    private(set) var counters: UnsafeMutablePointer<UInt32>
    private var counterCapacity = 0

    /// `[lane]`: the features that a group of draws looks at, and the best split of each.
    let features = UnsafeMutablePointer<UInt32>.allocate(capacity: forest_lanes)
    let splits = UnsafeMutablePointer<forest_split>.allocate(capacity: forest_lanes)
    /// `[sample of a small node]`, one 16-bit key per lane.
    let sortedRows = UnsafeMutablePointer<SIMD8<UInt16>>.allocate(capacity: forest_small_samples_max)
    /// `[column]`: the bin of an occupied column.
    let columnBins = UnsafeMutablePointer<UInt8>.allocate(capacity: forest_small_samples_max)
    /// `[class]`: its number among the node's classes.
    let localOfClass = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    /// `[local class]`.
    let classOfLocal = UnsafeMutablePointer<UInt8>.allocate(capacity: classSlots)
    /// `[class]`: draws of the node at hand.
    let drawsOfClass = UnsafeMutablePointer<Int32>.allocate(capacity: classSlots)
    /// `[local class]`: draws on the left of the best split found so far.
    let leftDrawsOfLocal = UnsafeMutablePointer<Int32>.allocate(capacity: classSlots)
    /// `[local class]`: draws, weight of one draw, weighted draws of the node at hand; zero behind the last.
    let drawsOfLocal = UnsafeMutablePointer<Int32>.allocate(capacity: classSlots)
    let weightOfLocal = UnsafeMutablePointer<Float>.allocate(capacity: classSlots)
    let weightedOfLocal = UnsafeMutablePointer<Float>.allocate(capacity: classSlots)

    init() {
        samples = .allocate(capacity: 0)
        spare = .allocate(capacity: 0)
        featureOrder = .allocate(capacity: 0)
        counters = .allocate(capacity: 0)
        localOfClass.initialize(repeating: 0, count: 256)
        classOfLocal.initialize(repeating: 0, count: Self.classSlots)
        drawsOfLocal.initialize(repeating: 0, count: Self.classSlots)
        drawsOfClass.initialize(repeating: 0, count: Self.classSlots)
        leftDrawsOfLocal.initialize(repeating: 0, count: Self.classSlots)
        weightOfLocal.initialize(repeating: 0, count: Self.classSlots)
        weightedOfLocal.initialize(repeating: 0, count: Self.classSlots)
    }

    deinit {
        samples.deallocate()
        spare.deallocate()
        featureOrder.deallocate()
        counters.deallocate()
        features.deallocate()
        splits.deallocate()
        sortedRows.deallocate()
        columnBins.deallocate()
        localOfClass.deallocate()
        classOfLocal.deallocate()
        drawsOfLocal.deallocate()
        drawsOfClass.deallocate()
        leftDrawsOfLocal.deallocate()
        weightOfLocal.deallocate()
        weightedOfLocal.deallocate()
    }

    /// Makes room for trees of `table`.
    func reserve(for table: TrainingTable) {
        if table.sampleCount > sampleCapacity {
            samples.deallocate()
            spare.deallocate()
            sampleCapacity = table.sampleCount
            samples = .allocate(capacity: sampleCapacity)
            spare = .allocate(capacity: sampleCapacity)
        }
        if table.featureCount > featureCapacity {
            featureOrder.deallocate()
            featureCapacity = table.featureCount
            featureOrder = .allocate(capacity: featureCapacity)
        }
        let counterCount = (table.classCount + 1) * forest_class_stride
        if counterCount > counterCapacity {
            counters.deallocate()
            counterCapacity = counterCount
            counters = .allocate(capacity: counterCapacity)
            counters.initialize(repeating: 0, count: counterCapacity)
        }
    }
}

/// A sample that a tree grows from: its row, its class and how often it was drawn, in one word, as the kernels read it.
///
/// Bits 0…31 the row, bits 32…39 the class, bits 40…63 the draws.
struct DrawnSample: Equatable {
    /// The most draws of one sample. More would take a table of 2²⁴ samples whose every draw hits the same one.
    static let drawsMax: UInt32 = 0xFF_FFFF

    let word: UInt64

    init(row: Int, label: UInt8, draws: UInt32) {
        word = UInt64(UInt32(row)) | UInt64(label) << 32 | UInt64(min(draws, Self.drawsMax)) << 40
    }

    @inline(__always)
    init(word: UInt64) { self.word = word }

    @inline(__always)
    var row: Int { Int(UInt32(truncatingIfNeeded: word)) }

    @inline(__always)
    var label: Int { Int(UInt8(truncatingIfNeeded: word >> 32)) }

    @inline(__always)
    var draws: UInt32 { UInt32(truncatingIfNeeded: word >> 40) }
}
