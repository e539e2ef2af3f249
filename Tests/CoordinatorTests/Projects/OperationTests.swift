@testable import Annotations
@testable import Coordinator
@testable import Features
@testable import Forest
import Foundation
@testable import Imaging
@testable import Primitives
@testable import Projects
import Testing

/// Operations as JSON.
@Suite struct OperationTests {
    private static let (id, image) = (ProjectScene.id(1), ProjectScene.id(2))

    private func read(_ text: String) -> Result<[NewOperation], ProjectError> {
        Result { () throws(ProjectError) in try NewOperation.list(Array("{\"operations\":[\(text)]}".utf8)) }
    }

    private static func point(_ x: Double, _ y: Double) -> AnnotationPoint { AnnotationPoint(x: x, y: y) }

    /// An operation of each kind, with every member.
    static var actions: [Action] {
        var added = ProjectImage(
            id: image, path: "/folder \"x\"/ü.tif", name: "ü",
            identity: ImageIdentity(
                byteCount: 12, modifiedNanoseconds: 1_764_484_270_123_456_789, sha256: ContentHash(of: Data("x".utf8))))
        (added.width, added.height, added.channels, added.sampleType) = (640, 480, 3, .uint16)
        (added.depth, added.times) = (4, 2)
        var change = SettingsChange()
        (change.families, change.sigmaMin, change.sigmaMax, change.sigmaCount) = ([.intensity, .edges], 0.7, 9, .some(nil))
        (change.trees, change.maxDepth, change.minSamplesLeaf) = (37, .some(5), 2)
        (change.maxFeatures, change.maxSamples, change.classWeight) = (.fraction(0.25), .count(1000), .balanced)
        change.seed = 1 << 53
        var preset = SettingsChange()
        preset.preset = .scikitImage
        let shapes: [AnnotationShape] = [
            .stroke(AnnotationPath([.move(point(1, 2)), .quadratic(point(3.25, 1 / 3), to: point(5, 6)), .close]), width: 8.5),
            .area([
                AnnotationPolygon(
                    exterior: [point(0, 0), point(9, 0), point(9, 9)], holes: [[point(1, 1), point(2, 1), point(2, 2)]])
            ]),
            .ellipse(x: -1, y: 2, width: 3, height: 4), .points([point(1.5, 2.5)]),
            .raster(RasterPatch(bounds: PixelRect(x: 1, y: 2, width: 4, height: 2), rows: [[0..<1, 2..<4], []])),
        ]
        return [
            .addImage(added), .removeImage(image), .relinkImage(image, ImageLink(path: "b.png", identity: added.identity)),
            .addClass(number: 255, name: "Zellen", colour: .classColour(3)),
            .changeClass(number: 3, name: "new", colour: .classColour(1), isHidden: false),
            .changeClass(number: 3, name: nil, colour: nil, isHidden: nil), .orderClasses([2, 1, 3]), .deleteClass(1),
            .addShape(image: image, plane: ShapePlane(z: 3, time: 1), NewShape(classNumber: 0, ProjectScene.box)),
            .eraseShape([id, image]),
            .replaceShapes(
                image: image, plane: ShapePlane(), remove: [id],
                add: shapes.enumerated().map { NewShape(id: ProjectScene.id(50 + $0), classNumber: 1, $1) }),
            .setSettings(change), .setSettings(preset), .setSettings(ProjectSettings.usual.change),
            .setSettings(SettingsChange()),
            .setAside(shapes: [id], image: image, isSetAside: true), .renamePerson("Ada"), .undo(id), .redo(id),
        ]
    }

    @Test(arguments: actions.indices) func `an operation is the same after it was written and read`(index: Int) throws {
        let operation = NewOperation(id: Self.id, Self.actions[index])
        let text = String(decoding: operation.document, as: UTF8.self)
        #expect(try read(text).get() == [operation], "\(text)")
        #expect(!text.contains("\n"))
        let taken = ProjectOperation(operation, sequence: 7, person: Self.image, time: "2026-11-30T12:00:00.000Z")
        let members = try #require(JSONSerialization.jsonObject(with: taken.document) as? [String: Any])
        #expect(members["sequence"] as? Int == 7 && members["person"] as? String == Self.image)
        #expect(members["kind"] as? String == Self.actions[index].kind && members["time"] != nil)
    }

