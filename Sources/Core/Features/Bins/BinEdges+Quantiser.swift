internal import CKernels

extension BinEdges {
    /// The inner loop of quantisation over the tables of `BinTables`; borrowed memory, one thread.
    struct Quantiser {
        /// Values that are taken at once.
        static let runLength = 256
        /// Values are read in groups of this many.
        static let groupLength = 16

        private let features: UnsafePointer<BinTables.Feature>
        private let cells: UnsafePointer<Double>
        private let edges: UnsafePointer<Float>
        /// Room for the cell indices of a run.
        private let indices: UnsafeMutablePointer<Int32>

        init(
            features: UnsafePointer<BinTables.Feature>, cells: UnsafePointer<Double>, edges: UnsafePointer<Float>,
            indices: UnsafeMutablePointer<Int32>
        ) {
            self.features = features
            self.cells = cells
            self.edges = edges
            self.indices = indices
        }

        /// Bins of `count` ≤ 256 values of one feature, none of them NaN; `values` is readable up to whole groups.
        @inline(__always)
        func bins(of values: UnsafePointer<Float>, count: Int, feature: Int, into bins: UnsafeMutablePointer<UInt8>) {
            let table = features[feature]
            let cells = cells + table.firstCell
            locate(values, count: count, table: table)
            let whole = count / Self.groupLength * Self.groupLength
            for index in stride(from: 0, to: whole, by: Self.groupLength) {
                f32x16_store_bins(values + index, indices + index, cells, bins + index)
            }
            if whole < count {
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.groupLength) { group in
                    guard let group = group.baseAddress else { return }
                    f32x16_store_bins(values + whole, indices + whole, cells, group)
                    (bins + whole).update(from: group, count: count - whole)
                }
            }
            if table.isCrowded { passCrowdedEdges(values, count: count, table: table, bins: bins) }
        }

        /// Finds every value's cell.
        @inline(__always)
        private func locate(_ values: UnsafePointer<Float>, count: Int, table: BinTables.Feature) {
            let scale = Lanes(repeating: table.scale)
            let offset = Lanes(repeating: table.offset)
            let last = Lanes(repeating: table.last)
            for group in stride(from: 0, to: count, by: Self.groupLength) {
                for index in stride(from: group, to: group + Self.groupLength, by: Lanes.count) {
                    offset.plus(Lanes(values + index), times: scale).limited(to: last).storeWhole(to: indices + index)
                }
            }
        }

        /// Moves on past the edges of a cell after its first.
        private func passCrowdedEdges(
            _ values: UnsafePointer<Float>, count: Int, table: BinTables.Feature, bins: UnsafeMutablePointer<UInt8>
        ) {
            let edges = edges + table.firstEdge
            for index in 0..<count {
                var bin = Int(bins[index])
                while bin < table.edgeCount && values[index] > edges[bin] { bin += 1 }
                bins[index] = UInt8(bin)
            }
        }
    }
}
