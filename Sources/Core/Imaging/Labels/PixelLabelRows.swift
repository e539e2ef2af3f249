/// How the values of a label image become labels.
package struct LabelTable: Hashable, Sendable {
    /// The label of each value, without opacity; others are unlabelled. Nil where the number, or the grey level, is the label.
    let labels: [LabelValue: UInt16]?

    /// The number, or the grey level, is the label.
    package static let numbers = LabelTable(labels: nil)
}

/// Reads the rows of a label map whose pixels are stored as numbers or as colours.
package final class PixelLabelRows: LabelRowReader {
    package let width: Int
    package let height: Int
    package let palette: [RGBColour]
    package let notes: [ImageNote]
    private let pixels: LabelPixels
    private let table: LabelTable
    private let ignored: [UInt16]
    private let samples: LabelSamples
    private var held: [UInt16] = []
    private var values: [LabelValue] = []

    /// - Parameters:
    ///   - table: how values become labels.
    ///   - ignored: labels that are read as unlabelled.
    ///   - notes: what is said of the file.
    package init(
        _ pixels: LabelPixels, as table: LabelTable = .numbers, ignoring ignored: [Int] = [], notes: [ImageNote] = []
    ) {
        (self.pixels, self.table, self.notes) = (pixels, table, notes)
        (width, height) = (pixels.rows.info.width, pixels.rows.info.height)
        palette = table.labels == nil ? pixels.palette : []
        self.ignored = ignored.compactMap { UInt16(exactly: $0) }.filter { $0 > 0 }
        samples = LabelSamples(pixels.rows, ignoring: ignored, path: pixels.path)
    }

    /// - Throws: `ImageError.unsupported` for a label that is not whole or above 65535, and that of the reader.
    package func read(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) throws(ImageError) {
        precondition(labels.count == count * width, "\(count) rows of \(width) labels: found \(labels.count)")
        if table.labels == nil, pixels.rows.info.channels == 1 {
            try samples.read(count, into: labels)
            for value in pixels.transparent { Self.clear(value.number, in: labels) }
        } else {
            let rowsAtOnce = max(1, Self.heldPixelCount / width)
            for first in stride(from: 0, to: count, by: rowsAtOnce) {
                let taken = min(rowsAtOnce, count - first)
                try look(taken, into: UnsafeMutableBufferPointer(rebasing: labels[first * width..<(first + taken) * width]))
            }
        }
        for label in ignored { Self.clear(label, in: labels) }
    }

    /// Pixels that are looked up at once, about.
    private static let heldPixelCount = 1 << 17

    /// Makes every `label` 0.
    private static func clear(_ label: UInt16, in labels: UnsafeMutableBufferPointer<UInt16>) {
        for index in labels.indices { labels[index] = labels[index] == label ? 0 : labels[index] }
    }

    private func look(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) throws(ImageError) {
        let sampleCount = labels.count * pixels.rows.info.channels
        if held.count < sampleCount { held = [UInt16](repeating: 0, count: sampleCount) }
        if values.count < labels.count { values = [LabelValue](repeating: .unlabelled, count: labels.count) }
        try held.withUnsafeMutableBufferPointer { (held) throws(ImageError) in
            let part = UnsafeMutableBufferPointer(rebasing: held[..<sampleCount])
            try samples.read(count, into: part)
            values.withUnsafeMutableBufferPointer { values in
                let values = UnsafeMutableBufferPointer(rebasing: values[..<labels.count])
                LabelValue.gather(UnsafeBufferPointer(part), of: pixels, into: values)
                guard let table = table.labels else {
                    for index in labels.indices { labels[index] = values[index].number }
                    return
                }
                // Neighbours mostly have the same colour.
                var (last, label) = (LabelValue.unlabelled, table[.unlabelled] ?? 0)
                for index in labels.indices {
                    let value = values[index].opaque
                    if value != last { (last, label) = (value, table[value] ?? 0) }
                    labels[index] = label
                }
            }
        }
    }
}
