internal import CKernels

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
