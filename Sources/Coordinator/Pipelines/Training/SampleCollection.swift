internal import Foundation
internal import Primitives
internal import Protocol
internal import Synchronization

/// The samples of a training set as they come in from the workers, in whatever order.
///
/// Safe to use from any task.
final class SampleCollection: Sendable {
    private let parts = Lock<[LabelledSamplesPart]>([])

    func add(_ part: LabelledSamplesPart) { parts.withLock { $0.append(part) } }

    /// All samples in the order of the images and, within an image, of the pixels' row-major positions: independent of tiles and workers.
    func sorted(featureCount: Int) -> LabelledSamples {
        let parts = parts.withLock { $0 }
        var order: [(image: Int, position: Int, part: Int, row: Int)] = []
        order.reserveCapacity(parts.reduce(0) { $0 + $1.pixels.positions.count })
        for (index, part) in parts.enumerated() {
            for (row, position) in part.pixels.positions.enumerated() {
                order.append((part.pixels.image, position, index, row))
            }
        }
        order.sort { ($0.image, $0.position) < ($1.image, $1.position) }
        let rowByteCount = featureCount * MemoryLayout<Float>.size
        // Where the rows of each part go.
        var targets = parts.map { [Int](repeating: 0, count: $0.pixels.positions.count) }
        for (row, sample) in order.enumerated() { targets[sample.part][sample.row] = row }
        let values = [Float](unsafeUninitializedCapacity: order.count * featureCount) { values, count in
            let target = UnsafeMutableRawBufferPointer(values)
            for (part, rows) in zip(parts, targets) {
                part.samples.bytes.withUnsafeBytes { source in
                    for (index, row) in rows.enumerated() {
                        UnsafeMutableRawBufferPointer(rebasing: target[(row * rowByteCount)..<((row + 1) * rowByteCount)])
                            .copyMemory(
                                from: UnsafeRawBufferPointer(
                                    rebasing: source[(index * rowByteCount)..<((index + 1) * rowByteCount)]))
                    }
                }
            }
            count = order.count * featureCount
        }
        return LabelledSamples(
            featureCount: featureCount, values: values, labels: order.map { Int(parts[$0.part].pixels.labels[$0.row]) })
    }
}

/// Samples with their labels: what a forest is trained on, before it is put into bins.
struct LabelledSamples: Sendable {
    let featureCount: Int
    /// `[sample][feature]`.
    let values: [Float]
    /// One label a sample.
    let labels: [Int]

    var count: Int { labels.count }
}
