@testable import Features
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

/// Features beside pixels without data: made of the pixels that have some, by normalised convolution.
@Suite struct MaskedFeatureTests {
    @Test(arguments: FeatureCase.seeds)
    func `planes beside pixels without data equal the definition`(seed: UInt64) throws {
        let example = try MaskedCase(seed: seed)
        let found = example.planes()
        let expected = ReferenceFeatures.planes(of: example.window, spec: example.spec)
        try #require(found.count == expected.count)
        let area = example.area
        for (index, name) in example.spec.names.enumerated() {
            let far = example.validPixels.map { index * area + $0 }.filter {
                !(abs(Double(found[$0]) - expected[$0]) <= ReferenceFeatures.tolerance(of: name, expected[$0]))
            }
            #expect(far.isEmpty, "seed \(seed), \(example.window.info), \(name)")
        }
    }

    /// Of images of one channel and of three; `rgb` has three.
    static let goldens: [(FeatureFamily, String)] = FeatureFamily.allCases.flatMap { family in
        (family.channelCount == nil ? ["grey", "rgb", "half", "islands"] : ["rgb"]).map { (family, $0) }
    }

    @Test(arguments: goldens)
    func `planes equal those that NumPy and SciPy make of a masked image`(family: FeatureFamily, image: String) throws {
        let golden = try MaskedGolden(family: family, image: image)
        let core = PixelRect(x: 0, y: 0, width: golden.image.width, height: golden.image.height)
        let found = FeatureExtractor().planes(of: golden.image, core: core, spec: golden.spec)
        try #require(found.count == golden.planes.count)
        let validity = try #require(golden.image.validity)
        let differences = found.indices.filter { validity[$0 % core.area] == 1 }.map { abs(found[$0] - golden.planes[$0]) }
        #expect(!differences.isEmpty && (differences.max() ?? 0) <= 1e-6)
    }

    @Test(arguments: FeatureCase.seeds)
    func `a tile with its halo has the bits of the whole masked image`(seed: UInt64) throws {
        var example = try MaskedCase(seed: seed, sideMax: 150, sigmaMax: 6)
        let window = example.window
        let whole = example.planes()
        let extractor = FeatureExtractor()
        let grid = TileGrid(
            imageWidth: window.width, imageHeight: window.height, tileSide: example.generator.integer(1...64),
            haloPixels: example.spec.haloPixels)
        for _ in 0..<min(20, grid.count) {
            let tile = grid.tile(
                row: example.generator.integer(0...grid.rows - 1), column: example.generator.integer(0...grid.columns - 1))
            let part = window.cropped(to: tile.window)
            let found = extractor.planes(of: part, core: tile.core.relative(to: tile.window), spec: example.spec)
            let validity = window.validity(of: tile.core)
            var differences = 0
            for feature in 0..<example.spec.featureCount {
                for row in 0..<tile.core.height {
                    for column in 0..<tile.core.width {
                        let pixel = row * tile.core.width + column
                        guard validity?[pixel] != 0 else { continue }
                        let place = (feature * window.height + tile.core.y + row) * window.width + tile.core.x + column
                        let isSame = found[feature * tile.core.area + pixel].bitPattern == whole[place].bitPattern
                        differences += isSame ? 0 : 1
                    }
                }
            }
            #expect(differences == 0, "seed \(seed), tile \(tile.core), \(example.spec)")
        }
    }

