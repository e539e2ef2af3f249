@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

@Suite struct MapOutputsTests {
    @Test func `the names of the files that a map may have are those of the formats that hold it`() {
        #expect(MapKind.labels.endings == ["png", "tif", "tiff", "npy", "zarr"])
        #expect(MapKind.probabilities.endings == ["png", "tif", "tiff", "npy", "zarr"])
        #expect(MapKind.uncertainty.endings == ["png", "tif", "tiff", "npy", "zarr"])
        #expect(MapKind.overlay.endings == ["png", "tif", "tiff"])
    }

    @Test func `what is asked for in one line names every map, also those that are missing`() {
        let outputs: MapOutputs = [.labels: "a/b.png", .uncertainty: "ü.npy"]
        #expect(outputs.request == "7:a/b.png 0: 6:ü.npy 0:")
    }

    @Test func `workers are asked for the maps that they make, in the element of the file`() {
        let outputs: MapOutputs = [
            .labels: "l.zarr", .probabilities: "p.npy", .uncertainty: "u.tif", .overlay: "o.png",
        ]
        #expect(outputs.elements == [.labels: .uint8, .probabilities: .float32, .uncertainty: .uint16])
        #expect(!outputs.mayBeShared, "an overlay needs the labels here")
        #expect((outputs.filter { $0.key != .overlay }).mayBeShared)
        #expect(!([.labels: "l.png", .probabilities: "p.npy"] as MapOutputs).mayBeShared)
    }

    @Test func `the labels get their name last`() {
        #expect(MapKind.publicationOrder == [.probabilities, .uncertainty, .overlay, .labels])
    }

    @Test func `images of probabilities are one for each class, and other files one for all`() {
        func one(_ label: Int, _ name: String) -> SegmentationClass {
            SegmentationClass(label: label, name: name, colour: .classColour(label))
        }
        let classes = [one(1, "cell"), one(2, "back/ground")]
        #expect(MapKind.probabilities.files("d/p.png", classes: classes) == ["d/p-cell.png", "d/p-back_ground.png"])
        #expect(MapKind.probabilities.files("{class}/p.tif", classes: classes) == ["cell/p.tif", "back_ground/p.tif"])
        #expect(MapKind.probabilities.files("p.png", classes: [one(1, "a/"), one(2, "a:")]) == ["p-a_-1.png", "p-a_-2.png"])
        #expect(MapKind.probabilities.files("p.npy", classes: classes) == ["p.npy"])
        #expect(MapKind.probabilities.files("p.zarr", classes: classes) == ["p.zarr"])
        #expect(MapKind.uncertainty.files("u.png", classes: classes) == ["u.png"])
    }
}
