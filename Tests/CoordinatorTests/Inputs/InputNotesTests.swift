import Imaging
import Primitives
import Synchronization
import Testing

@testable import Coordinator

/// What a command says of its inputs.
struct InputNotesTests {
    private final class Lines: Sendable {
        let all = Lock<[String]>([])
    }

    @Test func `each kind is said once, and all notes are kept`() throws {
        let lines = Lines()
        let notes = InputNotes { line in lines.all.withLock { $0.append(line) } }
        let (alpha, planes) = (ImageNote(.alpha, "alpha"), ImageNote(.planes, "planes"))
        try notes.add([alpha], of: "a.png")
        try notes.add([alpha, planes], of: "b.png")
        try notes.add([alpha], of: "a.png")
        #expect(lines.all.withLock { $0 } == ["note: a.png: alpha", "note: b.png: planes"])
        #expect(notes.entries.map(\.file) == ["a.png", "b.png", "b.png"])
    }

    @Test func `notes are errors where that is asked for`() {
        let notes = InputNotes(isStrict: true)
        #expect(throws: CoordinatorError(.badInput, "a.png: alpha (--strict)")) {
            try notes.add([ImageNote(.alpha, "alpha")], of: "a.png")
        }
    }

    @Test func `one plane of several is said unless it was asked for`() throws {
        let contents = ImageContents(depth: 3, times: 4, channels: 1, levels: [.init(width: 1, height: 1)])
        let notes = InputNotes()
        try notes.add(of: ImageInput(path: "a.tif", choosesPage: true), contents)
        #expect(notes.entries.isEmpty)
        try notes.add(of: ImageInput(path: "a.tif"), contents)
        #expect(notes.entries.map(\.kind) == [.planes])
        #expect(notes.entries[0].text.hasPrefix("12 planes, of which plane 0 alone is used"))
    }
}
