@testable import Forest

/// Grows a tree in the plainest way: recursion, one feature and one threshold after another, all counts taken anew.
///
/// It shares the random numbers, the written order of the score and the layout of the tree with `TreeGrower`, and nothing else.
struct ReferenceGrower {
    let table: TrainingTable
    let parameters: ForestParameters

    private var stream: RandomStream
    private var order: [Int]
    private var draws: [UInt32]
    private let weights: [Float]
    private var feature: [UInt16] = []
    private var bin: [UInt8] = []
    private var right: [UInt32] = []
    private var rows: [[UInt16]] = []

    init(table: TrainingTable, parameters: ForestParameters, tree: Int) {
        self.table = table
        self.parameters = parameters
        stream = RandomStream(seed: parameters.seed, tree: tree, purpose: .growth)
        order = Array(0..<table.featureCount)
        draws = Bootstrap(tree: tree, table: table, parameters: parameters).counts
        let counts = (0..<table.classCount).map { label in table.classes.count { Int($0) == label } }
        let rarest = counts.filter { $0 > 0 }.min() ?? 1
        weights = counts.map { count in
            parameters.classWeight == .none || count == 0 ? 1 : Float(Double(rarest) / Double(count))
        }
    }

    mutating func grow() -> Tree {
        addNode((0..<table.sampleCount).filter { draws[$0] > 0 }, depth: 0)
        return Tree(unchecked: (feature, bin, right, rows.flatMap { $0 }))
    }

    private mutating func addNode(_ samples: [Int], depth: Int) {
        let total = drawsOfClass(samples)
        let isLeaf =
            total.count { $0 > 0 } == 1 || depth >= parameters.maxDepth ?? .max || samples.count < 2 * parameters.minSamplesLeaf
        guard !isLeaf, let split = bestSplit(of: samples, total: total) else {
            let row = shares(of: total)
            let index = rows.firstIndex(of: row) ?? rows.count
            if index == rows.count { rows.append(row) }
            append(Tree.leafMark, 0, UInt32(index))
            return
        }
        let node = feature.count
        append(UInt16(split.feature), UInt8(split.bin), 0)
        addNode(samples.filter { binOf($0, split.feature) <= split.bin }, depth: depth + 1)
        right[node] = UInt32(feature.count)
        addNode(samples.filter { binOf($0, split.feature) > split.bin }, depth: depth + 1)
    }

    private mutating func bestSplit(of samples: [Int], total: [Int]) -> (feature: Int, bin: Int)? {
        var best: (feature: Int, bin: Int)?
        var bestScore: Float = -1
        var useful = 0
        for position in 0..<order.count where useful < parameters.maxFeatures.count(of: table.featureCount) {
            let other = position + Int(stream.next(below: UInt64(order.count - position)))
            order.swapAt(position, other)
            let feature = order[position]
            let occupied = Set(samples.map { binOf($0, feature) }).sorted()
            if occupied.count > 1 { useful += 1 }
            for (last, first) in zip(occupied, occupied.dropFirst()) {
                let left = samples.filter { binOf($0, feature) <= last }
                guard left.count >= parameters.minSamplesLeaf else { continue }
                guard samples.count - left.count >= parameters.minSamplesLeaf else { continue }
                let score = score(left: drawsOfClass(left), total: total)
                if score > bestScore {
                    bestScore = score
                    best = (feature, (last + first) / 2)
                }
            }
        }
        return best
    }

    private func score(left: [Int], total: [Int]) -> Float {
        var leftWeight: Float = 0
        var rightWeight: Float = 0
        var weight: Float = 0
        for label in total.indices {
            leftWeight += Float(left[label]) * weights[label]
            rightWeight += Float(total[label] - left[label]) * weights[label]
            weight += Float(total[label]) * weights[label]
        }
        var sum: Float = 0
        for label in total.indices {
            let share = Float(total[label]) * weights[label] * leftWeight
            let deviation = (-share).addingProduct(Float(left[label]) * weights[label], weight)
            sum = sum.addingProduct(deviation, deviation)
        }
        return sum / (leftWeight * rightWeight)
    }

    private func shares(of total: [Int]) -> [UInt16] {
        var row: [UInt16]
        let remainders: [Double]
        if parameters.classWeight == .none {
            let sum = total.reduce(0, +)
            row = total.map { UInt16($0 * 65_535 / sum) }
            remainders = total.map { Double($0 * 65_535 % sum) }
        } else {
            let weighted = total.indices.map { Double(total[$0]) * Double(weights[$0]) }
            let sum = weighted.reduce(0, +)
            let shares = weighted.map { 65_535 * ($0 / sum) }
            row = shares.map { UInt16($0) }
            remainders = shares.map { $0 - $0.rounded(.down) }
        }
        let missing = 65_535 - row.reduce(0) { $0 + Int($1) }
        let ranking = total.indices.sorted {
            remainders[$0] > remainders[$1] || (remainders[$0] == remainders[$1] && $0 < $1)
        }
        for label in ranking.prefix(missing) { row[label] += 1 }
        return row
    }

    private func binOf(_ sample: Int, _ feature: Int) -> Int { Int(table.bins[sample * table.featureCount + feature]) }

    private func drawsOfClass(_ samples: [Int]) -> [Int] {
        var counts = [Int](repeating: 0, count: table.classCount)
        for sample in samples { counts[Int(table.classes[sample])] += Int(draws[sample]) }
        return counts
    }

    private mutating func append(_ nodeFeature: UInt16, _ nodeBin: UInt8, _ nodeRight: UInt32) {
        feature.append(nodeFeature)
        bin.append(nodeBin)
        right.append(nodeRight)
    }
}
