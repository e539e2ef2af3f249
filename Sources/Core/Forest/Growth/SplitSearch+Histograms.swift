internal import CKernels

extension SplitSearch {
    /// Searches a large node. Returns how many of the `lanes` features are not constant.
    func searchHistograms(
        _ samples: UnsafePointer<UInt64>, _ node: forest_node, _ lanes: Int, _ best: inout Split
    ) -> Int {
        let count = Int(node.samples)
        let classes = Int(node.count)
        let counters = memory.counters
        let features = memory.features
        forest_count(samples, count, bins, featureCount, features, Int32(lanes), memory.localOfClass, counters)
        if leafSamplesMin > 1 {
            forest_count_samples(
                samples, count, bins, featureCount, features, Int32(lanes), counters + classes * forest_class_stride)
        }
        var usable = 0
        for lane in 0..<lanes {
            let histogram = counters + lane * forest_bins
            let split = scan(histogram, columns: forest_bins, node)
            if split.score >= 0 || !isConstant(histogram, classes: classes) { usable += 1 }
            guard split.score > best.score else { continue }
            let position = Int(split.position)
            let next = nextOccupied(in: histogram, classes: classes, after: position)
            best = Split(feature: features[lane], bin: UInt8((position + next) / 2), score: split.score)
            takeLeftDraws(histogram + position, node)
        }
        counters.update(repeating: 0, count: (classes + 1) * forest_class_stride)
        return usable
    }

    /// Turns the counters of one lane into running sums and finds their best split.
    func scan(_ counters: UnsafeMutablePointer<UInt32>, columns: Int, _ node: forest_node) -> forest_split {
        var node = node
        let classes = Int(node.count)
        let padded = (columns + 7) & ~7
        let bySample = leafSamplesMin > 1
        forest_accumulate(counters, classes + (bySample ? 1 : 0), forest_class_stride, padded)
        let samples = bySample ? UnsafePointer(counters + classes * forest_class_stride) : nil
        return forest_scan_columns(counters, samples, forest_class_stride, padded, &node)
    }

    /// Notes the running sums at the split, `sums[class]`, as what goes left.
    func takeLeftDraws(_ sums: UnsafePointer<UInt32>, _ node: forest_node) {
        for local in 0..<Int(node.count) {
            memory.leftDrawsOfLocal[local] = Int32(bitPattern: sums[local * forest_class_stride])
        }
    }

    /// The first bin behind `bin` at which a running sum changes, up to 256; bin −1 stands for sums of 0.
    private func nextOccupied(in sums: UnsafePointer<UInt32>, classes: Int, after bin: Int) -> Int {
        for next in bin + 1..<forest_bins {
            for local in 0..<classes {
                let row = sums + local * forest_class_stride
                if row[next] != (bin < 0 ? 0 : row[bin]) { return next }
            }
        }
        return forest_bins
    }

    /// Whether all draws lie in one bin.
    private func isConstant(_ sums: UnsafePointer<UInt32>, classes: Int) -> Bool {
        let only = nextOccupied(in: sums, classes: classes, after: -1)
        return nextOccupied(in: sums, classes: classes, after: only) == forest_bins
    }
}
