@testable import Features
@testable import Formats
import Foundation
@testable import Imaging
@testable import Protocol
import Testing

/// The list of feature families, as the commands know it.
@Suite struct FamilyTests {
    static let all = FeatureFamily.allCases.map(\.rawValue).joined(separator: ",")

    @Test(arguments: ["train", "features"]) func `help lists every family and says what it is`(command: String) async throws {
        let outcome = try await Program.coppice([command, "--help"])
        let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("separated by commas: \(FeatureFamily.known)."))
        for family in FeatureFamily.allCases { #expect(words.contains("\(family.rawValue): \(family.summary)")) }
        for preset in FeaturePreset.allCases { #expect(words.contains("\(preset.rawValue): \(preset.summary)")) }
    }

    @Test func `a family that is unknown is one line that lists those known`() async throws {
        let outcome = try await Program.coppice([
            "features", "image.png", "--features", "intensity,wavelets", "--output", "f.npy",
        ])
        #expect(outcome.status == 64)
        let line = try #require(outcome.errors.split(separator: "\n").first)
        #expect(line.contains("or some of \(FeatureFamily.known), found \"wavelets\""), "\(outcome.errors)")
    }

    @Test func `a forest on all families is trained, and segments the same whatever the tiles`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 130, pixelsPerClass: 150)
        let trained = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--features", Self.all, "--sigma-max", "4", "--trees", "10",
            "--output", scratch("m.json"), "--local", "2", "--quiet",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        let model = try SegmentationModel(decoding: Data(contentsOf: URL(fileURLWithPath: scratch("m.json"))))
        let sigmas = try FeatureSpec.sigmas(from: 0.5, to: 4, count: nil)
        #expect(
            try model.input == .pixels(FeatureSpec(families: FeatureFamily.allCases, sigmas: sigmas, channels: 3), .uint8))
        for (name, tile, local) in [("a", "33", "2"), ("b", "200", "1")] {
            let outcome = try await Program.coppice([
                "segment", scratch("image.png"), "--model", scratch("m.json"), "--output", scratch("\(name).png"),
                "--probabilities", scratch("\(name).npy"), "--tile", tile, "--local", local, "--quiet",
            ])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(try scratch.bytes("a.png") == scratch.bytes("b.png"))
        #expect(try scratch.bytes("a.npy") == scratch.bytes("b.npy"))
        let info = try ImageFile.open(path: scratch("a.png")).info
        #expect(info.width == 130 && info.height == 130)
    }
}