    @Test(arguments: FeatureCase.seeds)
    func `a mask changes no bit where all pixels in the halo have data`(seed: UInt64) throws {
        let plain = try FeatureCase(seed: seed, sideMax: 200, sigmaMax: 3)
        let (width, height, halo) = (plain.window.width, plain.window.height, plain.spec.haloPixels)
        let hole = (row: Int(seed) % height, column: Int(3 * seed) % width)
        var validity = [UInt8](repeating: 1, count: width * height)
        validity[hole.row * width + hole.column] = 0
        let masked = plain.window.masked(validity)
        let core = PixelRect(x: 0, y: 0, width: width, height: height)
        let found = FeatureExtractor().planes(of: masked, core: core, spec: plain.spec)
        let expected = plain.planes()
        var (same, changed) = (0, 0)
        for (index, value) in found.enumerated() {
            let (row, column) = (index % core.area / width, index % width)
            if max(abs(row - hole.row), abs(column - hole.column)) > halo {
                same += value.bitPattern == expected[index].bitPattern ? 0 : 1
            } else {
                changed += value.bitPattern == expected[index].bitPattern ? 0 : 1
            }
        }
        #expect(same == 0, "seed \(seed): \(same) values beyond the halo changed")
        #expect(changed > 0 || plain.window.bytes.count < 4, "seed \(seed): the mask had no effect")
    }

    @Test(arguments: FeatureCase.seeds)
    func `what is stored at pixels without data changes no bit of the others`(seed: UInt64) throws {
        var example = try MaskedCase(seed: seed)
        let expected = example.planes()
        var changed = example.window
        let pixelBytes = changed.channels * changed.sampleType.byteCount
        for (pixel, isValid) in (changed.validity ?? []).enumerated() where isValid == 0 {
            let bytes = (0..<changed.channels).flatMap { _ in example.generator.sample(changed.sampleType) }
            changed.bytes.replaceSubrange(pixel * pixelBytes..<(pixel + 1) * pixelBytes, with: bytes)
        }
        let found = FeatureExtractor().planes(of: changed, core: example.core, spec: example.spec)
        let isSame = found.map(\.bitPattern) == expected.map(\.bitPattern)
        #expect(isSame, "seed \(seed)")
    }

    @Test(arguments: FeatureCase.seeds)
    func `samples, bins and parts of a masked image are those of its planes`(seed: UInt64) throws {
        var example = try MaskedCase(seed: seed, sideMax: 120, sigmaMax: 4)
        let planes = example.planes()
        let (core, spec, window) = (example.core, example.spec, example.window)
        let pixels = example.validPixels.map(Int32.init).filter { _ in example.generator.integer(0...9) == 0 }
        let found = FeatureExtractor().samples(of: window, core: core, at: pixels, spec: spec)
        let expected = pixels.flatMap { pixel in (0..<spec.featureCount).map { planes[$0 * core.area + Int(pixel)] } }
        let areSame = found.map(\.bitPattern) == expected.map(\.bitPattern)
        #expect(areSame, "seed \(seed)")
        let parts = ValidParts.cover(core, of: window, reach: spec.reachPixels)
        var together = [Float](repeating: .nan, count: planes.count)
        let extractor = FeatureExtractor()
        together.withUnsafeMutableBufferPointer { together in
            guard let base = together.baseAddress else { preconditionFailure("no planes") }
            for part in parts {
                extractor.planes(
                    of: window, core: part, spec: spec, into: base + part.y * core.width + part.x, planeStride: core.area,
                    rowStride: core.width)
            }
        }
        let validity = window.validity
        let differences = together.indices.count {
            validity?[$0 % core.area] != 0 && together[$0].bitPattern != planes[$0].bitPattern
        }
        #expect(differences == 0, "seed \(seed)")
    }

    @Test func `an extractor that had a mask before has none afterwards`() throws {
        let extractor = FeatureExtractor()
        let masked = try MaskedCase(seed: 3)
        let plain = try FeatureCase(seed: 4)
        let core = PixelRect(x: 0, y: 0, width: plain.window.width, height: plain.window.height)
        _ = extractor.planes(of: masked.window, core: masked.core, spec: masked.spec)
        let isSame = extractor.planes(of: plain.window, core: core, spec: plain.spec) == plain.planes()
        #expect(isSame)
        let again = extractor.planes(of: masked.window, core: masked.core, spec: masked.spec)
        let isSameAgain = again.map(\.bitPattern) == masked.planes().map(\.bitPattern)
        #expect(isSameAgain)
    }

