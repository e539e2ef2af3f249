import Foundation
import Testing

/// Many images, of which some cannot be read.
@Suite struct BatchTests {
    @Test func `broken images are named, the others are done, and a second run tries only the broken ones`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 200)
        let model = scratch("model.json")
        #expect(
            try await Program.coppice(
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
            let outcome = try await Program.coppice(command)
            #expect(outcome.status == 75, "\(outcome.errors)")
            #expect(outcome.errors.contains("2 of 5 images failed"))
            for name in ["b", "d"] { #expect(outcome.errors.contains("/\(name).png"), "\(name): \(outcome.errors)") }
            #expect(scratch.names.filter { $0.hasSuffix("-labels.png") } == ["a-labels.png", "c-labels.png", "e-labels.png"])
            #expect(try scratch.bytes("a-labels.png") == scratch.bytes("e-labels.png"))
            let report = try Report(scratch("report.json"))
            // Of the image that is cut off, the upper tiles may be done.
            #expect(isFirst ? report.jobs.done >= 3 : report.jobs.done <= 1, "\(report.jobs)")
            #expect(report.jobs.restored == 0)
            #expect(report.outputs.count == 3)
        }
        // An image that is mended, and an output that is gone: both are done, and nothing else.
        try image.write(to: URL(fileURLWithPath: scratch("b.png")))
        try FileManager.default.removeItem(atPath: scratch("c-labels.png"))
        let outcome = try await Program.coppice(command)
        #expect(outcome.status == 75, "\(outcome.errors)")
        #expect(
            outcome.errors.contains("/d.png") && outcome.errors.contains("1 of 5 images failed"), "\(outcome.errors)")
        #expect(
            scratch.names.filter { $0.hasSuffix("-labels.png") }
                == ["a-labels.png", "b-labels.png", "c-labels.png", "e-labels.png"])
        #expect(try scratch.bytes("b-labels.png") == scratch.bytes("a-labels.png"))
        let jobs = try Report(scratch("report.json")).jobs
        #expect(jobs.done >= 1 && jobs.restored >= 1 && jobs.done + jobs.restored <= 4, "\(jobs)")
        // An image of which something is kept must stay the same.
        try contents["d"]?.write(to: URL(fileURLWithPath: scratch("a.png")))
        let refused = try await Program.coppice(command)
        #expect(refused.status == 65 && refused.errors.contains("expected input"), "\(refused.errors)")
    }

    @Test func `a folder of images and a pattern are worked on in the order of their numbers`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 120)
        try FileManager.default.createDirectory(atPath: scratch("series"), withIntermediateDirectories: true)
        for number in [1, 2, 10] {
            try FileManager.default.copyItem(atPath: scratch("image.png"), toPath: scratch("series/t\(number).cells.png"))
        }
        let model = scratch("model.json")
        #expect(
            try await Program.coppice(
                ["train", scratch("image.png"), scratch("scribbles.png"), "--trees", "5", "--output", model, "--local", "2"]
            ).status == 0)
        for input in [scratch("series"), scratch("series/t*.png")] {
            let outcome = try await Program.coppice([
                "segment", input, "--model", model, "--output", scratch("out/{stem}.png"), "--local", "2", "--quiet",
            ])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.split(separator: "\n").map { String($0) } == [1, 2, 10].map { scratch("out/t\($0).png") })
        }
        let inside = try await Program.coppice([
            "segment", scratch("series"), "--model", model, "--output", scratch("series/{name}-l.png"),
        ])
        #expect(inside.status == 64, "\(inside.errors)")
    }
}
