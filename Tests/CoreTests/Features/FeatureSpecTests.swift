@testable import Features
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

    @Test func `values out of range are refused`() {
        #expect(throws: FeatureSpecError.noFamily) { try FeatureSpec(families: [], sigmas: [1], channels: 1) }
        #expect(throws: FeatureSpecError.channels(65)) { try FeatureSpec(families: [.edges], sigmas: [1], channels: 65) }
        #expect(throws: FeatureSpecError.sigma(129)) { try FeatureSpec(families: [.edges], sigmas: [129], channels: 1) }
        #expect(throws: FeatureSpecError.sigmaOrder(2, 1)) {
            try FeatureSpec(families: [.edges], sigmas: [2, 1], channels: 1)
        }
    }
}
