@testable import Features
import Foundation
@testable import Imaging
@testable import Protocol
import Testing

/// What presets expand to, and what options do to them.
@Suite struct FeaturePresetTests {
    private static let octaves = [0.5, 1, 2, 4, 8, 16]

    @Test func `presets have the planes that were measured, and no larger halo`() throws {
        let counts: [(FeaturePreset, grey: Int, colour: Int)] = [
            (.fast, 22, 66), (.default, 42, 104), (.rich, 48, 110), (.scikitImage, 24, 72),
        ]
        for (preset, grey, colour) in counts {
            let specs = try [1, 3].map { try preset.spec(sigmas: Self.octaves, channels: $0) }
            #expect(specs.map(\.featureCount) == [grey, colour], "\(preset)")
            #expect(specs.map(\.haloPixels) == [66, 66], "\(preset)")
            #expect(specs.allSatisfy { $0.names.count == $0.featureCount && Set($0.names).count == $0.featureCount })
        }
    }

    @Test func `scikit-image is the spec of the three basic families`() throws {
        let spec = try FeaturePreset.scikitImage.spec(sigmas: Self.octaves, channels: 3)
        #expect(try spec == FeatureSpec(families: FeatureFamily.basic, sigmas: Self.octaves, channels: 3))
    }

    @Test func `intensity is left out from σ 8 on, whatever the sigmas are`() throws {
        let fine = try FeaturePreset.fast.spec(sigmas: [0.5, 1, 2, 4], channels: 1)
        #expect(try fine == FeatureSpec(families: FeatureFamily.basic, sigmas: [0.5, 1, 2, 4], channels: 1))
        let wide = try FeaturePreset.default.spec(sigmas: [1, 7.9, 8, 32], channels: 1)
        #expect(wide.familySigmas == [.intensity: [1, 7.9]])
        #expect(!wide.names.contains("channel0.sigma8.intensity") && wide.names.contains("channel0.sigma8.edges"))
        let coarse = try FeaturePreset.fast.spec(sigmas: [8, 16], channels: 1)
        #expect(coarse.families == [.edges, .texture] && coarse.familySigmas.isEmpty)
    }

    @Test func `families of named planes keep their own sigmas`() throws {
        let own = { (sigmas: [Double]) in
            try FeaturePreset.rich.spec(sigmas: sigmas, channels: 3).names.filter { !$0.hasPrefix("channel") }
        }
        #expect(try own([2, 3]) == own(Self.octaves))
        #expect(try own([2, 3]).count == 4 + 12 + 4 + 18 + 6)
    }

    @Test func `colour is in presets for three channels only`() {
        for preset in [FeaturePreset.default, .rich] {
            #expect(preset.families(channels: 3).contains(.colour))
            for channels in [1, 2, 4] { #expect(!preset.families(channels: channels).contains(.colour)) }
        }
    }

    @Test(arguments: FeaturePreset.allCases, [1, 3])
    func `a spec is known as its preset's`(preset: FeaturePreset, channels: Int) throws {
        let spec = try preset.spec(sigmas: [0.5, 4, 16], channels: channels)
        #expect(FeaturePreset(of: spec) == preset)
        #expect(try FeaturePreset(of: spec.selecting([0, 5])) == preset)
        #expect(try FeaturePreset(of: FeatureSpec(families: [.edges], sigmas: [1], channels: channels)) == nil)
    }

    @Test func `a choice is a preset or families, and is written as it is read`() throws {
        #expect(FeatureChoice(parsing: "scikit-image") == .preset(.scikitImage))
        #expect(FeatureChoice(parsing: "edges,ring") == .families([.edges, .ring]))
        for text in ["fast,edges", "default,rich", "Default", "edges,wavelets"] {
            #expect(FeatureChoice(parsing: text) == nil, "\(text)")
        }
        for text in ["default", "edges,ring"] { #expect(FeatureChoice(parsing: text)?.description == text) }
    }

    @Test(arguments: FeaturePreset.allCases)
    func `a model's input keeps families' sigmas and selections`(preset: FeaturePreset) throws {
        let spec = try preset.spec(sigmas: Self.octaves, channels: 3)
        for one in [spec, try spec.selecting([1, 3, 20])] {
            let input = ModelInput.pixels(one, .uint8)
            let document = try WireJSON.encode(input)
            #expect(try WireJSON.decode(ModelInput.self, from: document) == input)
            let text = String(decoding: document, as: UTF8.self)
            #expect(text.contains("familySigmas") == (preset != .scikitImage))
            #expect(text.contains("selected") == (one.selected != nil))
        }
    }

    @Test func `the page on training has a row for every preset, in its order`() throws {
        let root = URL(filePath: #filePath).appending(path: "../../../..").standardized
        let text = try String(contentsOf: root.appending(path: "Docs/Training.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { line in
            FeaturePreset.allCases.contains { line.hasPrefix("| `\($0.rawValue)` | ") }
        }
        #expect(rows.count == FeaturePreset.allCases.count)
        for (row, preset) in zip(rows, FeaturePreset.allCases) {
            #expect(row.hasPrefix("| `\(preset.rawValue)` | \(preset.summary) |"), "\(row)")
        }
    }
}
