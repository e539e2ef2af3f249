/// The distinct leaf rows of a tree, in the order in which its leaves first use them.
struct LeafTable {
    private let classCount: Int
    private let weights: [Double]?
    private var rows: [UInt16] = []
    private var pureRow: [Int32]
    /// Open addressing over the rows of several classes; −1 is a free slot, the length a power of two.
    private var slots: [Int32] = []
    private var mixedCount = 0
    private var row: [UInt16]
    private var remainders: [(class: Int, remainder: Double)] = []

    /// - Parameter weights: the weight of one draw per class; nil if all weigh the same.
    init(classCount: Int, weights: [Float]?) {
        self.classCount = classCount
        self.weights = weights.map { $0.map(Double.init) }
        pureRow = Array(repeating: -1, count: classCount)
        row = Array(repeating: 0, count: classCount)
    }

    /// `[row][class]`.
    var values: [UInt16] { rows }

    /// The row of a leaf that holds one class only.
    mutating func row(ofPure label: Int) -> UInt32 {
        if pureRow[label] < 0 {
            pureRow[label] = Int32(rows.count / classCount)
            rows.append(contentsOf: repeatElement(0, count: classCount))
            rows[rows.count - classCount + label] = UInt16(Tree.leafTotal)
        }
        return UInt32(pureRow[label])
    }

    /// The row of a leaf that holds the given draws of several classes.
    mutating func row(ofDraws draws: UnsafePointer<Int32>) -> UInt32 {
        share(draws)
        if (mixedCount + 1) * 2 > slots.count { enlarge() }
        var slot = hash(of: row[...]) & (slots.count - 1)
        while slots[slot] >= 0 {
            let start = Int(slots[slot]) * classCount
            if rows[start..<start + classCount] == row[...] { return UInt32(slots[slot]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        let index = rows.count / classCount
        slots[slot] = Int32(index)
        mixedCount += 1
        rows.append(contentsOf: row)
        return UInt32(index)
    }

    /// Shares `Tree.leafTotal` out by the largest remainder: every class gets the whole part of its exact share, and what is
    /// left goes one by one to the largest remainders, the lower class first among equals. Without weights the arithmetic is
    /// exact; with them it is in double precision, sums in ascending order of the classes.
    private mutating func share(_ draws: UnsafePointer<Int32>) {
        let total = UInt64(Tree.leafTotal)
        var left = Int(total)
        remainders.removeAll(keepingCapacity: true)
        if let weights {
            var sum = 0.0
            for label in 0..<classCount { sum += Double(draws[label]) * weights[label] }
            for label in 0..<classCount {
                let share = Double(total) * (Double(draws[label]) * weights[label] / sum)
                let whole = share.rounded(.down)
                row[label] = UInt16(whole)
                left -= Int(whole)
                remainders.append((label, share - whole))
            }
        } else {
            var sum: UInt64 = 0
            for label in 0..<classCount { sum += UInt64(draws[label]) }
            for label in 0..<classCount {
                let (whole, remainder) = (UInt64(draws[label]) * total).quotientAndRemainder(dividingBy: sum)
                row[label] = UInt16(whole)
                left -= Int(whole)
                remainders.append((label, Double(remainder)))
            }
        }
        guard left > 0 else { return }
        remainders.sort { $0.remainder > $1.remainder || ($0.remainder == $1.remainder && $0.class < $1.class) }
        for index in 0..<left { row[remainders[index].class] += 1 }
    }

    private func hash(of values: ArraySlice<UInt16>) -> Int {
        var hash: UInt64 = 0
        for value in values { hash = (hash ^ UInt64(value)) &* 0x9E37_79B9_7F4A_7C15 }
        return Int(truncatingIfNeeded: hash >> 32)
    }

    private mutating func enlarge() {
        let old = slots
        slots = Array(repeating: -1, count: max(old.count * 2, 64))
        for index in old where index >= 0 {
            let start = Int(index) * classCount
            var slot = hash(of: rows[start..<start + classCount]) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = index
        }
    }
}