    @Test func `a stroke of the contract is read`() throws {
        let text = """
            {"id":"\(Self.id)","kind":"addShape","image":"\(Self.image)","class":2,"plane":{"z":1,"t":0},
            "shape":{"type":"stroke","path":"M1,2 L3 4 Q5,6 7,8","width":8}}
            """
        let path = AnnotationPath([
            .move(Self.point(1, 2)), .line(Self.point(3, 4)), .quadratic(Self.point(5, 6), to: Self.point(7, 8)),
        ])
        let action = Action.addShape(
            image: Self.image, plane: ShapePlane(z: 1), NewShape(classNumber: 2, .stroke(path, width: 8)))
        #expect(try read(text).get() == [NewOperation(id: Self.id, action)])
    }

    @Test(arguments: [
        (#""kind":"paint""#, #"operations[0].kind: expected one of addClass, addImage, "#),
        (#""kind":"undo""#, "operations[0].operation: expected an id, found nothing"),
        (#""kind":"deleteClass","number":0"#, "operations[0].number: expected an integer of 1…255, found 0.0"),
        (##""kind":"deleteClass","number":1,"colour":"#000000""##, "operations[0].colour: expected none of this name"),
        (#""kind":"deleteClass","number":1,"number":2"#, "operations[0].number: expected one of this name"),
        (##""kind":"addClass","number":1,"name":"a\nb","colour":"#000000""##, "operations[0].name: expected a name of 1…200"),
        (
            #""kind":"addClass","number":1,"name":"a","colour":"red""#,
            ##"operations[0].colour: expected a colour #RRGGBB, found "red""##
        ),
        (#""kind":"eraseShape","shapes":["A"]"#, "operations[0].shapes[0]: expected a UUID in lower case"),
        (#""kind":"setSettings","settings":{"forest":{"trees":0}}"#, "operations[0].settings.forest.trees: expected an integer"),
        (#""kind":"setSettings","settings":{"speed":1}"#, "operations[0].settings.speed: expected none of this name"),
        (
            #""kind":"setSettings","settings":{"forest":{},"level":1}"#,
            "operations[0].settings.level: expected none of this name (there are features, forest)"
        ),
        (
            #""kind":"addShape","class":1,"image":"00000000-0000-4000-8000-000000000002","shape":{"type":"points","points":[],"width":1}"#,
            "operations[0].shape.width: expected none of this name"
        ),
        (
            #""kind":"addShape","class":1,"image":"00000000-0000-4000-8000-000000000002","shape":{"type":"stroke","path":"M1,1L1e8,2","width":1}"#,
            "operations[0].shape: expected coordinates of strokes in pixels within ±4194304, found 100000000.0"
        ),
        (
            #""kind":"addShape","class":1,"image":"00000000-0000-4000-8000-000000000002","shape":{"type":"stroke","path":"L1,1","width":1}"#,
            "operations[0].shape.path: "
        ),
    ]) func `a malformed operation is refused, and the message says where`(members: String, expected: String) {
        switch read("{\"id\":\"\(Self.id)\",\(members)}") {
        case .success(let operations): Issue.record("expected an error, found \(operations)")
        case .failure(let error):
            #expect(error.description.contains(expected), "\(error)")
            #expect(error.kind == .badOperation && !error.description.contains("\n"))
        }
    }

    @Test func `settings are the options of the command`() throws {
        var change = SettingsChange()
        (change.sigmaCount, change.maxDepth) = (.some(3), .some(7))
        let settings = try ProjectSettings.usual.changed(by: change)
        let text = settings.arguments.joined(separator: " ")
        #expect(
            text
                == "--features scikit-image --sigma-min 0.5 --sigma-max 16.0 --sigma-count 3 --trees 100 --max-depth 7 "
                + "--max-features sqrt --min-samples-leaf 1 --class-weight none --seed 0")
        var back = SettingsChange()
        (back.sigmaCount, back.maxDepth) = (.some(nil), .some(nil))
        #expect(try settings.changed(by: back) == .usual)
    }

    @Test func `families that were chosen by hand stay, and a preset takes their place`() throws {
        var (byHand, preset) = (SettingsChange(), SettingsChange())
        (byHand.families, preset.preset) = ([.intensity, .texture], .fast)
        let settings = try ProjectSettings.usual.changed(by: byHand)
        #expect(settings.arguments.prefix(2) == ["--features", "intensity,texture"])
        #expect(settings.change.families == [.intensity, .texture] && settings.change.preset == nil)
        let again = try settings.changed(by: SettingsChange())
        #expect(again == settings)
        let fast = try settings.changed(by: preset)
        #expect(fast.arguments.prefix(2) == ["--features", "fast"])
        #expect(fast.change.families == nil && fast.change.preset == .fast)
    }
}
