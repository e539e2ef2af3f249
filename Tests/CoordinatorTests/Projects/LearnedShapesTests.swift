@testable import Annotations
@testable import Coordinator
import Imaging
import Testing

@testable import Projects

/// Shapes that are kept from one operation to the next for training.
@Suite struct LearnedShapesTests {
    private static let time = "2026-11-30T12:00:00.000Z"

    /// The same, read anew.
    private func expected(_ state: ProjectState) -> [(plane: Projects.LabelledPlane, annotations: [Annotation])] {
        state.labelledPlanes().map { labelled in
            (labelled, state.document(of: labelled.image.id, on: labelled.plane).annotations)
        }
    }

    private func check(_ shapes: LearnedShapes, _ state: ProjectState, _ place: String) {
        let (found, expected) = (shapes.planes(of: state), expected(state))
        #expect(found.map(\.plane) == expected.map(\.plane), "\(place)")
        for (one, other) in zip(found, expected) {
            #expect(one.shapes.map(\.annotation) == other.annotations, "\(place), plane \(one.plane.plane)")
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4], [1, 7, 40])
    func `what is kept is what is read anew, after any operations`(seed: UInt64, step: Int) {
        var scene = ProjectScene(seed: seed)
        var state = scene.state
        let shapes = LearnedShapes()
        var former: ProjectState?
        for number in 1...600 {
            let (person, operation) = scene.next()
            var draft = state
            // Some are refused.
            guard (try? draft.take([operation], by: person, at: Self.time)) != nil else { continue }
            state = draft
            guard number % step == 0 else { continue }
            check(shapes, state, "seed \(seed), operation \(state.sequence)")
            if let former, number % (5 * step) == 0 { check(shapes, former, "seed \(seed), before \(state.sequence)") }
            former = state
        }
        #expect(state.sequence > 300 && !shapes.planes(of: state).isEmpty, "seed \(seed): nothing was looked at")
    }

    @Test func `a shape that is set aside is another one for whoever learns`() throws {
        var state = ProjectState()
        let (person, image, stroke, other) = (ProjectScene.id(1), ProjectScene.id(2), ProjectScene.id(3), ProjectScene.id(4))
        state.add(person: person, name: "one", number: 1)
        func apply(_ id: String, _ action: Action) throws {
            _ = try state.take([NewOperation(id: id, action)], by: person, at: Self.time)
        }
        try apply(ProjectScene.id(10), .addImage(ProjectImage(id: image, path: "a.png", name: "a.png")))
        try apply(ProjectScene.id(11), .addClass(number: 1, name: "one", colour: .classColour(1)))
        try apply(stroke, .addShape(image: image, plane: ShapePlane(), NewShape(classNumber: 1, ProjectScene.box)))
        try apply(other, .addShape(image: image, plane: ShapePlane(), NewShape(classNumber: 1, ProjectScene.box(50))))
        let shapes = LearnedShapes()
        let before = try #require(shapes.planes(of: state).first).shapes
        try apply(ProjectScene.id(12), .setAside(shapes: [stroke], image: nil, isSetAside: true))
        let after = try #require(shapes.planes(of: state).first).shapes
        #expect(before[0].id != after[0].id && after[0].annotation.isEraser)
        #expect(before[1].id == after[1].id && !after[1].annotation.isEraser)
        try apply(ProjectScene.id(13), .undo(ProjectScene.id(12)))
        #expect(try #require(shapes.planes(of: state).first).shapes.map(\.id) == before.map(\.id))
        try apply(ProjectScene.id(14), .setAside(shapes: [], image: image, isSetAside: true))
        #expect(shapes.planes(of: state).isEmpty, "nothing is left to learn from")
    }
}
