@testable import AnnotationFormats
@testable import Annotations
@testable import Imaging
@testable import Primitives
import Testing

/// What is no file of annotations, or a damaged one, is one line.
@Suite struct IllegalAnnotationTests {
    @Test(arguments: [
        "", "hello", "{", "[1,2", #"{"a":1}"#, "[1,2,3]", #"{"shapes":[{"type":"path","path":"L1,1","line":{"color":"red"}}]}"#,
        #"{"shapes":[{"type":"rect","x0":1,"y0":"2","x1":3,"y1":4}]}"#,
        #"{"shapes":[{"type":"line","x0":1e300,"y0":2,"x1":3,"y1":4}]}"#,
        #"{"shapes":[{"type":"star","path":"M1,1"}]}"#, #"{"type":"FeatureCollection"}"#,
        #"{"type":"Polygon","coordinates":[[[0,0],[1,1]]]}"#,
        #"{"type":"Polygon","coordinates":[[[0,0],[1,"x"],[1,1]]]}"#,
        #"{"type":"Feature","geometry":{"type":"Circle","coordinates":[1,2]}}"#,
        #"{"type":"LineString","coordinates":[[0,0]]}"#, #"{"format":"coppice-annotations","version":2}"#,
        #"{"format":"coppice-annotations","version":1,"classes":[{"number":0}],"annotations":[]}"#,
        #"{"format":"coppice-annotations","version":1,"classes":[],"annotations":[{"type":"points","points":[[1,2]],"class":3}]}"#,
        #"{"format":"coppice-annotations","version":1,"classes":[],"annotations":[{"type":"raster","x":0,"y":0,"width":2,"height":2,"runs":[0,0,3]}]}"#,
        #"{"format":"coppice-annotations","version":1,"classes":[],"annotations":[{"type":"raster","x":0,"y":0,"width":9,"height":2,"runs":[0,0,3,0,3,4]}]}"#,
        #"{"interval":{},"labels":{"a":[[1.5,2]]}}"#, #"{"interval":{},"labels":{"a":[[-1,2]]}}"#,
        #"{"interval":{},"labels":{"a":[[1,2,3,4]]}}"#,
        #"{"images":[],"annotations":[{"segmentation":{"size":[2,2],"counts":[1,2]}}]}"#,
        #"{"images":[],"annotations":[{"segmentation":{"size":[2,2],"counts":"~~~"}}]}"#,
        #"{"images":[],"annotations":[{"segmentation":{"size":[1000000000,2],"counts":[1]}}]}"#,
        #"{"images":[],"annotations":[{"segmentation":[[1,2,3]]}]}"#,
        "index,shape-type,vertex-index,axis-0,axis-1\n0,path,0,1,2\n", "index,shape-type,vertex-index,axis-0\n0,path,0,1\n",
        "index,shape-type,vertex-index,axis-0,axis-1\n0,blob,0,1,2\n",
        // A vertical tab is the end of a line, too.
        "index,shape-type,vertex-index,axis-0,axis-1\n0,path,0,1\u{b}2,3\n",
        "index,shape-type,vertex-index,axis-0,axis-1,class\n0,path,0,1,2,1\u{2028}\n0,path,1,1,2,1\n",
        #"{"a\nb.png":{"shapes":[{"type":"rect","x0":1,"y0":"2","x1":3,"y1":4}]}}"#,
        "index,shape-type,vertex-index,axis-0,axis-1\n0,path,0,1\n", "Iout", "PK\u{3}\u{4}",
        "\u{89}HDF\r\n\u{1a}\n", #""{\"objects\":[]}"#, String(repeating: "[", count: 100_000),
    ])
    func `illegal files are one line`(text: String) throws {
        do {
            _ = try AnnotationSamples.read(text)
            Issue.record("\(text.prefix(60)) was read")
        } catch let error as ImageError {
            #expect(error.path == "in" && !error.description.contains("\n") && error.description.utf8.count < 600, "\(error)")
        }
    }

    @Test(arguments: AnnotationFile.formats.filter { !$0.fileExtensions.isEmpty }.map { $0.option })
    func `damage anywhere is an error in one line, or other annotations`(option: String) throws {
        let format = try #require(AnnotationFile.format(option: option))
        let bytes = try AnnotationFile.write(AnnotationSamples.document, as: format, AnnotationSamples.writing, path: "out")
        var generator = SplitMix64(seed: 5)
        for round in 0..<300 {
            var damaged = bytes
            if round.isMultiple(of: 3) { damaged.removeLast(Int.random(in: 1..<bytes.count, using: &generator)) }
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            do throws(ImageError) {
                _ = try AnnotationFile.read(AnnotationContent(path: "in", bytes: damaged), AnnotationReading())
            } catch {
                let isLine = !error.description.contains { $0.isNewline }
                #expect(isLine, "\(error)")
            }
        }
    }

    @Test func `classes beyond what a format holds are refused`() {
        let document = AnnotationDocument(
            classes: [AnnotationClass(number: 300)],
            annotations: [Annotation(.rectangle(x: 0, y: 0, width: 2, height: 2), classNumber: 300)])
        #expect(throws: ImageError.unsupported(path: "out", reason: "expected classes of 1…255, found 300")) {
            try AnnotationFile.write(document, as: IlastikProject.self, AnnotationWriting(), path: "out")
        }
    }

    @Test func `images are no annotations`() throws {
        let folder = try ScratchFolder()
        for (name, head) in [
            ("a.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), ("a.tif", [0x49, 0x49, 42, 0]),
            ("a.zip", [0x50, 0x4B, 3, 4]),
        ] {
            let path = try folder.write(head.map { UInt8($0) } + [UInt8](repeating: 0, count: 99), to: name)
            #expect(!AnnotationFile.recognises(path: path))
        }
        #expect(!AnnotationFile.recognises(path: folder.path("missing")) && !AnnotationFile.recognises(path: folder.path("")))
    }
}