    @Test(arguments: [0.01, 0.1, 0.3, 0.5, 2])
    func `a flat image stays flat beside pixels without data, at any sigma`(sigma: Double) throws {
        let (width, height) = (40, 30)
        let validity = (0..<width * height).map { UInt8($0 % width < 20 || $0 % 7 == 0 ? 1 : 0) }
        let bytes = validity.map { $0 == 1 ? UInt8(200) : 0 }
        let image = PixelBuffer(
            width: width, height: height, channels: 1, sampleType: .uint8, bytes: bytes, validity: validity)
        let spec = try FeatureSpec(families: FeatureFamily.allCases(channels: 1), sigmas: [sigma], channels: 1)
        let core = PixelRect(x: 0, y: 0, width: width, height: height)
        let planes = FeatureExtractor().planes(of: image, core: core, spec: spec)
        for (feature, name) in spec.names.enumerated() {
            let expected: Float = name.hasSuffix("intensity") ? 200.0 / 255 : 0
            let differences = validity.indices.filter { validity[$0] == 1 }
                .map { abs(planes[feature * core.area + $0] - expected) }
            #expect((differences.max() ?? 1) <= 1e-6, "\(name)")
        }
    }
}

/// A random image of which some pixels have no data.
struct MaskedCase {
    let window: PixelBuffer
    let spec: FeatureSpec
    var generator: SplitMix64

    var core: PixelRect { PixelRect(x: 0, y: 0, width: window.width, height: window.height) }
    var area: Int { core.area }
    var validPixels: [Int] { (0..<area).filter { window.validity?[$0] != 0 } }

    /// One pixel in many, rectangles, or nearly all have no data.
    init(seed: UInt64, sideMax: Int = 80, sigmaMax: Double = 20) throws {
        let plain = try FeatureCase(seed: seed, sideMax: sideMax, sigmaMax: sigmaMax)
        (spec, generator) = (plain.spec, plain.generator)
        let (width, height) = (plain.window.width, plain.window.height)
        let rarity = [2, 10, 300][generator.integer(0...2)]
        var validity = [UInt8](repeating: 1, count: width * height)
        if generator.integer(0...3) > 0 {
            for pixel in validity.indices where generator.integer(0...rarity) == 0 { validity[pixel] = 0 }
        }
        for _ in 0..<generator.integer(0...3) {
            let (left, top) = (generator.integer(0...width - 1), generator.integer(0...height - 1))
            let (right, bottom) = (generator.integer(left...width - 1), generator.integer(top...height - 1))
            for row in top...bottom { for column in left...right { validity[row * width + column] = 0 } }
        }
        if generator.integer(0...3) == 0 {
            for pixel in validity.indices { validity[pixel] = 1 - validity[pixel] }
        }
        window = plain.window.masked(validity)
    }

    func planes() -> [Float] { FeatureExtractor().planes(of: window, core: core, spec: spec) }
}

extension PixelBuffer {
    /// The same pixels, some of which have no data.
    func masked(_ validity: [UInt8]) -> PixelBuffer {
        PixelBuffer(
            width: width, height: height, channels: channels, sampleType: sampleType, bytes: bytes, validity: validity)
    }
}

/// A file of `Goldens/make_masked.py`, whose head describes the layout.
private struct MaskedGolden {
    let image: PixelBuffer
    let spec: FeatureSpec
    let planes: [Float]

    init(family: FeatureFamily, image name: String) throws {
        var file = try GoldenFile("masked-\(family.rawValue)-\(name)")
        let head = try file.take(4, Int32.self).map(Int.init)
        let sigmas = try file.take(head[3], Double.self)
        let bytes = try file.take(head[0] * head[1] * head[2], UInt8.self)
        let validity = try file.take(head[0] * head[1], UInt8.self)
        image = PixelBuffer(
            width: head[0], height: head[1], channels: head[2], sampleType: .uint8, bytes: bytes, validity: validity)
        spec = try FeatureSpec(families: [family], sigmas: sigmas, channels: head[2])
        planes = try file.take(spec.featureCount * head[0] * head[1], Float.self)
        #expect(file.isAtEnd)
    }
}
