internal import Annotations
internal import Formats
package import Imaging
internal import Primitives

/// Label images as annotations: a raster patch for each label, in the order of the labels.
package enum LabelImageAnnotations {
    /// Values that are decoded at a time.
    private static let heldPixelCount = 1 << 22

    /// Reads a label image, of any format that keeps labels exactly. Of a file of colours each colour is a class.
    ///
    /// - Returns: the annotations, and the size of the image.
    /// - Throws: `ImageError`, as `ImageFile.openLabels`; `unsupported` for more runs of pixels than the limits.
    package static func read(path: String) throws(ImageError) -> (annotations: ReadAnnotations, width: Int, height: Int) {
        let reader = try ImageFile.openLabels(path: path)
        let (width, height) = (reader.width, reader.height)
        var rows: [UInt16: (first: Int, rows: [[Range<Int>]])] = [:]
        var count = 0
        let rowsAtOnce = max(1, heldPixelCount / width)
        for top in stride(from: 0, to: height, by: rowsAtOnce) {
            let taken = min(rowsAtOnce, height - top)
            let labels = try [UInt16](filled: taken * width) { (band) throws(ImageError) in try reader.read(taken, into: band) }
            for row in 0..<taken {
                for (label, run) in labels[row * width..<(row + 1) * width].labelRuns {
                    var patch = rows[label] ?? (top + row, [])
                    // Rows without the label, and this one.
                    while patch.first + patch.rows.count <= top + row { patch.rows.append([]) }
                    patch.rows[patch.rows.count - 1].append(run)
                    rows[label] = patch
                    count += 1
                }
            }
            guard count <= AnnotationLimits.runsMax else {
                throw .unsupported(path: path, reason: "expected at most \(AnnotationLimits.runsMax) runs of labels, found more")
            }
        }
        var builder = AnnotationBuilder(path: path)
        for label in rows.keys.sorted() {
            guard let patch = rows[label] else { continue }
            let palette = reader.palette
            let colour = Int(label) < palette.count ? palette[Int(label)] : nil
            let number = try builder.classNumber(key: "\(label)", name: nil, colour: colour, number: Int(label))
            let bounds = PixelRect(x: 0, y: patch.first, width: width, height: patch.rows.count)
            try builder.add(Annotation(.raster(RasterPatch(bounds: bounds, rows: patch.rows).trimmed), classNumber: number))
        }
        for note in reader.notes { builder.note(note.kind, note.text) }
        return (builder.finished(), width, height)
    }
}

extension ArraySlice<UInt16> {
    /// The runs of equal labels other than 0, counted from the slice's start.
    fileprivate var labelRuns: [(label: UInt16, run: Range<Int>)] {
        var runs: [(UInt16, Range<Int>)] = []
        var index = startIndex
        while index < endIndex {
            var end = index + 1
            while end < endIndex, self[end] == self[index] { end += 1 }
            if self[index] != 0 { runs.append((self[index], index - startIndex..<end - startIndex)) }
            index = end
        }
        return runs
    }
}
