internal import Formats
internal import Foundation
internal import Imaging

/// An image and the label map of the same size that goes with it.
package struct TrainingPair: Codable, Hashable, Sendable {
    package var image: ImageInput
    package let labels: ImageInput

    package init(image: ImageInput, labels: ImageInput) {
        self.image = image
        self.labels = labels
    }

    /// The pairs of a command line: image, labels, image, labels …
    package static func pairs(_ paths: [String]) throws(CoordinatorError) -> [TrainingPair] {
        guard !paths.isEmpty, paths.count.isMultiple(of: 2) else {
            throw CoordinatorError(
                .usage, "expected pairs IMAGE LABELS, found \(paths.count) file\(paths.count == 1 ? "" : "s")")
        }
        return stride(from: 0, to: paths.count, by: 2).map {
            TrainingPair(image: ImageInput(path: paths[$0]), labels: ImageInput(path: paths[$0 + 1]))
        }
    }

    /// The pairs of a manifest: a CSV file (RFC 4180) with an image and its labels a line, relative to the manifest's folder,
    /// and perhaps the page of both; a first line `image,labels` or `image,labels,page` is a header.
    package static func manifest(_ path: String) throws(CoordinatorError) -> [TrainingPair] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CoordinatorError(.inputOutput, "\(path): cannot be read as a UTF-8 text file")
        }
        let manifest = FilePath(path)
        let locate = { (name: String) in name.hasPrefix("/") ? name : manifest.sibling(name) }
        var pairs: [TrainingPair] = []
        for (number, fields) in CSV.rows(text).enumerated() {
            if fields.allSatisfy(\.isEmpty) { continue }
            if number == 0, fields.prefix(2).map({ $0.lowercased() }) == ["image", "labels"] { continue }
            guard (2...3).contains(fields.count), !fields[0].isEmpty, !fields[1].isEmpty else {
                throw CoordinatorError(
                    .badInput,
                    "\(path): line \(number + 1): expected image,labels or image,labels,page, found \(fields.count) field(s)")
            }
            var image = ImageInput(path: locate(fields[0]))
            var labels = ImageInput(path: locate(fields[1]))
            if fields.count == 3, !fields[2].isEmpty {
                guard let page = Int(fields[2]), (0...ImageSelection.numberMax).contains(page) else {
                    throw CoordinatorError(
                        .badInput, "\(path): line \(number + 1): expected a page from 0 on, found \(fields[2])")
                }
                (image.selection.page, image.choosesPage) = (page, true)
                if ((try? ImageFile.contents(path: labels.path).pages) ?? 1) > 1 { labels.selection.page = page }
            }
            pairs.append(TrainingPair(image: image, labels: labels))
        }
        guard !pairs.isEmpty else { throw CoordinatorError(.badInput, "\(path): expected lines image,labels, found none") }
        return pairs
    }
}

/// Comma-separated values with optional double quotes (RFC 4180).
enum CSV {
    /// The rows of a text, each as its fields without surrounding spaces.
    static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var characters = text.makeIterator()
        var pushed: Character?
        func endField() {
            fields.append(field.trimmingCharacters(in: .whitespaces))
            field = ""
        }
        func endRow() {
            endField()
            rows.append(fields)
            fields = []
        }
        while let character = pushed ?? characters.next() {
            pushed = nil
            switch (character, isQuoted) {
            case ("\"", true):
                let next = characters.next()
                if next == "\"" { field.append("\"") } else { (isQuoted, pushed) = (false, next) }
            case ("\"", false): isQuoted = true
            case (",", false): endField()
            case (let end, false) where end.isNewline: endRow()
            default: field.append(character)
            }
        }
        if !field.isEmpty || !fields.isEmpty { endRow() }
        return rows
    }
}
