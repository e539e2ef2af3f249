@testable import Annotations
@testable import Coordinator
import Foundation
@testable import Imaging
@testable import Projects
import Testing

/// What operations make of a project.
@Suite struct ProjectStateTests {
    private let scene = ProjectScene(seed: 0)
    private static let (image, anna, bert) = (ProjectScene.id(500), ProjectScene.id(1_000_000), ProjectScene.id(1_000_001))
    private static let time = "2026-11-30T12:00:00.000Z"

    /// A project with an image and the classes 1 and 2, and the operations of Anna.
    private func state(_ actions: [(Int, Action)] = []) throws -> ProjectState {
        var state = scene.state
        try send(
            [
                (900, .addImage(ProjectImage(id: Self.image, path: "/a.png", name: "a.png"))),
                (901, .addClass(number: 1, name: "one", colour: .classColour(0))),
                (902, .addClass(number: 2, name: "two", colour: .classColour(1))),
            ] + actions, to: &state)
        return state
    }

    private func send(_ actions: [(Int, Action)], to state: inout ProjectState, by person: String = anna) throws {
        let operations = actions.map { NewOperation(id: ProjectScene.id($0.0), $0.1) }
        _ = try state.take(operations, by: person, at: Self.time)
    }

    private func objection(_ action: Action, _ state: ProjectState, by person: String = anna) -> String {
        var state = state
        do throws(ProjectError) {
            _ = try state.take([NewOperation(id: ProjectScene.id(7777), action)], by: person, at: Self.time)
            return "none"
        } catch {
            return error.description
        }
    }

    private func addShape(_ classNumber: Int) -> Action {
        .addShape(image: Self.image, plane: ShapePlane(), NewShape(classNumber: classNumber, ProjectScene.box))
    }

    private func ids(_ state: ProjectState) -> [String] { state.shapes(of: Self.image).map(\.id) }

    @Test(arguments: 0..<24 as Range<UInt64>) func `a state is what its operations make one after the other, whatever was undone`(
        seed: UInt64
    ) throws {
        var scene = ProjectScene(seed: seed)
        var state = scene.state
        var operations: [ProjectOperation] = []
        for step in 0..<400 {
            let (person, operation) = scene.next()
            // Some are refused, such as settings that do not go together.
            var draft = state
            if let taken = try? draft.take([operation], by: person, at: Self.time) {
                (state, operations) = (draft, operations + taken)
            }
            guard step % 40 == 39 else { continue }
            let expected = ReferenceProject(operations).ordered(by: scene.images)
            #expect(ReferenceProject(state) == expected, "seed \(seed), step \(step)")
        }
        // Most operations were taken, of most kinds, and some are void.
        #expect(operations.count > 350, "seed \(seed): \(operations.count)")
        #expect(Set(operations.map(\.action.kind)).count >= 12, "seed \(seed)")
        #expect(state.operations.contains { $0.value.isVoid })
        var again = scene.state
        for operation in operations { again.apply(operation) }
        #expect(again == state, "seed \(seed)")
    }

    @Test func `an undo of a deleted class brings back its shapes under the same number`() throws {
        var state = try state([(1, addShape(1)), (2, addShape(2)), (3, .deleteClass(1))])
        #expect(ids(state) == [ProjectScene.id(2)])
        #expect(state.allClasses.map(\.number) == [2])
        #expect(state.nextClassNumber == 3)
        try send([(4, .undo(ProjectScene.id(3)))], to: &state)
        #expect(ids(state) == [ProjectScene.id(1), ProjectScene.id(2)])
        #expect(state.allClasses.map(\.number) == [1, 2])
        try send([(5, .redo(ProjectScene.id(3)))], to: &state)
        #expect(ids(state) == [ProjectScene.id(2)])
    }

    @Test func `people undo their own operations only`() throws {
        let state = try state([(1, addShape(1))])
        let objection = objection(.undo(ProjectScene.id(1)), state, by: Self.bert)
        #expect(objection.hasSuffix("expected one of your own, found one of Person 1"))
        #expect(self.objection(.undo(ProjectScene.id(1)), state) == "none")
        #expect(state.nextUndo(of: Self.bert) == nil)
        #expect(state.nextUndo(of: Self.anna) == ProjectScene.id(1))
    }

    @Test func `an erased shape stays erased when one of two who erased it undoes that`() throws {
        var state = try state([(1, addShape(1)), (2, .eraseShape([ProjectScene.id(1)]))])
        try send([(3, .eraseShape([ProjectScene.id(1)]))], to: &state, by: Self.bert)
        try send([(4, .undo(ProjectScene.id(2)))], to: &state)
        #expect(ids(state).isEmpty)
        try send([(5, .undo(ProjectScene.id(3)))], to: &state, by: Self.bert)
        #expect(ids(state) == [ProjectScene.id(1)])
    }

