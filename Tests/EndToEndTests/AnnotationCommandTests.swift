@testable import AnnotationFormats
@testable import Annotations
@testable import Formats
import Foundation
@testable import Imaging
import Testing

@testable import Coordinator

/// `coppice annotations convert` and `info` through the real program.
@Suite struct AnnotationCommandTests {
    private let scratch: Scratch
    private static let written = AnnotationFile.formats.filter { !$0.fileExtensions.isEmpty }.map { $0.option }
    private static let (width, height) = (100, 90)

    private static let document = AnnotationDocument(
        classes: [
            AnnotationClass(number: 1, name: "nuclei", colour: RGBColour(red: 230, green: 159, blue: 0)),
            AnnotationClass(number: 2, name: "rest", colour: RGBColour(red: 86, green: 180, blue: 233)),
        ],
        annotations: [
            Annotation(
                .area([
                    AnnotationPolygon(
                        exterior: [point(5, 5), point(35, 5), point(35, 30), point(5, 30)],
                        holes: [[point(10, 10), point(10, 20), point(20, 20), point(20, 10)]])
                ]), classNumber: 1),
            Annotation(
                .stroke(AnnotationPath(through: [point(20, 40), point(40.5, 45.25), point(41, 60)]), width: 4), classNumber: 2),
            Annotation(.rectangle(x: 62, y: 22, width: 12.5, height: 7), classNumber: 2),
            Annotation(.ellipse(x: 70, y: 65, width: 21, height: 13), classNumber: 1),
        ])

    private static func point(_ x: Double, _ y: Double) -> AnnotationPoint { AnnotationPoint(x: x, y: y) }

    init() throws {
        scratch = try Scratch()
        let bytes = try AnnotationFile.write(Self.document, as: CoppiceAnnotations.self, AnnotationWriting(), path: "a")
        try write(bytes, to: "a.annotations.json")
    }

