internal import Formats
package import Imaging
internal import Primitives
internal import Synchronization

/// What a command says of its inputs: one line for each kind of note, however many files it is true of. The report has them all.
///
/// Safe to use from any task.
package final class InputNotes: Sendable {
    /// One note, and the file that it is about.
    package struct Entry: Codable, Hashable, Sendable {
        package var kind: ImageNote.Kind
        package var file: String
        package var text: String

        package init(kind: ImageNote.Kind, file: String, text: String) { (self.kind, self.file, self.text) = (kind, file, text) }
    }

    private struct State: Sendable {
        var entries: [Entry] = []
        var known: Set<Entry> = []
        var said: Set<ImageNote.Kind> = []
    }

    private let isStrict: Bool
    private let say: @Sendable (String) -> Void
    private let state = Lock(State())

    /// The most notes that a report has.
    private static let countMax = 10_000

    /// - Parameters:
    ///   - isStrict: whether a note is an error.
    ///   - say: gets the lines.
    package init(isStrict: Bool = false, say: @escaping @Sendable (String) -> Void = { _ in }) {
        (self.isStrict, self.say) = (isStrict, say)
    }

    /// Every note, each once, in the order in which they came.
    package var entries: [Entry] { state.withLock { $0.entries } }

    /// - Parameter file: that the notes are about.
    /// - Throws: bad input with the first of the notes, if notes are errors.
    package func add(_ notes: [ImageNote], of file: String) throws(CoordinatorError) {
        for note in notes {
            if isStrict { throw CoordinatorError(.badInput, "\(file): \(note.text) (--strict)") }
            let entry = Entry(kind: note.kind, file: file, text: note.text)
            let isNew = state.withLock { state in
                guard state.entries.count < Self.countMax, state.known.insert(entry).inserted else { return false }
                state.entries.append(entry)
                return state.said.insert(note.kind).inserted
            }
            if isNew { say("note: \(file): \(note.text)") }
        }
    }

    /// Adds what is to be said of the planes of a label map that is used.
    ///
    /// - Parameters:
    ///   - pages: planes of the file.
    ///   - image: whose labels they are.
    func add(planesOf labels: ImageInput, _ pages: Int, of image: ImageInput) throws(CoordinatorError) {
        guard pages > 1, !image.choosesPage else { return }
        let text = "\(pages) planes of labels, of which plane \(labels.selection.page) alone is used"
        try add([ImageNote(.planes, "\(text); take another by --page, or all by --all-pages")], of: labels.path)
    }

    /// Adds what is to be said of an image that is used.
    func add(of image: ImageInput, _ contents: ImageContents) throws(CoordinatorError) {
        var notes = contents.notes.filter { $0.kind != .alpha || !image.selection.masksByAlpha }
        if contents.pages > 1, !image.choosesPage {
            notes.append(
                ImageNote(
                    .planes,
                    "\(contents.pages) planes, of which plane \(image.selection.page) alone is used; "
                        + "take another by --page, or all by --all-pages"))
        }
        try add(notes, of: image.path)
    }
}
