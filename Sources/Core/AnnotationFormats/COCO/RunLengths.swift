internal import Annotations
internal import Imaging

/// Masks of COCO: the lengths of runs, column by column, of pixels that are not marked and marked in turn.
///
/// Lengths are numbers, or a text: each of them (from the fourth on, its difference to the one two before it) in groups of five bits, the
/// lowest first; a sixth bit says that another group follows, the fifth of the last group is the sign; 48 is added to make letters.
enum RunLengths {
    /// Pixels of a mask.
    private static let pixelsMax = 1 << 40

    /// The patch of a mask's marked pixels.
    ///
    /// - Parameter work: steps taken for masks of the file so far: changes of pixels from column to column.
    static func patch(_ place: JSONPlace, _ work: inout Int) throws(ImageError) -> RasterPatch {
        let size = try place.required("size", "[height, width]")
        guard case .numbers(let sides) = size.value, sides.count == 2, let height = Int(exactly: sides[0]),
            let width = Int(exactly: sides[1]), (1...AnnotationLimits.sideMax).contains(height),
            (1...AnnotationLimits.sideMax).contains(width)
        else { throw size.wrong("[height, width] of 1…\(AnnotationLimits.sideMax)") }
        let counts = try place.required("counts", "lengths of runs")
        let lengths: [Int]
        switch counts.value {
        case .string(let text): lengths = try decode(text, counts)
        case .numbers(let numbers):
            lengths = numbers.compactMap { Int(exactly: $0) }
            guard lengths.count == numbers.count, lengths.allSatisfy({ (0...pixelsMax).contains($0) }) else {
                throw counts.wrong("lengths ≥ 0")
            }
        default: throw counts.wrong("a list of lengths, or a text")
        }
        var sum = 0
        for length in lengths {
            sum += length
            guard sum <= width * height else {
                throw counts.wrong("lengths of \(width * height) pixels together, more than that in")
            }
        }
        guard sum == width * height else { throw counts.wrong("lengths of \(width * height) pixels together, \(sum) in") }
        return try rows(lengths, width, height, counts, &work)
    }

    // MARK: Texts

    private static func decode(_ text: String, _ place: JSONPlace) throws(ImageError) -> [Int] {
        var lengths: [Int] = []
        var (value, shift) = (0, 0)
        for unit in text.utf8 {
            guard (48..<112).contains(unit), shift <= 45 else { throw place.wrong("letters from 0 to o") }
            let group = Int(unit) - 48
            value |= (group & 31) << shift
            shift += 5
            guard group & 32 == 0 else { continue }
            if group & 16 != 0 { value |= -1 << shift }
            if lengths.count > 2 { value += lengths[lengths.count - 2] }
            guard (0...pixelsMax).contains(value) else { throw place.wrong("lengths ≥ 0") }
            lengths.append(value)
            (value, shift) = (0, 0)
        }
        guard shift == 0 else { throw place.wrong("whole lengths") }
        return lengths
    }

    /// The text of a mask's lengths.
    static func encode(_ lengths: [Int]) -> String {
        var units: [UInt8] = []
        for (index, length) in lengths.enumerated() {
            var rest = index > 2 ? length - lengths[index - 2] : length
            while true {
                var group = rest & 31
                rest >>= 5
                let isLast = group & 16 != 0 ? rest == -1 : rest == 0
                if !isLast { group |= 32 }
                units.append(UInt8(group + 48))
                if isLast { break }
            }
        }
        return String(decoding: units, as: UTF8.self)
    }

    // MARK: Columns and rows

