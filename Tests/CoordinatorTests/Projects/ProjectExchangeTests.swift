@testable import AnnotationFormats
@testable import Annotations
@testable import Coordinator
import Foundation
@testable import Imaging
@testable import Projects
import Testing

/// What trains, and what goes out and comes in.
@Suite struct ProjectExchangeTests {
    private let folder: TemporaryFolder
    private let store: ProjectStore
    private let person: String
    private static let (image, stack) = (ProjectScene.id(500), ProjectScene.id(501))

    init() async throws {
        folder = try TemporaryFolder()
        store = try ProjectStore.open(folder: folder("project"))
        person = try store.person(nil).id
        var stack = ProjectImage(id: Self.stack, path: "images/cells.tif", name: "cells.tif")
        (stack.depth, stack.times, stack.width, stack.height) = (3, 2, 200, 100)
        try await send([
            .addImage(ProjectImage(id: Self.image, path: "/data/a, \"b\"/cells.png", name: "cells.png")), .addImage(stack),
            .addClass(number: 2, name: "two", colour: .classColour(1)),
            .addClass(number: 1, name: "one", colour: .classColour(0)),
            .addClass(number: 3, name: "three", colour: .classColour(2)), .deleteClass(3),
        ])
    }

    @discardableResult private func send(_ actions: [Action]) async throws -> [ProjectOperation] {
        try await store.append(actions.map { NewOperation($0) }, by: person)
    }

    private func shape(
        _ classNumber: Int, _ x: Double, _ width: Double = 20, image: String = image, _ plane: ShapePlane = ShapePlane()
    )
        -> Action
    {
        .addShape(image: image, plane: plane, NewShape(classNumber: classNumber, ProjectScene.box(x, width)))
    }

    private func row(_ document: AnnotationDocument) throws -> [UInt16] {
        try AnnotationLabels(document, width: 100, height: 40).labels(in: PixelRect(x: 0, y: 15, width: 100, height: 1)).labels
    }

    @Test func `a document has the classes by number and the shapes in order, with erasers`() async throws {
        let added = try await send([shape(2, 10), shape(0, 15, 5), shape(1, 25)])
        let document = store.state.document(of: Self.image)
        #expect(document.classes.map(\.number) == [1, 2])
        #expect(document.classes.map(\.name) == ["one", "two"])
        #expect(document.annotations.map(\.id) == added.map(\.id))
        #expect(document.annotations.map(\.isEraser) == [false, true, false])
        #expect(document.annotations.allSatisfy { $0.plane == nil })
        let labels = try row(document)
        #expect([labels[10], labels[15], labels[20], labels[25], labels[44], labels[45]] == [2, 0, 2, 1, 1, 0])
    }

    @Test func `what is set aside is never trained on, and each labelled pixel is of one use`() async throws {
        let added = try await send([shape(2, 10), shape(1, 20), shape(2, 35), shape(0, 12, 2)])
        let whole = try row(store.state.document(of: Self.image))
        try await send([.setAside(shapes: [added[1].id], image: nil, isSetAside: true)])
        let training = try row(store.state.document(of: Self.image))
        let validation = try row(store.state.document(of: Self.image, for: .validation))
        #expect(training[20..<35].allSatisfy { $0 == 0 } && validation[20..<35].allSatisfy { $0 == 1 })
        for place in whole.indices {
            #expect(max(training[place], validation[place]) == whole[place])
            #expect(min(training[place], validation[place]) == 0)
        }
        try await send([.setAside(shapes: [], image: Self.image, isSetAside: true)])
        #expect(try row(store.state.document(of: Self.image)).allSatisfy { $0 == 0 })
        #expect(store.state.labelledPlanes().isEmpty)
        #expect(store.state.labelledPlanes(for: .validation).map(\.image.id) == [Self.image])
    }

