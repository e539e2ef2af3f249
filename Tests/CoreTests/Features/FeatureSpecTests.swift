@testable import Features
import Foundation
@testable import Protocol
import Testing

@Suite struct FeatureSpecTests {
    @Test func `sigmas are spaced by powers of two from the smallest to the largest`() throws {
        #expect(try FeatureSpec.sigmas(from: 0.5, to: 16, count: nil) == [0.5, 1, 2, 4, 8, 16])
        #expect(try FeatureSpec.sigmas(from: 3, to: 3, count: nil).count == 1)
        #expect(try FeatureSpec.sigmas(from: 1, to: 16, count: 3) == [1, 4, 16])
    }

    @Test func `an RGB image with the basic families has 72 features and a halo of 66`() throws {
        let sigmas = try FeatureSpec.sigmas(from: 0.5, to: 16, count: nil)
        let spec = try FeatureSpec(families: FeatureFamily.basic, sigmas: sigmas, channels: 3)
        #expect(spec.featureCount == 72)
        #expect(spec.names.count == 72)
        #expect(spec.haloPixels == 66)
        #expect(
            spec.names[0...4] == [
                "channel0.sigma0.5.intensity", "channel0.sigma0.5.edges", "channel0.sigma0.5.texture1",
                "channel0.sigma0.5.texture2", "channel0.sigma1.intensity",
            ])
    }

    @Test func `the halo grows with the families' reach`() throws {
        #expect(try FeatureSpec(families: [.intensity], sigmas: [1], channels: 1).haloPixels == 4)
        #expect(try FeatureSpec(families: [.intensity, .edges], sigmas: [1], channels: 1).haloPixels == 5)
        // Beside pixels without data, neighbours are filled from two pixels around them.
        #expect(try FeatureSpec(families: [.texture], sigmas: [0.01], channels: 1).haloPixels == 4)
        #expect(try FeatureSpec(families: [.intensity], sigmas: [0.01], channels: 1).haloPixels == 0)
    }

    @Test func `a family's sigmas are some of all, and none are written that are all`() throws {
        let spec = try FeatureSpec(
            families: [.intensity, .edges], sigmas: [1, 2, 4], familySigmas: [.intensity: [1, 4], .edges: [1, 2, 4]], channels: 1)
        #expect(spec.familySigmas == [.intensity: [1, 4]])
        #expect(
            spec.names == [
                "channel0.sigma1.intensity", "channel0.sigma1.edges", "channel0.sigma2.edges", "channel0.sigma4.intensity",
                "channel0.sigma4.edges",
            ])
        for list in [[], [1, 3], [2, 1], [2, 2]] as [[Double]] {
            #expect(throws: FeatureSpecError.familySigmas("edges", list)) {
                try FeatureSpec(families: [.edges], sigmas: [1, 2, 4], familySigmas: [.edges: list], channels: 1)
            }
        }
        for family in [FeatureFamily.texture, .ring] {
            #expect(throws: FeatureSpecError.familySigmas(family.rawValue, [1])) {
                try FeatureSpec(families: [.edges, .ring], sigmas: [1, 2], familySigmas: [family: [1]], channels: 1)
            }
        }
    }

    @Test func `a selection keeps the order, and counts in the planes of the whole`() throws {
        let whole = try FeatureSpec(families: [.intensity, .edges, .ring], sigmas: [1, 16], channels: 1)
        let some = try whole.selecting([1, 5, 7])
        #expect(some.names == [1, 5, 7].map { whole.names[$0] } && some.featureCount == 3 && some.planeCount == 16)
        #expect(try some.selecting([0, 2]).selected == [1, 7])
        #expect(try some.selecting([0]).haloPixels == 5)
        let ring = try some.selecting([2])
        #expect(ring.haloPixels == 20 && ring.familiesInUse == [.ring])
        for list in [[], [3, 1], [1, 1], [-1, 2], [16]] {
            #expect(throws: FeatureSpecError.selection(planes: 16)) { try whole.selecting(list) }
        }
    }

    @Test func `documents without families' sigmas and selections are those from before`() throws {
        let spec = try FeatureSpec(families: FeatureFamily.basic, sigmas: [1], channels: 1)
        let text = String(decoding: try WireJSON.encode(spec), as: UTF8.self)
        #expect(text == #"{"channels":1,"families":["intensity","edges","texture"],"sigmas":[1]}"#)
        let bad = #"{"channels":1,"families":["edges"],"familySigmas":{"edges":[1]},"sigmas":[1]}"#
        #expect(throws: WireError.self) { try WireJSON.decode(FeatureSpec.self, from: Data(bad.utf8)) }
    }

    @Test func `values out of range are refused`() {
        #expect(throws: FeatureSpecError.noFamily) { try FeatureSpec(families: [], sigmas: [1], channels: 1) }
        #expect(throws: FeatureSpecError.channels(65)) { try FeatureSpec(families: [.edges], sigmas: [1], channels: 65) }
        #expect(throws: FeatureSpecError.sigma(129)) { try FeatureSpec(families: [.edges], sigmas: [129], channels: 1) }
        #expect(throws: FeatureSpecError.sigmaOrder(2, 1)) {
            try FeatureSpec(families: [.edges], sigmas: [2, 1], channels: 1)
        }
    }
}
