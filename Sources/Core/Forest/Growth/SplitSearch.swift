internal import CKernels

/// The search for the best split of one node, over the features that its draws offer.
///
/// 1. Features are drawn without replacement until `featuresWanted` were found that are not constant in the node, or none is
///    left.
/// 2. They are looked at in groups of up to eight, one per vector lane, in one of three ways that give the same result:
///    *sorted rows*: a small node of few classes sorts its samples' bins in all lanes at once by a network of comparators, and
///    scans the sorted rows; class and draws travel in the low byte of the 16-bit key.
///    *columns*: a small node of many classes sorts likewise with positions in the low byte, and then counts the classes of
///    every occupied bin.
///    *histograms*: a large node counts draws by class and bin for all eight features in one pass over its samples.
/// 3. The best score wins; among equals the feature drawn first, and then the lowest bin. The threshold is the middle between the
///    last bin on the left and the first on the right.
///
/// The score is defined in `kernels_forest.h`.
struct SplitSearch {
    /// A split: samples whose bin of `feature` is at most `bin` go left.
    struct Split: Equatable {
        var feature: UInt32
        var bin: UInt8
        var score: Float
    }

    let memory: GrowthMemory
    /// `[sample][feature]` of the whole table.
    let bins: UnsafePointer<UInt8>
    let featureCount: Int
    let featuresWanted: Int
    let leafSamplesMin: Int
    let sortedSamplesMax: Int
    /// Whether no sample was drawn too often for a sorted row's key.
    let drawsFitKeys: Bool

    /// The best split of a node of several classes, or nil if there is none. `memory.leftDrawsOfLocal` tells what goes left.
    ///
    /// - Parameters:
    ///   - samples: the node's samples.
    ///   - node: its classes; local arrays are those of `memory`.
    func best(of samples: UnsafePointer<UInt64>, node: forest_node, stream: inout RandomStream) -> Split? {
        var best = Split(feature: 0, bin: 0, score: -1)
        var drawn = 0
        var found = 0
        while found < featuresWanted && drawn < featureCount {
            let lanes = min(featuresWanted - found, featureCount - drawn, forest_lanes)
            drawFeatures(from: drawn, count: lanes, stream: &stream)
            drawn += lanes
            if Int(node.samples) > sortedSamplesMax {
                found += searchHistograms(samples, node, lanes, &best)
            } else if Int(node.count) <= forest_small_classes_max && drawsFitKeys {
                found += searchSortedRows(samples, node, lanes, &best)
            } else {
                found += searchColumns(samples, node, lanes, &best)
            }
        }
        return best.score >= 0 ? best : nil
    }

    /// Draws `count` features that were not among the first `drawn`, by the next steps of a Fisher–Yates shuffle, into
    /// `memory.features`; the first is repeated in the lanes behind the last.
    private func drawFeatures(from drawn: Int, count: Int, stream: inout RandomStream) {
        let order = memory.featureOrder
        let features = memory.features
        for lane in 0..<count {
            let position = drawn + lane
            let other = position + Int(stream.next(below: UInt64(featureCount - position)))
            let feature = order[other]
            order[other] = order[position]
            order[position] = feature
            features[lane] = feature
        }
        for lane in count..<forest_lanes { features[lane] = features[0] }
    }
}

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

extension SplitSearch {
    /// Searches a small node of few classes. Returns how many of the `lanes` features are not constant.
    func searchSortedRows(
        _ samples: UnsafePointer<UInt64>, _ node: forest_node, _ lanes: Int, _ best: inout Split
    ) -> Int {
        let rows = memory.sortedRows
        let splits = memory.splits
        let count = Int(node.samples)
        var node = node
        forest_gather_rows(samples, count, bins, featureCount, memory.features, memory.localOfClass, rows)
        forest_sort_rows(rows, count)
        forest_scan_rows(rows, &node, splits)
        let constant = (rows[0] &>> 8) .== (rows[count - 1] &>> 8)
        var usable = 0
        var winner = -1
        for lane in 0..<lanes where !constant[lane] {
            usable += 1
            guard splits[lane].score > best.score else { continue }
            best.score = splits[lane].score
            winner = lane
        }
        guard winner >= 0 else { return usable }
        let position = Int(splits[winner].position)
        best.feature = memory.features[winner]
        best.bin = UInt8((rows[position][winner] &>> 8 + rows[position + 1][winner] &>> 8) / 2)
        memory.leftDrawsOfLocal.update(repeating: 0, count: Int(node.count))
        for row in 0...position {
            let key = rows[row][winner]
            memory.leftDrawsOfLocal[Int(key >> 5 & 7)] += Int32(key & 31)
        }
        return usable
    }

    /// Searches a small node of many classes. Returns how many of the `lanes` features are not constant.
    func searchColumns(
        _ samples: UnsafePointer<UInt64>, _ node: forest_node, _ lanes: Int, _ best: inout Split
    ) -> Int {
        let rows = memory.sortedRows
        let count = Int(node.samples)
        forest_gather_rows(samples, count, bins, featureCount, memory.features, nil, rows)
        forest_sort_rows(rows, count)
        var usable = 0
        for lane in 0..<lanes where rows[0][lane] >> 8 != rows[count - 1][lane] >> 8 {
            usable += 1
            let columns = countColumns(samples, count, lane: lane, classes: Int(node.count))
            let split = scan(memory.counters, columns: columns, node)
            if split.score > best.score {
                let position = Int(split.position)
                let bin = (Int(memory.columnBins[position]) + Int(memory.columnBins[position + 1])) / 2
                best = Split(feature: memory.features[lane], bin: UInt8(bin), score: split.score)
                takeLeftDraws(memory.counters + position, node)
            }
            for row in 0...Int(node.count) {
                (memory.counters + row * forest_class_stride).update(repeating: 0, count: (columns + 7) & ~7)
            }
        }
        return usable
    }

    /// Fills `counters[local class][lane 0][column]`, and the numbers of samples behind the last class; a column per occupied
    /// bin.
    private func countColumns(_ samples: UnsafePointer<UInt64>, _ count: Int, lane: Int, classes: Int) -> Int {
        let counters = memory.counters
        let rows = memory.sortedRows
        var column = -1
        var last = -1
        for index in 0..<count {
            let key = Int(rows[index][lane])
            if key >> 8 != last {
                last = key >> 8
                column += 1
                memory.columnBins[column] = UInt8(last)
            }
            let sample = DrawnSample(word: samples[key & 255])
            let local = Int(memory.localOfClass[sample.label])
            counters[local * forest_class_stride + column] &+= sample.draws
            counters[classes * forest_class_stride + column] &+= 1
        }
        return column + 1
    }
}
