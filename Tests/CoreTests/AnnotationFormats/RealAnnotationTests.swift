@testable import AnnotationFormats
@testable import Annotations
@testable import Formats
@testable import Imaging
import Testing

/// The real files of `../shared/data/annotations`.
@Suite(.enabled(if: SharedData.exists("annotations"), "../shared/data/annotations is not here"))
struct RealAnnotationTests {
    private func read(_ name: String) throws -> (format: String, read: ReadAnnotations) {
        let path = SharedData.path("annotations/\(name)")
        #expect(AnnotationFile.recognises(path: path))
        let (format, read) = try AnnotationFile.read(try AnnotationFile.content(path: path), AnnotationReading())
        return (format.option, read)
    }

    private func pixelCount(_ annotation: Annotation) -> Int {
        guard case .raster(let patch) = annotation.shape else { return 0 }
        return patch.rows.joined().reduce(0) { $0 + $1.count }
    }

    @Test func `a drawing of dash-canvas lies on its image`() throws {
        let (format, read) = try read("dash-canvas/data_test.json")
        #expect(format == "dash-canvas")
        #expect(read.document.annotations.count == 3 && read.document.classes.map(\.number) == [1])
        guard case .stroke(let path, let width) = read.document.annotations[0].shape, case .move(let start) = path.elements[0]
        else {
            Issue.record("expected a stroke")
            return
        }
        // 82 on a canvas that shows the image at 0.78.
        #expect(abs(start.x - 82 / 0.78) < 1e-9 && abs(start.y - 201.97 / 0.78) < 1e-9 && abs(width - 30 / 0.78) < 1e-9)
    }

    @Test(arguments: [("rois.geojson", 4), ("rois-noname.geojson", 4), ("rois-illegal2.geojson", 1)])
    func `GeoJSON of Galaxy is read`(name: String, count: Int) throws {
        let (format, read) = try read("geojson-galaxy/\(name)")
        #expect(format == "qupath")
        // None has a class: all are of one.
        #expect(read.document.annotations.allSatisfy { $0.classNumber == 1 } && read.notes.count == 1)
        #expect(read.document.annotations.count == count)
    }

    @Test func `an ilastik project has the labels that h5py reads`() throws {
        let (format, read) = try read("ilastik/ilastik4ij/pixel_class_2d_cells_apoptotic.ilp")
        #expect(format == "ilastik")
        #expect(read.document.classes.map(\.name) == ["foreground", "background"])
        #expect(read.document.classes.map(\.colour?.hex) == ["#FFE119", "#0082C8"])
        let counts = Dictionary(grouping: read.document.annotations, by: \.classNumber).mapValues {
            $0.reduce(0) { $0 + pixelCount($1) }
        }
        #expect(counts[1] == 209 && counts[2] == 217)
        let box = read.document.box
        #expect(box == PixelRect(x: 95, y: 135, width: 1142, height: 683))
    }

    @Test(arguments: [
        ("labkit/compat-2d/test-image.tif.labeling", [21, 17]), ("labkit/labkit-ui/leaf.tif.labeling", [197, 219]),
    ])
    func `Labkit labelings have all their pixels`(name: String, counts: [Int]) throws {
        let (format, read) = try read(name)
        #expect(format == "labkit")
        #expect(read.document.classes.map(\.name) == ["background", "foreground"])
        #expect(read.document.annotations.map(pixelCount) == counts)
    }

    @Test func `label images are label images, and no annotations in another format`() throws {
        for name in ["apoc/annotations.tif", "apoc/cells_annotation.tif", "convpaint/lily_annotations.tif"] {
            let path = SharedData.path("annotations/napari-labels/\(name)")
            #expect(!AnnotationFile.recognises(path: path))
            let read = try LabelImageAnnotations.read(path: path)
            let map = try ImageFile.readAllLabels(path: path)
            #expect(read.annotations.document.classes.map { UInt16($0.number) } == map.presentLabels)
            let labels = try AnnotationLabels(read.annotations.document, width: map.width, height: map.height)
            #expect(labels.labels(in: PixelRect(x: 0, y: 0, width: map.width, height: map.height)) == map)
        }
    }
}
