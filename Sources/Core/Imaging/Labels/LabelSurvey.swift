/// What a label image holds, found out before it is read as labels.
package struct LabelSurvey: Sendable {
    package let path: String
    let storage: LabelPixels.Storage
    let palette: [RGBColour]
    /// Palette indices that are transparent.
    let transparent: Set<LabelValue>
    /// The samples' type in the file.
    let sampleType: SampleType
    let edges: SoftEdges
    /// Pixels that are read as unlabelled since their number is below 0, and the lowest such number.
    let belowZero: (count: Int, lowest: Int)
    /// Pixels that are read as unlabelled since they are NaN.
    let notANumberCount: Int
    /// Pixels that are read as unlabelled since they are transparent.
    let transparentCount: Int

    /// Values but `unlabelled`, without opacity, and their pixels.
    var counts: [LabelValue: Int] {
        edges.counts.reduce(into: [:]) { $0[$1.key.opaque, default: 0] += $1.value.pixels }
    }

    /// The labels of a file of numbers or with a palette, with their colours in it; empty for a file of colours.
    package var numbers: [Int: RGBColour?] {
        guard storage != .colours else { return [:] }
        return counts.keys.reduce(into: [:]) { numbers, value in
            let number = Int(value.number)
            numbers[number] = .some(storage == .palette && palette.indices.contains(number) ? palette[number] : nil)
        }
    }

    /// Whether all pixels have the same red, green and blue.
    let isGrey: Bool
    /// What of the file is read otherwise than it is stored.
    let notes: [ImageNote]
}

/// Reads a label image once, from the top to the bottom, and counts its values. Memory: three rows and the values. Not safe
/// to share between threads.
package final class LabelSurveyor {
    private let pixels: LabelPixels
    private let samples: LabelSamples
    private var edges = SoftEdges()
    private var transparentCount = 0
    private var nextRow = 0
    private var stored: [UInt16]
    /// The last three rows, the newest one last.
    private var rows: [[LabelValue]]

    /// Values up to which an image can be one of labels.
    private static let valuesMax = 65535
    /// Pixels that are read between two looks at whether the work is called off.
    private static let stepPixelCount = 1 << 20

    /// - Precondition: no row of `pixels` has been read yet.
    package init(_ pixels: LabelPixels, ignoring ignored: [Int] = []) {
        self.pixels = pixels
        samples = LabelSamples(pixels.rows, ignoring: ignored, path: pixels.path)
        let info = pixels.rows.info
        stored = [UInt16](repeating: 0, count: info.width * info.channels)
        rows = [[LabelValue]](repeating: [LabelValue](repeating: .unlabelled, count: info.width), count: 3)
    }

    /// Reads some rows; returns what was found once all were read.
    ///
    /// - Throws: `ImageError` of the reader; `unsupported` for more values than labels can have.
    package func step() throws(ImageError) -> LabelSurvey? {
        let info = pixels.rows.info
        let end = min(info.height, nextRow + max(1, Self.stepPixelCount / info.width))
        while nextRow < end {
            try read()
            if nextRow > 0 { count(isLast: false) }
            nextRow += 1
        }
        guard nextRow == info.height else { return nil }
        count(isLast: true)
        let isGrey = pixels.storage != .colours || edges.counts.keys.allSatisfy(\.isGrey)
        let channels = info.channels
        return LabelSurvey(
            path: pixels.path, storage: pixels.storage, palette: pixels.palette, transparent: pixels.transparent,
            sampleType: info.sampleType, edges: edges,
            belowZero: (samples.belowZeroCount / channels, samples.lowest), notANumberCount: samples.notANumberCount / channels,
            transparentCount: transparentCount, isGrey: isGrey, notes: pixels.notes)
    }

    private func read() throws(ImageError) {
        rows.append(rows.removeFirst())
        try stored.withUnsafeMutableBufferPointer { (stored) throws(ImageError) in
            try samples.read(1, into: stored)
            rows[2].withUnsafeMutableBufferPointer { values in
                LabelValue.gather(UnsafeBufferPointer(stored), of: pixels, into: values)
                countTransparent(UnsafeBufferPointer(stored), UnsafeBufferPointer(values))
            }
        }
        guard edges.counts.count <= Self.valuesMax else {
            throw .unsupported(
                path: pixels.path,
                reason: "expected a label map, found more than \(Self.valuesMax) colours; it looks like a picture")
        }
    }

    /// Counts the pixels that are unlabelled although they hold something.
    private func countTransparent(_ stored: UnsafeBufferPointer<UInt16>, _ values: UnsafeBufferPointer<LabelValue>) {
        guard pixels.hasOpacity || !pixels.transparent.isEmpty else { return }
        let channels = pixels.rows.info.channels
        let colours = pixels.hasOpacity ? channels - 1 : channels
        for index in values.indices where values[index] == .unlabelled {
            if (0..<colours).contains(where: { stored[index * channels + $0] != 0 }) { transparentCount += 1 }
        }
    }

    /// Counts the row before the newest one, or the newest.
    private func count(isLast: Bool) {
        let (above, middle, below) = isLast ? (nextRow > 1 ? 1 : 2, 2, 2) : (nextRow > 1 ? 0 : 1, 1, 2)
        rows[middle].withUnsafeBufferPointer { row in
            rows[above].withUnsafeBufferPointer { above in
                rows[below].withUnsafeBufferPointer { below in edges.add(row, above: above, below: below) }
            }
        }
    }
}
