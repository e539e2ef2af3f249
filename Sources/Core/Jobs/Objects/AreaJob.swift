internal import Imaging
package import Primitives
package import Protocol

/// Count the pixels of each label in one tile of a label image.
package struct AreaJob: WindowJob {
    package static let kind = "areas"

    /// Of labels: one channel of whole numbers from 0 to 65535.
    package var window: WindowDocument

    package init(window: WindowDocument) { self.window = window }

    package var blobs: [ContentHash] { [] }

    package struct Output: Codable, Sendable {
        /// Ascending; 0 for pixels without a label or without data.
        package var labels: [Int]
        /// Pixels of each.
        package var counts: [Int]
    }

    package func workspaceBytes(blobs: BlobSet) -> ByteCount { window.workspaceBytes + ByteCount(65536, 16) }

    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        let pixels = try window.window(in: slot)
        guard pixels.channels == 1 else { throw .invalid("labels: expected one channel, found \(pixels.channels)") }
        var counts = [Int](repeating: 0, count: 65536)
        let core = window.core
        for y in core.y..<core.endY {
            for pixel in y * pixels.width + core.x..<y * pixels.width + core.endX {
                if let validity = pixels.validity, validity[pixel] == 0 {
                    counts[0] += 1
                } else if pixels.sampleType == .uint8 {
                    counts[Int(pixels.bytes[pixel])] += 1
                } else {
                    let value = pixels.value(at: pixel)
                    guard value >= 0, value <= 65535, value == value.rounded() else {
                        throw .invalid("labels: expected whole numbers from 0 to 65535, found \(value)")
                    }
                    counts[Int(value)] += 1
                }
            }
        }
        let labels = counts.indices.filter { counts[$0] > 0 }
        return Output(labels: labels, counts: labels.map { counts[$0] })
    }

    package func check(_ output: Output) throws(WireError) {
        guard output.labels.count == output.counts.count, output.labels.allSatisfy({ (0...65535).contains($0) }),
            zip(output.labels, output.labels.dropFirst()).allSatisfy(<), output.counts.allSatisfy({ $0 > 0 }),
            output.counts.reduce(0, +) == window.core.area
        else { throw .invalid("counts: expected those of \(window.core.area) pixels by ascending labels, found others") }
    }
}
