/// The labels of several people for one image: where two label a pixel, the later one counts.
package enum MergedLabels {
    /// - Parameter sources: at least one, all of one size; a later one lies on top. Nothing of them is read yet.
    package static func source(_ sources: [LabelSource]) -> LabelSource {
        guard let first = sources.first else { preconditionFailure("no labels to be merged") }
        precondition(sources.allSatisfy { $0.width == first.width && $0.height == first.height }, "labels of several sizes")
        guard sources.count > 1 else { return first }
        let windows = sources.compactMap { source in
            if case .windows(let reader) = source { reader } else { nil }
        }
        return windows.count == sources.count
            ? .windows(MergedLabelWindows(readers: windows)) : .rows(MergedLabelRows(sources.map(\.rowReader)))
    }

    /// Pixels that two of the sources label differently. Reads all of them.
    ///
    /// - Throws: `ImageError` of a reader.
    package static func contradictionCount(_ sources: [LabelSource]) throws(ImageError) -> Int {
        switch source(sources) {
        case .rows(let reader):
            guard let merged = reader as? MergedLabelRows else { return 0 }
            let rowsAtOnce = max(1, min(merged.height, (1 << 20) / merged.width))
            var labels = [UInt16](repeating: 0, count: rowsAtOnce * merged.width)
            for first in stride(from: 0, to: merged.height, by: rowsAtOnce) {
                let count = min(rowsAtOnce, merged.height - first)
                try labels.withUnsafeMutableBufferPointer { (labels) throws(ImageError) in
                    try merged.read(count, into: UnsafeMutableBufferPointer(rebasing: labels[..<(count * merged.width)]))
                }
            }
            return merged.contradictionCount
        case .windows(let reader):
            guard let merged = reader as? MergedLabelWindows else { return 0 }
            return merged.contradictionCount
        }
    }

    /// Puts labels on top of others.
    ///
    /// - Parameter differs: gets the places at which another label lay below.
    fileprivate static func put(
        _ upper: UnsafeBufferPointer<UInt16>, on lower: UnsafeMutableBufferPointer<UInt16>, _ differs: (_ place: Int) -> Void
    ) {
        for place in lower.indices where upper[place] != 0 {
            if lower[place] != 0, lower[place] != upper[place] { differs(place) }
            lower[place] = upper[place]
        }
    }
}

/// Rows of several label maps, one on top of the other.
private final class MergedLabelRows: LabelRowReader {
    let width: Int
    let height: Int
    let palette: [RGBColour]
    let notes: [ImageNote]
    /// Of the rows that were read.
    private(set) var contradictionCount = 0
    private let readers: [any LabelRowReader]
    private var held: [UInt16] = []
    private var isContradicted: [Bool] = []

    init(_ readers: [any LabelRowReader]) {
        (self.readers, width, height) = (readers, readers[0].width, readers[0].height)
        palette = readers.first { !$0.palette.isEmpty }?.palette ?? []
        notes = readers.flatMap(\.notes)
    }

    func read(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) throws(ImageError) {
        try readers[0].read(count, into: labels)
        if held.count < labels.count {
            held = [UInt16](repeating: 0, count: labels.count)
            isContradicted = [Bool](repeating: false, count: labels.count)
        }
        for reader in readers.dropFirst() {
            try held.withUnsafeMutableBufferPointer { (held) throws(ImageError) in
                let upper = UnsafeMutableBufferPointer(rebasing: held[..<labels.count])
                try reader.read(count, into: upper)
                MergedLabels.put(UnsafeBufferPointer(upper), on: labels) { isContradicted[$0] = true }
            }
        }
        for place in labels.indices where isContradicted[place] {
            contradictionCount += 1
            isContradicted[place] = false
        }
    }
}

/// Rectangles of several label maps, one on top of the other.
private struct MergedLabelWindows: LabelWindowReader {
    let readers: [any LabelWindowReader]

    var width: Int { readers[0].width }
    var height: Int { readers[0].height }

    func mayHaveLabels(in rect: PixelRect) -> Bool { readers.contains { $0.mayHaveLabels(in: rect) } }

    func labels(in rect: PixelRect) -> LabelMap { merged(rect) { _ in } }

    private func merged(_ rect: PixelRect, _ differs: (_ place: Int) -> Void) -> LabelMap {
        let present = readers.filter { $0.mayHaveLabels(in: rect) }
        guard var map = present.first?.labels(in: rect) else {
            return LabelMap(width: rect.width, height: rect.height, labels: [UInt16](repeating: 0, count: rect.area))
        }
        for reader in present.dropFirst() {
            let upper = reader.labels(in: rect)
            map.labels.withUnsafeMutableBufferPointer { lower in
                upper.labels.withUnsafeBufferPointer { MergedLabels.put($0, on: lower, differs) }
            }
        }
        return map
    }

    /// Pixels that two of the maps label differently.
    var contradictionCount: Int {
        let grid = TileGrid(imageWidth: width, imageHeight: height, tileSide: 512, haloPixels: 0)
        var count = 0
        for row in 0..<grid.rows {
            for column in 0..<grid.columns {
                let rect = grid.tile(row: row, column: column).core
                guard readers.count(where: { $0.mayHaveLabels(in: rect) }) > 1 else { continue }
                var places: Set<Int> = []
                _ = merged(rect) { places.insert($0) }
                count += places.count
            }
        }
        return count
    }
}
