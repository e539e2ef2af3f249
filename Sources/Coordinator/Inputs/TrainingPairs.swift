internal import Formats
internal import Imaging

/// The pairs of images and label maps that a command names, each once.
package struct TrainingPairs: Sendable {
    package let pairs: [TrainingPair]
    /// What was listed twice.
    package let notes: [ListNote]

    /// The pairs of a command line: image, labels, image, labels …
    package init(_ paths: [String]) throws(CoordinatorError) {
        guard !paths.isEmpty, paths.count.isMultiple(of: 2) else {
            throw CoordinatorError(
                .usage, "expected pairs IMAGE LABELS, found \(paths.count) file\(paths.count == 1 ? "" : "s")")
        }
        var doubles = Doubles()
        pairs = stride(from: 0, to: paths.count, by: 2).compactMap { index in
            let pair = TrainingPair(image: ImageInput(path: paths[index]), labels: ImageInput(path: paths[index + 1]))
            return doubles.isNew([pair.image, pair.labels]) ? pair : nil
        }
        notes = doubles.notes(of: "pair")
    }

    /// The pairs of a manifest: a list (`ListFile`) with an image and its labels a line, as on a command line or relative to the manifest's
    /// folder, and perhaps the page of both; a first line that names the columns image, labels and page is a header.
    ///
    /// - Throws: as `ListFile`; bad input for a page that is no number.
    package init(manifest path: String) throws(CoordinatorError) {
        let list = try ListFile(path, columns: ["image", "labels", "page"], required: 2)
        var doubles = Doubles(list: path)
        var pairs: [TrainingPair] = []
        for row in list.rows {
            var image = ImageInput(path: list.located(row.fields[0]))
            var labels = ImageInput(path: list.located(row.fields[1]))
            if row.fields.count == 3 {
                guard let page = Int(row.fields[2]), (0...ImageSelection.numberMax).contains(page) else {
                    throw CoordinatorError(
                        .badInput, "\(path): line \(row.line): expected a page from 0 on, found \(row.fields[2].quotedForMessage)"
                    )
                }
                (image.selection.page, image.choosesPage) = (page, true)
                if ((try? ImageFile.contents(path: labels.path).pages) ?? 1) > 1 { labels.selection.page = page }
            }
            if doubles.isNew([image, labels], line: row.line) { pairs.append(TrainingPair(image: image, labels: labels)) }
        }
        self.pairs = pairs
        notes = doubles.notes(of: "pair")
    }
}
