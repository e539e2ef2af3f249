@testable import AnnotationFormats
@testable import Annotations
@testable import Formats
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

/// What is written reads as the same labels.
@Suite struct AnnotationRoundTripTests {
    private static let written = AnnotationFile.formats.filter { !$0.fileExtensions.isEmpty }.map { $0.option }

    @Test(arguments: written) func `written and read again, annotations give the same labels`(option: String) throws {
        let format = try #require(AnnotationFile.format(option: option))
        let before = try AnnotationSamples.labels(AnnotationSamples.document)
        #expect(before.presentLabels == [1, 2, 5])
        let read = try AnnotationSamples.again(AnnotationSamples.document, as: format)
        let after = try AnnotationSamples.labels(read.document)
        let differing = zip(before.labels, after.labels).count { $0 != $1 }
        #expect(differing == 0, "\(option): \(differing) pixels")
        let listed = read.document.classes.filter { [1, 2, 5].contains($0.number) }
        #expect(listed.count == 3)
        if option != "napari" { #expect(listed.map(\.colour) == AnnotationSamples.classes.map(\.colour), "\(option)") }
        if option != "napari", option != "plotly" {
            #expect(listed.map(\.name) == AnnotationSamples.classes.map(\.name), "\(option)")
        }
    }

    @Test(arguments: written) func `the same document is the same bytes`(option: String) throws {
        let format = try #require(AnnotationFile.format(option: option))
        let bytes = try AnnotationFile.write(AnnotationSamples.document, as: format, AnnotationSamples.writing, path: "out")
        #expect(try bytes == AnnotationFile.write(AnnotationSamples.document, as: format, AnnotationSamples.writing, path: "out"))
    }

    // An archive without entries, or a table without lines, says nothing of its kind.
    @Test(arguments: written.filter { !["imagej", "napari"].contains($0) })
    func `a document without shapes is written and read`(option: String) throws {
        let format = try #require(AnnotationFile.format(option: option))
        let empty = AnnotationDocument()
        #expect(try AnnotationSamples.again(empty, as: format).document.annotations.isEmpty)
    }

    @Test func `our own format keeps everything`() throws {
        var document = AnnotationSamples.document
        document.annotations[0].id = "a-1"
        document.annotations[0].name = "line\n\t\"\\ \u{1F52C}"
        document.annotations[1].image = "slide 3.svs"
        document.annotations[1].plane = AnnotationPlane(z: 3, time: nil, channel: 0)
        document.annotations[2].level = 2
        document.annotations[2].time = "2026-11-30T01:02:03Z"
        document.annotations[2].author = "someone"
        document.annotations[3].classNumber = nil
        document.annotations.append(
            Annotation(
                .stroke(
                    AnnotationPath([
                        .move(AnnotationSamples.point(0.1, 1e-7)),
                        .quadratic(AnnotationSamples.point(1.0 / 3, -2), to: AnnotationSamples.point(1e8, 0)),
                        .cubic(
                            AnnotationSamples.point(1, 2), AnnotationSamples.point(3, 4),
                            to: AnnotationSamples.point(-5, 6.000000000000001)), .close,
                        .move(AnnotationSamples.point(1, 1)), .line(AnnotationSamples.point(2, 2)),
                    ]), width: 0.1), classNumber: 1))
        #expect(try AnnotationSamples.again(document, as: CoppiceAnnotations.self).document == document)
    }

    @Test func `classes are in the order of their numbers, however they are listed`() throws {
        let text =
            #"{"format":"coppice-annotations","version":1,"classes":[{"number":2},{"number":1,"name":"a"}],"annotations":[]}"#
        #expect(
            try AnnotationSamples.read(text).document.classes == [
                AnnotationClass(number: 1, name: "a"), AnnotationClass(number: 2),
            ])
    }