    @Test func `undo and redo go back and forth through everything, and something new ends redo`() throws {
        let empty = try state()
        var state = empty
        try send((1...50).map { ($0, addShape($0 % 3)) }, to: &state)
        let full = ids(state)
        var next = 100
        while let operation = state.nextUndo(of: Self.anna), next < 150 {
            try send([(next, .undo(operation))], to: &state)
            next += 1
        }
        #expect(ids(state).isEmpty)
        while let operation = state.nextRedo(of: Self.anna) {
            try send([(next, .redo(operation))], to: &state)
            next += 1
        }
        #expect(ids(state) == full)
        try send([(next, .undo(ProjectScene.id(50))), (next + 1, addShape(1))], to: &state)
        #expect(state.nextRedo(of: Self.anna) == nil)
        #expect(state.nextUndo(of: Self.anna) == ProjectScene.id(next + 1))
    }

    @Test func `what is not allowed is refused in words, and changes nothing`() throws {
        let state = try state([(1, addShape(1)), (2, .undo(ProjectScene.id(1)))])
        let unknown = ProjectScene.id(31)
        var sigma = SettingsChange()
        (sigma.sigmaMin, sigma.sigmaMax) = (8, 2)
        let cases: [(Action, String)] = [
            (.addClass(number: 1, name: "new", colour: .classColour(0)), "number: expected one that no class has had, found 1"),
            (.addClass(number: 3, name: "two", colour: .classColour(0)), "expected another name than \"two\", which class 2 has"),
            (.changeClass(number: 1, name: "two", colour: nil, isHidden: nil), "expected another name than \"two\""),
            (.changeClass(number: 9, name: nil, colour: nil, isHidden: true), "expected a class of the project, found 9"),
            (.orderClasses([1, 1]), "numbers: expected each class once"), (.deleteClass(9), "found 9"),
            (addShape(9), "expected a class of the project, found 9"),
            (.addShape(image: unknown, plane: ShapePlane(), NewShape(classNumber: 1, ProjectScene.box)), "image: expected one"),
            (.addShape(image: Self.image, plane: ShapePlane(z: 1), NewShape(classNumber: 1, ProjectScene.box)), "found z 1, t 0"),
            (.eraseShape([unknown]), "shapes: expected shapes of the project, found \(unknown)"),
            (
                .replaceShapes(
                    image: Self.image, plane: ShapePlane(), remove: [],
                    add: [NewShape(id: ProjectScene.id(1), classNumber: 1, ProjectScene.box)]), "expected an id of a new shape"
            ), (.setSettings(sigma), "settings.features"), (.undo(unknown), "operation: expected one of the project"),
            (.undo(ProjectScene.id(2)), "an undo cannot be undone; send redo"), (.removeImage(unknown), "image: expected one"),
            (.addImage(ProjectImage(id: Self.image, path: "/b", name: "b")), "expected an id of a new image"),
            (.setAside(shapes: [], image: nil, isSetAside: true), "expected shapes or an image, found neither"),
        ]
        for (action, expected) in cases {
            let found = objection(action, state)
            #expect(found.contains(expected), "\(found)")
            #expect(found.hasPrefix("operations[0] (\(action.kind)): ") && !found.contains("\n"), "\(found)")
        }
    }

    @Test func `strokes for a class and an image that are gone are kept, and come back with them`() throws {
        var state = try state([(1, .deleteClass(1)), (2, .removeImage(Self.image)), (3, addShape(1))])
        #expect(ids(state).isEmpty)
        try send([(4, .undo(ProjectScene.id(1))), (5, .undo(ProjectScene.id(2)))], to: &state)
        #expect(ids(state) == [ProjectScene.id(3)])
    }

    @Test func `what is learned from changes with shapes and classes, not with what is hidden`() throws {
        var state = try state([(1, addShape(1))])
        #expect(state.labelSequence == 4)
        try send([(2, .changeClass(number: 1, name: nil, colour: nil, isHidden: true)), (3, .renamePerson("A"))], to: &state)
        #expect((state.sequence, state.labelSequence) == (6, 4))
        try send([(4, .undo(ProjectScene.id(2)))], to: &state)
        #expect(state.labelSequence == 4)
        try send([(5, .undo(ProjectScene.id(1)))], to: &state)
        #expect(state.labelSequence == 8)
        #expect(state.person(Self.anna)?.name == "A")
    }

    @Test func `names and colours of classes are in the model`() throws {
        var state = try state([(1, addShape(1)), (2, .changeClass(number: 1, name: "other", colour: nil, isHidden: nil))])
        #expect(state.labelSequence == 5)
        let colour = RGBColour(hex: "#123456")
        try send([(3, .changeClass(number: 1, name: nil, colour: colour, isHidden: nil))], to: &state)
        #expect(state.labelSequence == 6)
        try send([(4, .undo(ProjectScene.id(2)))], to: &state)
        #expect(state.labelSequence == 7)
    }

    @Test func `other settings, and a file in the place of another, ask for another forest`() throws {
        var change = SettingsChange()
        change.trees = 7
        var state = try state([(1, addShape(1)), (2, .setSettings(change))])
        #expect(state.labelSequence == 5)
        try send([(3, .relinkImage(Self.image, ImageLink(path: "/b.png", identity: nil)))], to: &state)
        #expect(state.labelSequence == 6)
        try send([(4, .undo(ProjectScene.id(2)))], to: &state)
        #expect(state.labelSequence == 7)
    }
}
