internal import CKernels

/// The class weights of one forest, and what follows from them for a node.
struct NodeWeights {
    /// `[class]`: the weight of one draw, above 0 up to 1.
    let ofClass: [Float]
    /// Whether all classes weigh the same, so that sums are whole numbers.
    let areEqual: Bool

    init(_ rule: ClassWeight, samplesOfClass: [Int]) {
        ofClass = rule.weights(samplesOfClass: samplesOfClass)
        areEqual = rule == .none
    }

    /// Numbers the classes of a node, whose draws are in `memory.drawsOfClass`, and fills the local arrays of `memory`.
    func describe(_ pending: PendingNode, in memory: GrowthMemory, leafSamplesMin: Int) -> forest_node {
        var count = 0
        var draws: Int32 = 0
        var weight: Float = 0
        for label in ofClass.indices where memory.drawsOfClass[label] > 0 {
            memory.localOfClass[label] = UInt8(count)
            memory.classOfLocal[count] = UInt8(label)
            memory.drawsOfLocal[count] = memory.drawsOfClass[label]
            memory.weightOfLocal[count] = ofClass[label]
            memory.weightedOfLocal[count] = Float(memory.drawsOfClass[label]) * ofClass[label]
            draws += memory.drawsOfClass[label]
            weight += memory.weightedOfLocal[count]
            count += 1
        }
        for padding in count..<count + forest_small_classes_max {
            memory.drawsOfLocal[padding] = 0
            memory.weightOfLocal[padding] = 0
            memory.weightedOfLocal[padding] = 0
        }
        return forest_node(
            count: Int32(count), weighted: areEqual ? 0 : 1, draws: draws,
            leaf_samples_min: Int32(clamping: leafSamplesMin), samples: Int32(pending.count),
            total_weight: areEqual ? Float(draws) : weight,
            draws_of: memory.drawsOfLocal, weight: memory.weightOfLocal, weight_of: memory.weightedOfLocal)
    }

    /// The decrease of weight · Gini impurity by the split whose left draws are in `memory`: Σ l²/L + Σ r²/R − Σ t²/T over
    /// weighted draws, in double precision, classes in ascending order; at least 0.
    func impurityDecrease(of node: forest_node, in memory: GrowthMemory) -> Double {
        var sums = (left: 0.0, right: 0.0, total: 0.0)
        var squares = (left: 0.0, right: 0.0, total: 0.0)
        for local in 0..<Int(node.count) {
            let weight = Double(memory.weightOfLocal[local])
            let left = Double(memory.leftDrawsOfLocal[local]) * weight
            let right = Double(memory.drawsOfLocal[local] - memory.leftDrawsOfLocal[local]) * weight
            let total = Double(memory.drawsOfLocal[local]) * weight
            sums.left += left
            sums.right += right
            sums.total += total
            squares.left += left * left
            squares.right += right * right
            squares.total += total * total
        }
        return max(0, squares.left / sums.left + squares.right / sums.right - squares.total / sums.total)
    }
}
