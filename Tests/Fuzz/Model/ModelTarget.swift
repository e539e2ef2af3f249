internal import Foundation
internal import FuzzHarness
@testable import Features
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import FuzzSamples

/// Every input is a model file; one that is accepted is written, read and used for a prediction.
@main
enum ModelTarget {
    // libFuzzer calls on one thread.
    nonisolated(unsafe) private static let slot = SlotWorkspace()

    static func main() throws {
        try Fuzzing.main(seeds: seeds) { input, count in
            ModelTarget.test(Fuzzing.bytes(input, count))
            return 0
        }
    }

    private static func seeds() throws -> [String: [UInt8]] {
        let samples = try Samples()
        return try ["pixels.json": [UInt8](samples.pixelModel.encoded()), "rows.json": [UInt8](samples.rowModel.encoded())]
    }

    private static func test(_ bytes: [UInt8]) {
        let model: SegmentationModel
        do {
            model = try SegmentationModel(decoding: Data(bytes))
        } catch {
            return Fuzzing.expectOneLine(error.description)
        }
        do {
            let document = try model.encoded()
            let again = try SegmentationModel(decoding: document)
            precondition(again == model, "the model changes when it is written and read")
            let same = try again.encoded()
            precondition(same == document, "the document changes when it is read and written")
            try predict(PreparedModel(model))
        } catch {
            preconditionFailure("an accepted model: \(error)")
        }
    }

    private static func predict(_ prepared: PreparedModel) throws {
        let hash = ContentHash(of: Data())
        let blobs = BlobSet([hash: .model(prepared)])
        let classes: [UInt8]
        switch prepared.model.input {
        case .pixels(let spec, let sampleType):
            let pixels = Samples.pixels(width: 5, height: 4, channels: spec.channels, sampleType: sampleType)
            let core = PixelRect(x: 1, y: 0, width: 3, height: 4)
            let job = TileJob(
                model: hash, window: WindowDocument(pixels: pixels, core: core),
                maps: [
                    .labels: MapRequest(.uint8), .probabilities: MapRequest(.uint16), .uncertainty: MapRequest(.float32),
                ])
            let output = try job.run(in: slot, blobs: blobs)
            try job.check(output)
            classes = output.maps[.labels]?.sent?.elements(as: UInt8.self) ?? []
        case .rows(let names):
            let values = (0..<3 * names.count).map { Float($0) / 4 - 1 }
            let job = RowJob(
                model: hash, values: WireArray(values, .float32, shape: [3, names.count]), probabilities: true)
            let output = try job.run(in: slot, blobs: blobs)
            try job.check(output)
            classes = output.classes.elements(as: UInt8.self)
        }
        precondition(classes.allSatisfy { Int($0) < prepared.model.classes.count }, "classes \(classes)")
    }
}

@_cdecl("LLVMFuzzerCustomMutator")
func mutateDocument(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ countMax: Int, _ seed: UInt32) -> Int {
    ArrayMutation.mutate(data, count, countMax, seed)
}
