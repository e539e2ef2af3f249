@testable import AnnotationFormats
@testable import Annotations
@testable import Imaging
@testable import Primitives
import Testing

/// Variants of the formats that other programs write.
@Suite struct ForeignAnnotationTests {
    private func read(_ text: String, _ reading: AnnotationReading = AnnotationReading()) throws -> ReadAnnotations {
        try AnnotationSamples.read(text, reading)
    }

    private static let shape =
        ##"{"type":"path","path":"M1,2L3,4","line":{"color":"#56B4E9","width":8},"xref":"x","extra":[{}]}"##

    @Test(arguments: [
        "[\(shape)]", #"{"shapes":[\#(shape)]}"#, #"{"data":[],"layout":{"shapes":[\#(shape)]}}"#,
        #"{"figure":{"layout":{"shapes":[\#(shape)]}}}"#,
        #"{"a.png":{"shapes":[\#(shape)]}}"#,
    ])
    func `shapes of plotly are found in every container`(text: String) throws {
        let read = try read(text)
        #expect(read.document.annotations.count == 1)
        let annotation = try #require(read.document.annotations.first)
        let path = AnnotationPath([.move(AnnotationPoint(x: 1, y: 2)), .line(AnnotationPoint(x: 3, y: 4))])
        #expect(annotation.shape == .stroke(path, width: 8) && annotation.classNumber == 2)
        #expect(annotation.image == (text.contains("a.png") ? "a.png" : nil))
    }

    private func plotly(_ colours: [String]) -> String {
        "[" + colours.map { #"{"type":"line","x0":0,"y0":0,"x1":1,"y1":1,"line":{"color":"\#($0)"}}"# }.joined(separator: ",")
            + "]"
    }

    @Test(arguments: [
        (["#009E73", "#e69f00"], [3, 1]), (["#FE00CE", "rgb(253, 50, 22)"], [5, 1]), (["#123456", "red", "#123456"], [1, 2, 1]),
        (["#0072B2", "#123456", "#FD3216"], [5, 6, 7]), (["#FD3216", "#E69F00"], [6, 1]), (["var(--x)", "red"], [1, 2]),
    ])
    func `classes of plotly follow the colours`(colours: [String], numbers: [Int]) throws {
        let read = try read(plotly(colours))
        #expect(read.document.annotations.map(\.classNumber) == numbers)
    }

    @Test func `shapes on the paper are left out and said so, rectangles and circles are filled`() throws {
        let text = """
            {"shapes":[{"type":"rect","xref":"paper","x0":0,"y0":0,"x1":1,"y1":1,"line":{"color":"red"}},
            {"type":"rect","x0":5,"y0":6,"x1":1,"y1":2,"line":{"color":"red"}},
            {"type":"circle","x0":0,"y0":0,"x1":4,"y1":2,"fillcolor":"red"}]}
            """
        let read = try read(text, AnnotationReading(isCentred: true))
        #expect(
            read.document.annotations.map(\.shape) == [
                .rectangle(x: 1.5, y: 2.5, width: 4, height: 4), .ellipse(x: 0.5, y: 0.5, width: 4, height: 2),
            ])
        #expect(read.notes.map(\.text) == ["shapes that are left out: 1 × shape beside the image"])
    }

