/// Gives the labels of any rectangle of a label map, at any time. Safe to use from any thread.
package protocol LabelWindowReader: Sendable {
    /// Columns.
    var width: Int { get }

    /// Rows.
    var height: Int { get }

    /// Whether a pixel of `rect` may be labelled: never false where one is. It costs little.
    func mayHaveLabels(in rect: PixelRect) -> Bool

    /// The labels of the pixels of `rect`, 0 where there is none.
    ///
    /// - Precondition: the rectangle lies inside the map.
    func labels(in rect: PixelRect) -> LabelMap
}

/// How the labels of an image are read.
package enum LabelSource {
    /// Row by row, from the top to the bottom.
    case rows(any LabelRowReader)
    /// Any rectangle at any time; where there are labels is known beforehand.
    case windows(any LabelWindowReader)

    /// Columns.
    package var width: Int {
        switch self {
        case .rows(let reader): reader.width
        case .windows(let reader): reader.width
        }
    }

    /// Rows.
    package var height: Int {
        switch self {
        case .rows(let reader): reader.height
        case .windows(let reader): reader.height
        }
    }

    /// Row by row, whatever the source.
    package var rowReader: any LabelRowReader {
        switch self {
        case .rows(let reader): reader
        case .windows(let reader): WindowLabelRows(reader)
        }
    }
}

/// Serves windows of a label map from the top to the bottom, whatever its source: the twin of `ImageWindows`. Not safe to share between
/// threads.
package final class LabelWindows {
    /// Columns of the map.
    package let width: Int
    /// Rows of the map.
    package let height: Int
    private let access: Access

    private enum Access {
        case band(LabelBandReader)
        case windows(any LabelWindowReader)
    }

    /// - Precondition: no row of the source has been read yet.
    package init(_ source: LabelSource) {
        (width, height) = (source.width, source.height)
        access =
            switch source {
            case .rows(let reader): .band(LabelBandReader(reader))
            case .windows(let reader): .windows(reader)
            }
    }

    /// Makes rows `range` ready for windows.
    ///
    /// - Precondition: neither bound lies above that of the last call, and both lie in `0...height`.
    /// - Throws: `ImageError` of the reader; the windows must not be used afterwards.
    package func advance(to range: Range<Int>) throws(ImageError) {
        if case .band(let band) = access { try band.advance(to: range) }
    }

    /// Whether a pixel of `rect` may be labelled: never false where one is.
    package func mayHaveLabels(in rect: PixelRect) -> Bool {
        switch access {
        case .band: true
        case .windows(let reader): reader.mayHaveLabels(in: rect)
        }
    }

    /// The labels of `rect`, in image coordinates.
    ///
    /// - Precondition: `rect` lies inside the rows that are ready and the map's columns.
    package func window(_ rect: PixelRect) -> LabelMap {
        switch access {
        case .band(let band): band.window(rect)
        case .windows(let reader): reader.labels(in: rect)
        }
    }
}

/// The rows of labels that are given by rectangles. Holds a band of rows.
package final class WindowLabelRows: LabelRowReader {
    package let width: Int
    package let height: Int
    package var palette: [RGBColour] { [] }
    private let reader: any LabelWindowReader
    private var nextRow = 0
    /// The rows that are held, and their labels; none for a band without any.
    private var band: (rows: Range<Int>, labels: [UInt16]) = (0..<0, [])

    /// Side of the rectangles that are asked for.
    private static let side = 512
    /// Labels that are held, at most, unless a row has more.
    private static let heldCountMax = 1 << 24

    package init(_ reader: any LabelWindowReader) { (self.reader, width, height) = (reader, reader.width, reader.height) }

    package func read(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) throws(ImageError) {
        precondition(labels.count == count * width && nextRow + count <= height, "\(count) rows after \(nextRow) of \(height)")
        let first = nextRow
        while nextRow < first + count {
            if !band.rows.contains(nextRow) { load() }
            let rows = nextRow..<min(first + count, band.rows.upperBound)
            let target = UnsafeMutableBufferPointer(
                rebasing: labels[(rows.lowerBound - first) * width..<(rows.upperBound - first) * width])
            if band.labels.isEmpty {
                target.update(repeating: 0)
            } else {
                let start = (rows.lowerBound - band.rows.lowerBound) * width
                _ = target.update(fromContentsOf: band.labels[start..<start + target.count])
            }
            nextRow = rows.upperBound
        }
    }

    /// Reads the band that begins with the next row.
    private func load() {
        let count = min(height - nextRow, max(1, min(Self.side, Self.heldCountMax / width)))
        let rows = PixelRect(x: 0, y: nextRow, width: width, height: count)
        band = (nextRow..<nextRow + count, [])
        guard reader.mayHaveLabels(in: rows) else { return }
        band.labels = [UInt16](repeating: 0, count: rows.area)
        for left in stride(from: 0, to: width, by: Self.side) {
            let rect = PixelRect(x: left, y: rows.y, width: min(Self.side, width - left), height: count)
            guard reader.mayHaveLabels(in: rect) else { continue }
            let map = reader.labels(in: rect)
            for row in 0..<count {
                band.labels.replaceSubrange(
                    row * width + left..<row * width + left + rect.width,
                    with: map.labels[row * rect.width..<(row + 1) * rect.width])
            }
        }
    }
}
