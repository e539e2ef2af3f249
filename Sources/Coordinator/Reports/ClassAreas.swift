internal import Formats
internal import Foundation
internal import Imaging
internal import Jobs
package import Protocol

/// The areas of classes in finished label images, as CSV: a line for each plane and class, in the order of the images.
///
/// Pixels are counted in the files that were written, row by row, so that they are those of the files whatever way these were made.
package struct ClassAreas: Sendable {
    private var lines = ["image,page,label,class,pixels,share,square_micrometres"]
    private let classes: [SegmentationClass]

    package init(of classes: [SegmentationClass]) { self.classes = classes }

    /// Counts the planes of one image.
    ///
    /// The share is of the pixels that have a label. Square micrometres stay empty where the image does not say how large pixels are.
    /// - Parameter name: what the image is called; nil for its path.
    /// - Throws: `ImageError` of the label image.
    package mutating func add(_ work: ImageSegmentation.Work, named name: String? = nil) throws {
        guard let path = work.paths[.labels] else { return }
        let metadata = work.image.metadata
        let across = metadata.x?.length(in: .micrometre)
        let down = metadata.y?.length(in: .micrometre)
        let pixelArea = across.flatMap { across in down.map { across * $0 } }
        for page in 0..<(work.stack?.pages ?? 1) {
            let counts = try Self.counts(path, page: page)
            let labelled = classes.reduce(0) { $0 + counts[$1.label] }
            for one in classes {
                let count = counts[one.label]
                let share = labelled > 0 ? String(format: "%.6f", Double(count) / Double(labelled)) : ""
                let area = pixelArea.map { String(format: "%.6g", Double(count) * $0) } ?? ""
                let plane = work.stack == nil ? work.image.selection.page : page
                lines.append(
                    [(name ?? work.image.path).csvField, "\(plane)", "\(one.label)", one.name.csvField, "\(count)", share, area]
                        .joined(separator: ","))
            }
        }
    }

    /// Pixels by label.
    private static func counts(_ path: String, page: Int) throws -> [Int] {
        let reader = try ImageFile.openLabels(path: path, ImageSelection(page: page))
        var counts = [Int](repeating: 0, count: 1 << 16)
        let rowsAtOnce = max(1, min(reader.height, (1 << 20) / reader.width))
        var labels = [UInt16](repeating: 0, count: rowsAtOnce * reader.width)
        for first in stride(from: 0, to: reader.height, by: rowsAtOnce) {
            try Task.checkCancellation()
            let rows = min(rowsAtOnce, reader.height - first)
            try labels.withUnsafeMutableBufferPointer { labels in
                let part = UnsafeMutableBufferPointer(rebasing: labels[..<(rows * reader.width)])
                try reader.read(rows, into: part)
                for label in part { counts[Int(label)] += 1 }
            }
        }
        return counts
    }

    /// The document.
    package var text: String { lines.joined(separator: "\n") + "\n" }

    /// Writes the document, which appears under its name when it is complete.
    package func write(to path: String) throws { try PendingFile.write(Data(text.utf8), to: path) }
}