    @Test(arguments: [
        (#""Tumor""#, "Tumor", nil as String?), (#"{"name":"Tumor","color":[200,0,10]}"#, "Tumor", "#C8000A"),
        (#"{"names":["Tumor","Positive"],"color":[1,2,3]}"#, "Tumor: Positive", "#010203"),
        (#"{"name":"Stroma","colorRGB":-3670016}"#, "Stroma", "#C80000"),
        (#"{"name":"Positive","parentClass":{"name":"Tumor"}}"#, "Tumor: Positive", nil),
    ])
    func `a class of QuPath is known by its name`(classification: String, name: String, colour: String?) throws {
        let text = """
            [{"type":"Feature","id":"PathAnnotationObject","geometry":{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,0]]],
            "plane":{"c":-1,"z":2,"t":0}},"properties":{"object_type":"annotation","classification":\(classification),"measurements":[{"name":"a","value":1}]}}]
            """
        let read = try read(text)
        let annotation = try #require(read.document.annotations.first)
        #expect(annotation.id == nil && annotation.plane == AnnotationPlane(z: 2, time: 0) && annotation.classNumber == 1)
        #expect(read.document.classes == [AnnotationClass(number: 1, name: name, colour: colour.flatMap(RGBColour.init(hex:)))])
        guard case .area(let polygons) = annotation.shape else {
            Issue.record("expected an area")
            return
        }
        #expect(polygons.map(\.exterior.count) == [3])
    }

    @Test func `every geometry of GeoJSON is read, also bare ones, nested objects and points with a radius`() throws {
        let text = """
            {"type":"FeatureCollection","features":[
            {"type":"Feature","geometry":{"type":"LineString","coordinates":[[0,0],[5,5]]},"properties":{"metadata":{"strokeWidth":"3.5"}},
             "childObjects":[{"type":"Feature","geometry":{"type":"MultiPoint","coordinates":[[1,1],[2,2]]},"properties":null,"nucleusGeometry":{}}]},
            {"type":"Feature","geometry":{"type":"MultiLineString","coordinates":[[[0,0],[5,5]],[[1,0],[2,0]]]}},
            {"type":"Feature","geometry":{"type":"Polygon","isEllipse":true,"coordinates":[[[0,2],[3,0],[6,2],[3,4],[0,2]]]}},
            {"type":"Feature","geometry":{"type":"Point","coordinates":[9,9,1]},"properties":{"radius":2}},
            {"type":"Feature","geometry":null,"properties":{}},
            {"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[9,9]}]}]}
            """
        let read = try read(text, AnnotationReading(strokeWidth: 6))
        let point = { AnnotationPoint(x: $0, y: $1) }
        #expect(
            read.document.annotations.map(\.shape) == [
                .stroke(AnnotationPath(through: [point(0, 0), point(5, 5)]), width: 3.5), .points([point(1, 1), point(2, 2)]),
                .stroke(
                    AnnotationPath(
                        AnnotationPath(through: [point(0, 0), point(5, 5)]).elements
                            + AnnotationPath(through: [point(1, 0), point(2, 0)]).elements),
                    width: 6), .ellipse(x: 0, y: 0, width: 6, height: 4), .ellipse(x: 7, y: 7, width: 4, height: 4),
                .points([point(9, 9)]),
            ])
        #expect(
            try self.read(#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}"#).document.annotations.count == 1
        )
    }

    @Test func `masks of COCO are read from numbers and from text`() throws {
        // Three by four pixels: the last two of the first column, all of the second, the first of the third.
        let counts = [1, 6, 5]
        let text = RunLengths.encode(counts)
        for value in ["[1,6,5]", #""\#(text)""#] {
            let json = """
                {"images":[{"id":7,"file_name":"a.png","width":4,"height":3},{"id":8,"file_name":"b.png"}],"categories":[{"id":3,"name":"cell"}],
                "annotations":[{"id":1,"image_id":7,"category_id":3,"iscrowd":1,"segmentation":{"size":[3,4],"counts":\(value)}},
                {"id":2,"image_id":8,"category_id":99999,"segmentation":[],"bbox":[1,2,3,4]}]}
                """
            let read = try read(json)
            let patch = RasterPatch(bounds: PixelRect(x: 0, y: 0, width: 3, height: 3), rows: [[1..<3], [0..<2], [0..<2]])
            #expect(read.document.annotations.map(\.shape) == [.raster(patch), .rectangle(x: 1, y: 2, width: 3, height: 4)])
            #expect(
                read.document.annotations.map(\.image) == ["a.png", "b.png"]
                    && read.document.annotations.map(\.classNumber) == [3, 1])
            var reading = AnnotationReading()
            reading.image = "folder/b.png"
            #expect(try self.read(json, reading).document.annotations.map(\.id) == ["2"])
            reading.image = "c.png"
            #expect(throws: ImageError.self) { try self.read(json, reading) }
        }
    }

    @Test func `random masks come back from their lengths`() throws {
        var generator = SplitMix64(seed: 9)
        for _ in 0..<100 {
            let (width, height) = (Int.random(in: 1...20, using: &generator), Int.random(in: 1...20, using: &generator))
            let share = Int.random(in: 0...10, using: &generator)
            let rows = (0..<height).map { _ in
                let labels = (0..<width).map { _ in UInt16(Int.random(in: 0..<10, using: &generator) < share ? 1 : 0) }
                return labels[...].runs(of: 1)
            }
            let patch = RasterPatch(bounds: PixelRect(x: 0, y: 0, width: width, height: height), rows: rows)
            let lengths = RunLengths.lengths(of: patch, width: width, height: height)
            #expect(lengths.reduce(0, +) == width * height)
            for counts in [JSONTree.numbers(lengths.map(Double.init)), .string(RunLengths.encode(lengths))] {
                let mask = JSONTree.object([
                    .init(name: "size", value: .numbers([Double(height), Double(width)])), .init(name: "counts", value: counts),
                ])
                var work = 0
                #expect(try RunLengths.patch(JSONPlace(mask, path: "in"), &work) == patch.trimmed)
            }
        }
    }

    @Test func `tables of napari have centres, planes and no classes`() throws {
        let text = """
            index,shape-type,vertex-index,axis-0,axis-1,axis-2
            0.0,rectangle,0.0,4,10,20
            0.0,rectangle,1.0,4,10,30
            0.0,rectangle,2.0,4,15,30
            0.0,rectangle,3.0,4,15,20
            1.0,path,0.0,4,0,0
            1.0,path,1.0,4,1,1

            """
        let read = try read(text)
        #expect(read.document.annotations.map(\.plane?.z) == [4, 4] && read.document.annotations.map(\.classNumber) == [1, 1])
        #expect(read.document.annotations[0].shape == .rectangle(x: 20.5, y: 10.5, width: 10, height: 5))
        #expect(read.notes.count == 1)
    }

    @Test func `a canvas in a text and one that is turned are placed as Fabric does`() throws {
        let canvas = """
            {"objects":[{"type":"image","left":10,"top":20,"scaleX":2,"scaleY":2},
            {"type":"path","left":10,"top":20,"width":10,"height":0,"strokeWidth":4,"scaleX":1,"scaleY":1,"angle":90,"stroke":"red",
             "path":[["M",100,100],["L",110,100]],"pathOffset":{"x":105,"y":100}}, {"type":"textbox","left":1,"top":1}]}
            """
        let quoted = "\"" + canvas.replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
        for text in [canvas, quoted] {
            let read = try read(text)
            guard case .stroke(let path, 2)? = read.document.annotations.first?.shape, case .move(let start) = path.elements[0]
            else {
                Issue.record("expected a stroke of width 2")
                return
            }
            // The box of 14 × 4 is turned about its corner: its middle lies 2 to the left and 7 below it.
            #expect(abs(start.x - -1) < 1e-9 && abs(start.y - 1) < 1e-9)
            #expect(read.notes.map(\.text) == ["shapes that are left out: 1 × textbox"])
        }
    }
}
