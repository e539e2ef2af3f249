internal import Dispatch
internal import Features
internal import Forest
internal import Primitives
internal import Synchronization

/// Quantile edges and bins of samples on all processors: the workers have nothing to do until the training table exists.
///
/// The parts do not depend on each other, so the results are those of one thread.
enum ParallelQuantiser {
    /// Rows that one thread puts into bins at a time.
    private static let rowsPerPart = 4096

    /// The edges of every feature, as `QuantileEdges.edges`.
    static func edges(of samples: LabelledSamples) -> [[Float]] {
        let groupLength = QuantileEdges.groupLength
        let groups = (samples.featureCount + groupLength - 1) / groupLength
        let edges = Lock([[[Float]]](repeating: [], count: groups))
        DispatchQueue.concurrentPerform(iterations: groups) { group in
            let found = samples.values.withUnsafeBufferPointer { values in
                values.baseAddress.map {
                    QuantileEdges.edges(
                        ofGroupAt: group * groupLength, ofSamples: $0, sampleCount: samples.count,
                        featureCount: samples.featureCount)
                }
            }
            edges.withLock { $0[group] = found ?? [] }
        }
        return edges.withLock { $0.flatMap(\.self) }
    }

    /// The bins of all values, `[sample][feature]`, as `BinEdges.quantise`.
    static func bins(of samples: LabelledSamples, edges: BinEdges) -> [UInt8] {
        let features = samples.featureCount
        let parts = (samples.count + rowsPerPart - 1) / rowsPerPart
        return [UInt8](unsafeUninitializedCapacity: samples.values.count) { bins, count in
            count = samples.values.count
            guard let target = bins.baseAddress.map(DisjointParts.init) else { return }
            DispatchQueue.concurrentPerform(iterations: parts) { part in
                let first = part * rowsPerPart
                samples.values.withUnsafeBufferPointer { values in
                    guard let values = values.baseAddress else { return }
                    edges.quantise(
                        samples: values + first * features, count: min(rowsPerPart, samples.count - first),
                        into: target.base + first * features)
                }
            }
        }
    }

    /// `@unchecked Sendable`: each thread writes the bytes of its own rows, and nobody reads before all are done.
    private struct DisjointParts: @unchecked Sendable {
        let base: UnsafeMutablePointer<UInt8>
    }
}