    /// Turns columns into rows: between two columns, only the rows in which they differ are touched.
    private static func rows(
        _ lengths: [Int], _ width: Int, _ height: Int, _ place: JSONPlace, _ work: inout Int
    ) throws(ImageError) -> RasterPatch {
        let extent = rowExtent(lengths, height)
        work += extent.count
        // Where a run begins in each row that is marked anywhere, if one is open there, and the runs that have ended.
        var starts = [Int32](repeating: -1, count: extent.count)
        var rows = [[Range<Int>]](repeating: [], count: extent.count)
        var marked: [Range<Int>] = []
        var (column, position, index, rest) = (0, 0, 0, lengths.first ?? 0)
        var isMarked = false
        func toggle(_ range: Range<Int>, at column: Int) {
            for row in range.lowerBound - extent.lowerBound..<range.upperBound - extent.lowerBound {
                if starts[row] < 0 {
                    starts[row] = Int32(column)
                } else {
                    rows[row].append(Int(starts[row])..<column)
                    starts[row] = -1
                }
            }
        }
        while column < width {
            // The marked rows of this column.
            var next: [Range<Int>] = []
            while position < height {
                while rest == 0 {
                    index += 1
                    isMarked.toggle()
                    rest = index < lengths.count ? lengths[index] : height - position
                }
                let count = min(rest, height - position)
                if isMarked {
                    if let last = next.last, last.upperBound == position {
                        next[next.count - 1] = last.lowerBound..<position + count
                    } else {
                        next.append(position..<position + count)
                    }
                }
                position += count
                rest -= count
            }
            for change in differences(marked, next) {
                work += change.count
                toggle(change, at: column)
            }
            work += 1 + next.count
            guard work <= 1 << 28 else {
                throw .unsupported(
                    path: place.path, reason: "\(place.place): expected simpler masks, found more than 2²⁸ changes in all")
            }
            (marked, position) = (next, 0)
            column += 1
            // Columns that are covered by one run are like this one, or become so.
            if rest >= height, next == (isMarked ? [0..<height] : []) {
                let skipped = min(rest / height, width - column)
                column += skipped
                rest -= skipped * height
            }
        }
        for range in marked { toggle(range, at: width) }
        return RasterPatch(
            bounds: PixelRect(x: 0, y: extent.lowerBound, width: width, height: extent.count), rows: rows
        ).trimmed
    }

    /// The rows from the first to the last in which anything is marked.
    private static func rowExtent(_ lengths: [Int], _ height: Int) -> Range<Int> {
        var extent: Range<Int>?
        var position = 0
        for (index, length) in lengths.enumerated() {
            if !index.isMultiple(of: 2), length > 0 {
                let start = position % height
                let rows = start + length > height ? 0..<height : start..<start + length
                extent = extent.map { min($0.lowerBound, rows.lowerBound)..<max($0.upperBound, rows.upperBound) } ?? rows
            }
            position += length
        }
        return extent ?? 0..<0
    }

    /// The rows that are in one of two lists and not in the other.
    private static func differences(_ one: [Range<Int>], _ other: [Range<Int>]) -> [Range<Int>] {
        if one == other { return [] }
        let ends = (one + other).flatMap { [$0.lowerBound, $0.upperBound] }.sorted()
        return stride(from: 0, to: ends.count, by: 2).compactMap { ends[$0] < ends[$0 + 1] ? ends[$0]..<ends[$0 + 1] : nil }
    }

    /// The lengths of a patch's mask in an image, column by column.
    static func lengths(of patch: RasterPatch, width: Int, height: Int) -> [Int] {
        // Marked rows by column.
        var columns: [Int: [Range<Int>]] = [:]
        for (row, runs) in patch.rows.enumerated() {
            let y = row + patch.bounds.y
            guard (0..<height).contains(y) else { continue }
            for run in runs {
                let end = max(0, min(width, run.upperBound + patch.bounds.x))
                for column in min(end, max(0, run.lowerBound + patch.bounds.x))..<end {
                    columns[column, default: []].mark(y)
                }
            }
        }
        var lengths: [Int] = []
        var position = 0
        for column in columns.keys.sorted() {
            for run in columns[column] ?? [] {
                let (start, end) = (column * height + run.lowerBound, column * height + run.upperBound)
                if start == position, !lengths.isEmpty {
                    lengths[lengths.count - 1] += end - start
                } else {
                    lengths += [start - position, end - start]
                }
                position = end
            }
        }
        if position < width * height || lengths.isEmpty { lengths.append(width * height - position) }
        return lengths
    }
}

extension [Range<Int>] {
    /// Adds a number above all that there are, to the last range if it follows that.
    fileprivate mutating func mark(_ number: Int) {
        if let last, last.upperBound == number {
            self[count - 1] = last.lowerBound..<number + 1
        } else {
            append(number..<number + 1)
        }
    }
}
