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
            var effort = Int.max
            return contradictionCount(merged.readers, effort: &effort) ?? 0
        }
    }

    /// Pixels that two of the maps label differently; nil once the effort is used up. It is found where the maps meet: empty parts, and those
    /// of one map alone, cost next to nothing, however large they are.
    ///
    /// - Parameters:
    ///   - readers: all of one size.
    ///   - effort: what may be done: to ask a map whether it labels a square is 1, to draw a window of it `drawingEffort`. It is reduced by
    ///     what was done.
    package static func contradictionCount(_ readers: [any LabelWindowReader], effort: inout Int) -> Int? {
        guard let first = readers.first else { return 0 }
        var side = searchSide
        while side < max(first.width, first.height) { side *= 2 }
        let whole = PixelRect(x: 0, y: 0, width: first.width, height: first.height)
        return contradictionCount(readers, x: 0, y: 0, side: side, of: whole, &effort)
    }

    /// Side of the windows that are drawn to find contradictions.
    private static let searchSide = 512
    /// About how much longer it takes to draw one than to ask whether there is anything in it.
    package static let drawingEffort = 64

    /// The same of a square, of which a part lies in the maps: it is divided into four until it is a window.
    private static func contradictionCount(
        _ readers: [any LabelWindowReader], x: Int, y: Int, side: Int, of whole: PixelRect, _ effort: inout Int
    ) -> Int? {
        let rect = PixelRect(x: x, y: y, width: min(side, whole.endX - x), height: min(side, whole.endY - y))
        effort -= readers.count
        guard effort >= 0 else { return nil }
        let present = readers.filter { $0.mayHaveLabels(in: rect) }
        guard present.count > 1 else { return 0 }
        if side == searchSide {
            effort -= drawingEffort * present.count
            return effort >= 0 ? MergedLabelWindows(readers: present).contradictionCount(in: rect) : nil
        }
        let half = side / 2
        var sum = 0
        for top in [y, y + half] where top < whole.endY {
            for left in [x, x + half] where left < whole.endX {
                guard let count = contradictionCount(present, x: left, y: top, side: half, of: whole, &effort) else { return nil }
                sum += count
            }
        }
        return sum
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

    /// Pixels of `rect` that two of the maps label differently.
    func contradictionCount(in rect: PixelRect) -> Int {
        var isContradicted = [Bool](repeating: false, count: rect.area)
        _ = merged(rect) { isContradicted[$0] = true }
        return isContradicted.count { $0 }
    }
}