    @Test func `an export is read by the command's own readers, as the project's documents`() async throws {
        var change = SettingsChange()
        change.trees = 12
        let planes = [ShapePlane(z: 1, time: 1), ShapePlane(z: 2)]
        try await send([
            shape(2, 10), shape(0, 15, 5), shape(1, 5, image: Self.stack, planes[0]), shape(2, 40, image: Self.stack, planes[1]),
            .setSettings(change),
        ])
        let export = try store.writeExport(to: folder("export"))
        #expect((export.imageCount, export.shapeCount) == (2, 3))
        let pairs = try TrainingPairs(manifest: folder("export/manifest.csv")).pairs
        #expect(
            pairs.map(\.image.path) == ["/data/a, \"b\"/cells.png"]
                + [String](repeating: folder("project/images/cells.tif"), count: 2))
        #expect(pairs.map(\.image.selection.page) == [0, 2, 4])
        #expect(pairs.map(\.image.choosesPage) == [false, true, true])
        #expect(store.state.labelledPlanes().map(\.page) == [nil, 2, 4])
        #expect(Set(pairs.map(\.labels.path)).count == 2)
        let first = try AnnotationFile.read(path: pairs[0].labels.path).document
        #expect(first == store.state.document(of: Self.image))
        let second = try AnnotationFile.read(path: pairs[1].labels.path).document
        #expect(second == store.state.document(of: Self.stack))
        #expect(second.annotations.map(\.plane) == [AnnotationPlane(z: 1, time: 1), AnnotationPlane(z: 2, time: 0)])
        let script = try String(contentsOfFile: folder("export/train.sh"), encoding: .utf8)
        #expect(script.contains("coppice train --manifest manifest.csv --output model.json --features scikit-image "))
        #expect(script.contains("--trees 12 ") && script.contains(export.arguments.joined(separator: " ")))
        // Nothing is written over.
        do throws(ProjectError) {
            _ = try store.writeExport(to: folder("export"))
            Issue.record("expected a refusal")
        } catch {
            #expect(error.description.contains("expected an empty or new folder"))
        }
    }

    @Test func `a project without shapes is not exported`() {
        #expect(throws: ProjectError.self) { try store.writeExport(to: folder("export")) }
        #expect(!FileManager.default.fileExists(atPath: folder("export")))
    }

    @Test func `what comes in is matched by names, colours and numbers, and one undo takes it back`() async throws {
        let box = ProjectScene.box
        var eraser = Annotation(eraser: ProjectScene.box(12, 3))
        eraser.image = "cells.png"
        let document = AnnotationDocument(
            classes: [
                AnnotationClass(number: 1, name: "two"), AnnotationClass(number: 7, name: "new", colour: .classColour(5)),
                // Number 3 was a class that is deleted: its number is not given again.
                AnnotationClass(number: 3, name: "other"),
            ],
            annotations: [
                Annotation(box, classNumber: 1), Annotation(box, classNumber: 7), Annotation(box, classNumber: 3), eraser,
                Annotation(box),
            ])
        let result = try store.state.importing(document, into: Self.image)
        #expect((result.shapeCount, result.classes) == (4, [2, 4, 7]))
        #expect(result.notes == ["shapes without a class are left out: 1"])
        let taken = try await store.append(result.operations, by: person)
        #expect(store.state.shapes(of: Self.image).map(\.classNumber) == [2, 7, 4, 0])
        #expect(store.state.allClasses.map(\.name) == ["one", "two", "other", "new"])
        #expect(store.state.allClasses.last?.colour == .classColour(5))
        try await send([.undo(taken[taken.count - 1].id)])
        #expect(store.state.shapes(of: Self.image).isEmpty)
    }

    @Test func `shapes come onto the planes that they name, and annotations of other images are refused`() async throws {
        var named = Annotation(ProjectScene.box, classNumber: 1)
        named.plane = AnnotationPlane(z: 2)
        var outside = named
        outside.plane = AnnotationPlane(z: 9)
        let classes = [AnnotationClass(number: 1, name: "one")]
        let document = AnnotationDocument(
            classes: classes, annotations: [named, Annotation(ProjectScene.box, classNumber: 1), outside])
        let result = try store.state.importing(document, into: Self.stack, on: ShapePlane(z: 1, time: 1))
        _ = try await store.append(result.operations, by: person)
        #expect(store.state.shapes(of: Self.stack).map(\.plane) == [ShapePlane(z: 1, time: 1), ShapePlane(z: 2, time: 1)])
        #expect(result.notes.count == 1)
        var (one, other) = (named, named)
        (one.image, other.image) = ("x.png", "y.png")
        #expect(throws: ProjectError(.badOperation, "expected annotations of cells.png, found those of x.png, y.png")) {
            try store.state.importing(AnnotationDocument(classes: classes, annotations: [one, other]), into: Self.image)
        }
        #expect(throws: ProjectError.self) { try store.state.importing(document, into: ProjectScene.id(9)) }
    }

    @Test func `two classes of one name, which an undo brings back, keep apart`() async throws {
        let renamed = try await send([.changeClass(number: 1, name: "uno", colour: nil, isHidden: nil)])
        try await send([.changeClass(number: 2, name: "one", colour: nil, isHidden: nil), .undo(renamed[0].id)])
        #expect(store.state.document(of: Self.image).classes.map(\.name) == ["one", "one (2)"])
    }

    @Test func `the shapes of a plane are listed as JSON, the lowest first`() async throws {
        let added = try await send([shape(2, 10), shape(0, 15, 5)])
        let bytes = store.state.shapesDocument(of: Self.image, on: ShapePlane())
        let document = try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        let shapes = try #require(document["shapes"] as? [[String: Any]])
        #expect(document["sequence"] as? Int == store.state.sequence)
        #expect(shapes.map { $0["id"] as? String } == added.map(\.id))
        #expect(shapes.map { $0["class"] as? Int } == [2, 0])
        #expect(shapes.allSatisfy { $0["person"] as? String == person && $0["isSetAside"] as? Bool == false })
        #expect((shapes[1]["shape"] as? [String: Any])?["type"] as? String == "rectangle")
    }
}