    private func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: scratch(name)))
    }

    private func annotations(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.coppice(["annotations"] + arguments)
    }

    @Test(arguments: written) func `a document converted and back has the same labels`(option: String) async throws {
        let format = try #require(AnnotationFile.format(option: option))
        let (source, middle) = (scratch("a.annotations.json"), scratch("b.\(try #require(format.fileExtensions.first))"))
        let size = ["--size", "\(Self.width)x\(Self.height)"]
        for (from, to, arguments) in [
            (source, scratch("before.png"), size), (source, middle, size), (middle, scratch("after.tif"), size),
            (middle, scratch("c.annotations.json"), []), (scratch("c.annotations.json"), scratch("again.png"), size),
        ] {
            let outcome = try await Program.coppice(["annotations", "convert", from, to] + arguments)
            #expect(outcome.status == 0 && outcome.output.isEmpty, "\(from) to \(to): \(outcome.errors)")
        }
        let before = try ImageFile.readAllLabels(path: scratch("before.png"))
        #expect(before.width == Self.width && before.height == Self.height)
        #expect(before.presentLabels == [1, 2])
        #expect(try ImageFile.readAllLabels(path: scratch("after.tif")) == before)
        #expect(try ImageFile.readAllLabels(path: scratch("again.png")) == before)
        let info = try await annotations("info", middle)
        #expect(info.status == 0, "\(info.errors)")
        #expect(info.output.hasPrefix("format    \(format.name)\n"), "\(info.output)")
    }

    @Test func `the format is that of --to, whatever the name`() async throws {
        let outcome = try await annotations("convert", scratch("a.annotations.json"), scratch("b.txt"), "--to", "qupath")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await annotations("info", scratch("b.txt")).output.hasPrefix("format    QuPath GeoJSON\n"))
    }

    @Test func `info says format, images, shapes, bounds and classes`() async throws {
        let outcome = try await annotations("info", scratch("a.annotations.json"))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.output == """
                format    Coppice annotations
                images    not named
                shapes    4: 1 area, 1 ellipse, 1 rectangle, 1 stroke
                strokes   4 pixels wide
                bounds    x 5…91, y 5…78 pixels
                class 1   #E69F00  nuclei  2 shapes
                class 2   #56B4E9  rest  2 shapes

                """)
        try LabelMap(width: 3, height: 2, labels: [0, 1, 1, 0, 2, 0]).write(to: scratch("labels.png"))
        let image = try await annotations("info", scratch("labels.png"))
        #expect(image.status == 0, "\(image.errors)")
        #expect(image.output.hasPrefix("format    label image, 3×2 pixels\nimages    not named\nshapes    2: 2 raster patches\n"))
    }

    @Test func `info says how wide lines are taken that state no width`() async throws {
        let lines = [("1", ""), ("2", ",\"metadata\":{\"strokeWidth\":\"2.5\"}")].map { name, more in
            """
            {"type":"Feature","geometry":{"type":"LineString","coordinates":[[5,5],[20,9]]},
            "properties":{"objectType":"annotation","classification":{"name":"\(name)"}\(more)}}
            """
        }
        try write("{\"type\":\"FeatureCollection\",\"features\":[\(lines[0])]}".utf8, to: "one.geojson")
        try write("{\"type\":\"FeatureCollection\",\"features\":[\(lines[0]),\(lines[1])]}".utf8, to: "two.geojson")
        let one = try await annotations("info", scratch("one.geojson"), "--stroke-width", "3")
        #expect(one.output.contains("\nshapes    1: 1 stroke\nstrokes   3 pixels wide\n"), "\(one.output) \(one.errors)")
        #expect(one.output.contains("  1  1 shape\n"), "\(one.output)")
        let two = try await annotations("info", scratch("two.geojson"))
        #expect(two.output.contains("\nshapes    2: 2 strokes\nstrokes   2.5 to 8 pixels wide\n"), "\(two.output) \(two.errors)")
    }

    @Test func `several authors of a file are told how far they disagree`() async throws {
        var shapes: [Annotation] = []
        for (author, x, number) in [("Ann", 10.0, 1), ("Ben", 20, 2)] {
            var annotation = Annotation(.rectangle(x: x, y: 5, width: 30, height: 40), classNumber: number)
            annotation.author = author
            shapes.append(annotation)
        }
        let document = AnnotationDocument(classes: Self.document.classes, annotations: shapes)
        try write(
            try AnnotationFile.write(document, as: CoppiceAnnotations.self, AnnotationWriting(), path: "two"),
            to: "two.annotations.json")
        let info = try await annotations("info", scratch("two.annotations.json"))
        #expect(info.status == 0, "\(info.errors)")
        #expect(info.output.contains("\nauthors   Ann, Ben; 800 pixels have different labels\n"), "\(info.output)")
        let bytes = (0..<100 * 90).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ ($0 / 100)) }
        try PixelBuffer(width: 100, height: 90, channels: 1, sampleType: .uint8, bytes: bytes).write(to: scratch("image.png"))
        let trained = try await Program.coppice([
            "train", scratch("image.png"), scratch("two.annotations.json"), "--output", scratch("model.json"), "--trees", "3",
            "--sigma-max", "1", "--folds", "0", "--local", "1",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.errors.contains("several authors: Ann, Ben; 800 pixels have different labels"), "\(trained.errors)")
    }

    /// Arguments, the exit code, and what the line says. `@` stands for the folder of the test.
    private static let refused: [([String], Int32, String)] = [
        (["convert", "@a.annotations.json", "@x.xyz"], 64, "B: expected a name that ends in .png, .tif"),
        (["convert", "@a.annotations.json", "@x.png"], 64, "expected the size of the label image: --size WxH, or --image"),
        (["convert", "@a.annotations.json", "@x.png", "--size", "12"], 64, "--size: expected WxH"),
        (["convert", "@a.annotations.json", "@x.png", "--size", "9x9", "--image", "@i.png"], 64, "found both"),
        (["convert", "@a.annotations.json", "@x.json", "--to", "svg"], 64, "--to: expected one of"),
        (["convert", "@a.annotations.json", "@a.annotations.json"], 64, "B: expected"),
        (["convert", "@missing.json", "@x.geojson"], 74, "missing.json"),
        (["convert", "@cut.json", "@x.geojson"], 65, "cut.json"),
        (["convert", "@text.json", "@x.geojson"], 65, "text.json"),
        (["info", "@missing.json"], 74, "missing.json"),
        (["info", "@cut.json"], 65, "cut.json"),
        (["info", "@other.json"], 65, "expected a file of annotations"),
        (["info", "@text.json"], 65, "text.json"),
    ]

    @Test(arguments: refused) func `what cannot be done is said in one line`(
        arguments: [String], status: Int32, text: String
    ) async throws {
        try write(Array(scratch.bytes("a.annotations.json").prefix(200)), to: "cut.json")
        try write(Array(#"{"answer": 42}"#.utf8), to: "other.json")
        try write(Array("no annotations at all".utf8), to: "text.json")
        let before = scratch.names
        let outcome = try await Program.coppice(
            ["annotations"] + arguments.map { $0.hasPrefix("@") ? scratch(String($0.dropFirst())) : $0 })
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("coppice: ") && outcome.errors.contains(text), "\(outcome.errors)")
        #expect(outcome.errors.hasSuffix("\n") && outcome.errors.count { $0 == "\n" } == 1, "\(outcome.errors)")
        #expect(scratch.names == before)
    }
}
