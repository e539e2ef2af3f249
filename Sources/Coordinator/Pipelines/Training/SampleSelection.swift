internal import Primitives

/// Which labelled pixels, or rows of a table, are learned from: a function of the seed and of a sample's place only.
struct SampleSelection: Hashable, Sendable {
    private let seed: UInt64
    /// `[image]`: samples with a key up to this are taken; empty for all.
    private let keyMaxOfImage: [UInt64]
    /// By label; samples of other labels are all taken.
    private let keyMaxOfLabel: [Int: UInt64]
    /// The share of the samples that `isEdgeSample` takes, in 2⁻⁶⁴.
    private let edgeKeyMax: UInt64

    /// All samples.
    static let all = SampleSelection(seed: 0)

    init(seed: UInt64, keyMaxOfImage: [UInt64] = [], keyMaxOfLabel: [Int: UInt64] = [:], edgeShare: Double = 1) {
        self.seed = seed
        self.keyMaxOfImage = keyMaxOfImage
        self.keyMaxOfLabel = keyMaxOfLabel
        edgeKeyMax = edgeShare >= 1 ? .max : UInt64(edgeShare * 0x1p64)
    }

    /// The same, with a share of samples that edges are made from.
    func withEdges(from share: Double) -> SampleSelection {
        SampleSelection(seed: seed, keyMaxOfImage: keyMaxOfImage, keyMaxOfLabel: keyMaxOfLabel, edgeShare: share)
    }

    /// Whether every sample is taken.
    var isAll: Bool { keyMaxOfImage.isEmpty && keyMaxOfLabel.isEmpty }

    /// Whether a sample is learned from.
    ///
    /// - Parameter position: the pixel, row-major, or the row of a table.
    func takes(image: Int, position: Int, label: Int) -> Bool {
        if isAll { return true }
        let key = Self.key(seed, image, position)
        if !keyMaxOfImage.isEmpty, key > keyMaxOfImage[image] { return false }
        return keyMaxOfLabel[label].map { key <= $0 } ?? true
    }

    /// Whether edges are made from a sample, which is learned from.
    func isEdgeSample(image: Int, position: Int) -> Bool {
        edgeKeyMax == .max || Self.key(~seed, image, position) <= edgeKeyMax
    }

    /// A number that looks drawn: SplitMix64's mixing function (Steele, Lea, Flood 2014) over the place.
    static func key(_ seed: UInt64, _ image: Int, _ position: Int) -> UInt64 {
        mix(mix(mix(seed) &+ UInt64(image)) &+ UInt64(position))
    }

    private static func mix(_ value: UInt64) -> UInt64 { SplitMix64.mix(value &+ SplitMix64.step) }
}

/// The most samples that are taken.
package struct SampleLimits: Codable, Hashable, Sendable {
    var perImage: Int?
    var perClass: Int?

    package init(perImage: Int? = nil, perClass: Int? = nil) {
        self.perImage = perImage
        self.perClass = perClass
    }

    /// Whether there is one.
    var areSet: Bool { perImage != nil || perClass != nil }

    /// Of how many samples edges are made, about: of all, as long as there are no more.
    static func edgeSampleCount(featureCount: Int) -> Int { max(100_000, 100_000_000 / featureCount) }
}
