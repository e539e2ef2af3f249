import Foundation
import Testing

/// Images of other values than unsigned integers, through training and segmentation.
struct SampleTypeTests {
    private func train(_ scratch: Scratch, _ image: String, _ model: String) async throws -> Program.Outcome {
        try await Program.coppice([
            "train", scratch(image), scratch("scribbles.png"), "--trees", "8", "--output", scratch(model), "--local", "2",
            "--quiet",
        ])
    }

    private func segment(_ scratch: Scratch, _ image: String, _ model: String, _ labels: String) async throws -> Program.Outcome {
        try await Program.coppice([
            "segment", scratch(image), "--model", scratch(model), "--output", scratch(labels), "--tile", "100",
            "--overlay", scratch(labels + ".overlay.png"), "--local", "2", "--quiet",
        ])
    }

    @Test func `floats are segmented as the integers that they were made of`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 256, pixelsPerClass: 300)
        try ZarrCopy.writeFloats(scratch("image.png"), to: scratch("floats.zarr"))
        for (image, model) in [("image.png", "8.json"), ("floats.zarr", "32.json")] {
            let trained = try await train(scratch, image, model)
            #expect(trained.status == 0, "\(trained.errors)")
            let segmented = try await segment(scratch, image, model, model + ".png")
            #expect(segmented.status == 0, "\(segmented.errors)")
        }
        #expect(try scratch.bytes("8.json.png") == scratch.bytes("32.json.png"))
        #expect(try scratch.bytes("8.json.png.overlay.png") == scratch.bytes("32.json.png.overlay.png"))
        let crossed = try await segment(scratch, "floats.zarr", "8.json", "crossed.png")
        #expect(crossed.status == 65)
        #expect(crossed.errors.contains("expected 3 channels of uint8 as the model was trained on, found 3 of float32"))
        let described = try await Program.coppice(["info", scratch("floats.zarr")])
        #expect(described.output.contains("float32"), "\(described.output)")
    }

    @Test(arguments: [(Float.infinity, "inf"), (-Float.infinity, "-inf")])
    func `an infinite value is named with its place`(value: Float, name: String) async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 256, pixelsPerClass: 300)
        try ZarrCopy.writeFloats(scratch("image.png"), to: scratch("floats.zarr"))
        try ZarrCopy.writeFloats(scratch("image.png"), to: scratch("hole.zarr"), changes: [(200 * 256 + 130) * 3 + 1: value])
        #expect(try await train(scratch, "floats.zarr", "m.json").status == 0)
        let outcome = try await segment(scratch, "hole.zarr", "m.json", "labels.png")
        #expect(outcome.status == 65, "\(outcome.errors)")
        #expect(
            outcome.errors.contains("hole.zarr: row 200, column 130, channel 1: expected a finite value, found \(name)"),
            "\(outcome.errors)")
        #expect(!scratch.names.contains("labels.png"))
    }
}
