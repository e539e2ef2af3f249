import Foundation
import Testing

/// Promise 1: model and outputs depend on inputs, parameters and seed only. Promise 2: tiled = whole.
@Suite struct SameBytesTests {
    @Test func `the model is the same with one, two and four local workers and with two started by hand`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch)
        let workers = [try await HandStartedWorker.start(), try await HandStartedWorker.start(slots: 2)]
        let ways = [
            ["--local", "1"], ["--local", "2"], ["--local", "4"], ["--workers", workers.map(\.url).joined(separator: ",")],
        ]
        for (index, way) in ways.enumerated() {
            let outcome = try await Program.coppice(
                ["train", scratch("image.png"), scratch("scribbles.png"), "--trees", "23", "--output", scratch("\(index).json")]
                    + way)
            #expect(outcome.status == 0, "\(way): \(outcome.errors)")
        }
        withExtendedLifetime(workers) {}
        let first = try scratch.bytes("0.json")
        for index in 1..<ways.count { #expect(try scratch.bytes("\(index).json") == first, "\(ways[index])") }
    }

    @Test func `labels, probabilities and uncertainty are the same for every tile size`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch)
        #expect(
            try await Program.coppice(
                ["train", scratch("image.png"), scratch("scribbles.png"), "--trees", "12", "--output", scratch("model.json")]
            ).status == 0)
        let sides = [33, 64, 257, 300, 1024]
        for side in sides {
            let outcome = try await Program.coppice([
                "segment", scratch("image.png"), "--model", scratch("model.json"), "--tile", "\(side)",
                "--output", scratch("\(side)-labels.png"), "--probabilities", scratch("\(side)-p.npy"),
                "--uncertainty", scratch("\(side)-u.png"), "--overlay", scratch("\(side)-o.png"), "--local", "2",
            ])
            #expect(outcome.status == 0, "tile \(side): \(outcome.errors)")
        }
        for side in sides.dropFirst() {
            for ending in ["labels.png", "p.npy", "u.png", "o.png"] {
                let same = try scratch.bytes("\(side)-\(ending)") == scratch.bytes("\(sides[0])-\(ending)")
                #expect(same, "tile \(side), \(ending)")
            }
        }
    }

    @Test func `asking for probabilities does not change the labels`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 160)
        #expect(
            try await Program.coppice(
                ["train", scratch("image.png"), scratch("scribbles.png"), "--trees", "30", "--output", scratch("model.json")]
            ).status == 0)
        let common = ["segment", scratch("image.png"), "--model", scratch("model.json"), "--local", "1"]
        #expect(try await Program.coppice(common + ["--output", scratch("plain.png")]).status == 0)
        #expect(
            try await Program.coppice(common + ["--output", scratch("mapped.png"), "--probabilities", scratch("p.png")]).status
                == 0)
        #expect(try scratch.bytes("plain.png") == scratch.bytes("mapped.png"))
        #expect(scratch.names.filter { $0.hasPrefix("p-") } == ["p-class 1.png", "p-class 2.png", "p-class 3.png"])
    }

    @Test func `another seed gives another model`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 120, pixelsPerClass: 200)
        for seed in ["0", "1"] {
            let outcome = try await Program.coppice([
                "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "3", "--seed", seed, "--output",
                scratch("\(seed).json"), "--local", "1",
            ])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(try scratch.bytes("0.json") != scratch.bytes("1.json"))
    }
}
