import Foundation
import Testing

/// Many images, of which some cannot be read.
@Suite struct BatchTests {
    @Test func `broken images are named, the others are done, and a second run tries only the broken ones`() throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 200)
        let model = scratch("model.json")
        #expect(
            try Program.coppice(
                ["train", scratch("image.png"), scratch("scribbles.png"), "--trees", "5", "--output", model, "--local", "2"]
            ).status == 0)
        let image = try scratch.bytes("image.png")
        let contents = [
            "a": image, "b": image.prefix(image.count / 2), "c": image, "d": Data("no image".utf8), "e": image,
        ]
        for (name, content) in contents { try content.write(to: URL(fileURLWithPath: scratch("\(name).png"))) }
        let command =
            ["segment"] + contents.keys.sorted().map { scratch("\($0).png") } + [
                "--model", model, "--output", scratch("{name}-labels.png"), "--local", "2", "--run-dir", scratch("run"),
                "--report", scratch("report.json"), "--quiet",
            ]
        for isFirst in [true, false] {
            let outcome = try Program.coppice(command)
            #expect(outcome.status == 75, "\(outcome.errors)")
            #expect(outcome.errors.contains("2 of 5 images failed"))
            for name in ["b", "d"] { #expect(outcome.errors.contains("/\(name).png"), "\(name): \(outcome.errors)") }
            #expect(scratch.names.filter { $0.hasSuffix("-labels.png") } == ["a-labels.png", "c-labels.png", "e-labels.png"])
            #expect(try scratch.bytes("a-labels.png") == scratch.bytes("e-labels.png"))
            let jobs = try Report(scratch("report.json")).jobs
            // Of the image that is cut off, the upper tiles may be done.
            #expect(isFirst ? jobs.done >= 3 : jobs.restored >= 3 && jobs.done <= 1, "\(jobs)")
        }
    }
}
