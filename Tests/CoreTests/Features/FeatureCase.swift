@testable import Features
import Foundation
@testable import Imaging
@testable import Primitives

/// A random image and feature spec, made from a seed alone.
///
/// `COPPICE_FEATURE_SEED=17 swift test --filter Features` replays one seed.
struct FeatureCase {
    let window: PixelBuffer
    let spec: FeatureSpec
    var generator: SplitMix64

    /// Fewer where the build is not optimised: the reference takes seconds there.
    static var seeds: [UInt64] {
        if let text = ProcessInfo.processInfo.environment["COPPICE_FEATURE_SEED"], let seed = UInt64(text) { return [seed] }
        #if DEBUG
            return Array(0..<5)
        #else
            return Array(0..<24)
        #endif
    }

    init(seed: UInt64, sideMax: Int = 80, sigmaMax: Double = 20) throws {
        var generator = SplitMix64(seed: seed)
        let width = generator.integer(1...sideMax)
        let height = generator.integer(1...sideMax)
        let channels = generator.integer(1...3)
        // Half of the cases are of the two types that have a way of their own.
        let sampleType: SampleType =
            switch generator.integer(0...3) {
            case 0: .uint8
            case 1: .uint16
            default: SampleType.allCases[generator.integer(0...SampleType.allCases.count - 1)]
            }
        var sigmas: Set<Double> = []
        for _ in 0..<generator.integer(1...4) {
            sigmas.insert(0.01 * exp(log(sigmaMax / 0.01) * generator.fraction()))
        }
        let families = FeatureFamily.allCases(channels: channels).filter { _ in generator.integer(0...2) > 0 }
        window = PixelBuffer(
            width: width, height: height, channels: channels, sampleType: sampleType,
            bytes: (0..<width * height * channels).flatMap { _ in generator.sample(sampleType) })
        var familySigmas: [FeatureFamily: [Double]] = [:]
        for family in families where family.input == .everyScale && generator.integer(0...3) == 0 {
            familySigmas[family] = sigmas.sorted().filter { _ in generator.integer(0...1) == 0 }
            if familySigmas[family] == [] { familySigmas[family] = nil }
        }
        let whole = try FeatureSpec(
            families: families.isEmpty ? [.texture] : families, sigmas: sigmas.sorted(), familySigmas: familySigmas,
            channels: channels)
        let kept = (0..<whole.featureCount).filter { _ in generator.integer(0...3) == 0 }
        let isPruned = generator.integer(0...3) == 0 && !kept.isEmpty
        spec = try isPruned ? whole.selecting(kept) : whole
        self.generator = generator
    }

    /// All feature planes of the whole image.
    func planes() -> [Float] {
        FeatureExtractor().planes(
            of: window, core: PixelRect(x: 0, y: 0, width: window.width, height: window.height), spec: spec)
    }

    /// Ascending edges, up to 255 a feature: quantiles of the values themselves, so that equality with an edge happens.
    mutating func edges(from planes: [Float]) throws -> BinEdges {
        let area = window.width * window.height
        return try BinEdges(
            (0..<spec.featureCount).map { feature in
                let values = Set(planes[feature * area..<(feature + 1) * area]).sorted()
                let kept = generator.integer(0...255)
                let step = max(1, (values.count + 254) / 255)
                return stride(from: 0, to: values.count, by: step).prefix(kept).map { values[$0] }
            })
    }
}

extension SplitMix64 {
    mutating func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }

    /// The bytes of any value of an integer type, or of a float from -1 to 1.
    mutating func sample(_ sampleType: SampleType) -> [UInt8] {
        if sampleType.isFloat {
            let bits = Float(2 * fraction() - 1).bitPattern.littleEndian
            return withUnsafeBytes(of: bits, Array.init)
        }
        return (0..<sampleType.byteCount).map { _ in UInt8(integer(0...255)) }
    }
}

extension FeatureExtractor {
    /// The planes as an array.
    ///
    /// - Parameter needed: `[feature]`: whether it is needed; planes of the others are NaN.
    func planes(of window: PixelBuffer, core: PixelRect, spec: FeatureSpec, needed: [Bool]? = nil) -> [Float] {
        [Float](unsafeUninitializedCapacity: spec.featureCount * core.area) { buffer, count in
            count = spec.featureCount * core.area
            guard let base = buffer.baseAddress else { preconditionFailure("a buffer of no values") }
            base.initialize(repeating: .nan, count: count)
            planes(of: window, core: core, spec: spec, into: base, planeStride: core.area, needed: needed)
        }
    }

    /// The bins as an array.
    func bins(of window: PixelBuffer, core: PixelRect, spec: FeatureSpec, edges: BinEdges) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: spec.featureCount * core.area) { buffer, count in
            count = spec.featureCount * core.area
            guard let base = buffer.baseAddress else { preconditionFailure("a buffer of no values") }
            bins(of: window, core: core, spec: spec, edges: edges, into: base, planeStride: core.area)
        }
    }

    /// The samples as an array.
    func samples(of window: PixelBuffer, core: PixelRect, at pixels: [Int32], spec: FeatureSpec) -> [Float] {
        [Float](unsafeUninitializedCapacity: max(1, spec.featureCount * pixels.count)) { buffer, count in
            count = spec.featureCount * pixels.count
            guard let base = buffer.baseAddress else { preconditionFailure("a buffer of no values") }
            samples(of: window, core: core, at: pixels, spec: spec, into: base)
        }
    }
}