    @Test func `random documents of ours read as the same documents`() throws {
        var generator = SplitMix64(seed: 11)
        for _ in 0..<50 {
            let document = AnnotationDocument(
                classes: [AnnotationClass(number: 65535)],
                annotations: (0..<5).map { _ in
                    let points = (0..<4).map { _ in
                        AnnotationPoint(
                            x: .random(in: -1e6...1e6, using: &generator), y: .random(in: -1e-3...1e-3, using: &generator))
                    }
                    return Annotation(.area([AnnotationPolygon(exterior: points, holes: [points])]), classNumber: 65535)
                })
            #expect(try AnnotationSamples.again(document, as: CoppiceAnnotations.self).document == document)
        }
    }

    @Test func `strokes as polygons around their pixels label the same pixels`() throws {
        var writing = AnnotationSamples.writing
        writing.isBuffered = true
        let read = try AnnotationSamples.again(AnnotationSamples.document, as: QuPathGeoJSON.self, writing)
        let strokes = read.document.annotations.filter { if case .stroke = $0.shape { true } else { false } }
        #expect(strokes.isEmpty)
        #expect(try AnnotationSamples.labels(read.document) == AnnotationSamples.labels(AnnotationSamples.document))
    }

    @Test func `the outline of random pixels encloses these pixels, and its rings touch at corners only`() throws {
        var generator = SplitMix64(seed: 3)
        for _ in 0..<200 {
            let (width, height) = (Int.random(in: 1...12, using: &generator), Int.random(in: 1...12, using: &generator))
            let rows = (0..<height).map { _ in
                let labels = (0..<width).map { _ in UInt16.random(in: 0...1, using: &generator) }
                return labels[...].runs(of: 1)
            }
            let patch = RasterPatch(bounds: PixelRect(x: 3, y: 2, width: width, height: height), rows: rows)
            let polygons = PatchOutline.polygons(of: patch)
            let one = AnnotationDocument(annotations: [Annotation(.raster(patch), classNumber: 1)])
            let other = AnnotationDocument(annotations: [Annotation(.area(polygons), classNumber: 1)])
            #expect(try AnnotationSamples.labels(one) == AnnotationSamples.labels(other))
            for polygon in polygons {
                #expect(AnnotationPolygon.area(of: polygon.exterior) > 0)
                #expect(polygon.holes.allSatisfy { AnnotationPolygon.area(of: $0) < 0 })
                for ring in [polygon.exterior] + polygon.holes { #expect(Set(ring).count == ring.count, "a ring meets itself") }
            }
        }
    }

    @Test func `centres and corners differ by half a pixel both ways`() throws {
        var writing = AnnotationSamples.writing
        writing.isCentred = true
        var reading = AnnotationReading(isCentred: true)
        reading.isCentred = true
        for format in [PlotlyShapes.self, COCOAnnotations.self] as [any AnnotationFormat.Type] {
            let read = try AnnotationSamples.again(AnnotationSamples.document, as: format, writing, reading)
            #expect(
                try AnnotationSamples.labels(read.document) == AnnotationSamples.labels(AnnotationSamples.document),
                "\(format.name)")
        }
    }

    @Test func `a label image is annotations and comes back`() throws {
        let folder = try ScratchFolder()
        let labels = try AnnotationSamples.labels(AnnotationSamples.document)
        let path = folder.path("labels.png")
        let writer = try PNGRegionWriter(
            path: path, width: labels.width, height: labels.height, kind: .grey8, caption: ImageCaption())
        try labels.labels.map { UInt8($0) }.withUnsafeBytes {
            try writer.write(PixelRect(x: 0, y: 0, width: labels.width, height: labels.height), from: $0)
        }
        try writer.finish()
        #expect(!AnnotationFile.recognises(path: path))
        let read = try LabelImageAnnotations.read(path: path)
        #expect((read.width, read.height) == (labels.width, labels.height))
        #expect(try AnnotationSamples.labels(read.annotations.document) == labels)
    }
}
