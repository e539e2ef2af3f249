@testable import Features
@testable import Imaging
import Testing

@Suite struct FeatureExtractorTests {
    @Test(arguments: FeatureCase.seeds)
    func `planes equal the definition`(seed: UInt64) throws {
        let example = try FeatureCase(seed: seed)
        let found = example.planes()
        let expected = ReferenceFeatures.planes(of: example.window, spec: example.spec)
        try #require(found.count == expected.count)
        let area = example.window.width * example.window.height
        for (index, name) in example.spec.names.enumerated() {
            let far = (index * area..<(index + 1) * area).filter {
                !(abs(Double(found[$0]) - expected[$0]) <= ReferenceFeatures.tolerance(of: name, expected[$0]))
            }
            #expect(far.isEmpty, "seed \(seed), \(example.window.info), \(name)")
        }
    }

    @Test(arguments: [(1, 1, 1), (1, 300, 1), (300, 1, 3), (2, 2, 3), (1, 2, 1), (3, 1, 1), (1, 1, 3), (1, 300, 3), (300, 1, 1)])
    func `images of one or two pixels across equal the definition`(width: Int, height: Int, channels: Int) throws {
        let window = PixelBuffer(
            width: width, height: height, channels: channels, sampleType: .uint8,
            bytes: (0..<width * height * channels).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 3 + 30) | 64 })
        let spec = try FeatureSpec(
            families: FeatureFamily.allCases(channels: channels), sigmas: [0.01, 0.5, 4, 128], channels: channels)
        let core = PixelRect(x: 0, y: 0, width: width, height: height)
        let found = FeatureExtractor().planes(of: window, core: core, spec: spec)
        let expected = ReferenceFeatures.planes(of: window, spec: spec)
        for (found, expected) in zip(found, expected) { #expect(abs(Double(found) - expected) <= 2e-6) }
    }

    @Test(arguments: FeatureCase.seeds)
    func `a tile with its halo has the bits of the whole image`(seed: UInt64) throws {
        var example = try FeatureCase(seed: seed, sideMax: 150, sigmaMax: 6)
        let window = example.window
        let whole = example.planes()
        let extractor = FeatureExtractor()
        let grid = TileGrid(
            imageWidth: window.width, imageHeight: window.height, tileSide: example.generator.integer(1...64),
            haloPixels: example.spec.haloPixels)
        for _ in 0..<min(20, grid.count) {
            let tile = grid.tile(
                row: example.generator.integer(0...grid.rows - 1), column: example.generator.integer(0...grid.columns - 1))
            let found = extractor.planes(
                of: window.cropped(to: tile.window), core: tile.core.relative(to: tile.window), spec: example.spec)
            let expected = (0..<example.spec.featureCount).flatMap { feature in
                (tile.core.y..<tile.core.endY).flatMap { row in
                    let start = (feature * window.height + row) * window.width + tile.core.x
                    return whole[start..<start + tile.core.width]
                }
            }
            #expect(
                found.map(\.bitPattern) == expected.map(\.bitPattern), "seed \(seed), tile \(tile.core), \(example.spec)")
        }
    }

    @Test(arguments: FeatureCase.seeds)
    func `bins are the positions of the planes' values among the edges`(seed: UInt64) throws {
        var example = try FeatureCase(seed: seed)
        let planes = example.planes()
        let edges = try example.edges(from: planes)
        let window = example.window
        let core = PixelRect(x: 0, y: 0, width: window.width, height: window.height)
        let found = FeatureExtractor().bins(of: window, core: core, spec: example.spec, edges: edges)
        let expected = planes.enumerated().map { index, value in
            UInt8(edges.edges(ofFeature: index / core.area).count { $0 < value })
        }
        #expect(found == expected, "seed \(seed)")
    }

    @Test(arguments: FeatureCase.seeds)
    func `bands together are the bins of the whole, in order`(seed: UInt64) throws {
        var example = try FeatureCase(seed: seed, sideMax: 150, sigmaMax: 4)
        let edges = try example.edges(from: example.planes())
        let (window, spec) = (example.window, example.spec)
        let core = PixelRect(
            x: window.width / 4, y: window.height / 4, width: (window.width + 1) / 2, height: (window.height + 1) / 2)
        let whole = FeatureExtractor().bins(of: window, core: core, spec: spec, edges: edges)
        let rowsPerBand = example.generator.integer(1...80)
        var found = [UInt8](repeating: 0, count: whole.count)
        var nextRow = 0
        var band = [UInt8](
            repeating: 0, count: FeatureExtractor.bandByteCount(core: core, spec: spec, rowsPerBand: rowsPerBand))
        band.withUnsafeMutableBufferPointer { band in
            guard let bins = band.baseAddress else { preconditionFailure("a band of no bins") }
            FeatureExtractor().binBands(
                of: window, core: core, spec: spec, edges: edges, rowsPerBand: rowsPerBand, band: bins
            ) { rows, planeStride in
                #expect(rows.lowerBound == nextRow && (rows.count >= rowsPerBand || rows.upperBound == core.height))
                nextRow = rows.upperBound
                for feature in 0..<spec.featureCount {
                    for pixel in 0..<rows.count * core.width {
                        found[feature * core.area + rows.lowerBound * core.width + pixel] = bins[feature * planeStride + pixel]
                    }
                }
            }
        }
        #expect(nextRow == core.height && found == whole, "seed \(seed), bands of \(rowsPerBand)")
    }

    @Test(arguments: FeatureCase.seeds)
    func `samples are the planes' values at the listed pixels`(seed: UInt64) throws {
        var example = try FeatureCase(seed: seed, sideMax: 200, sigmaMax: 4)
        let window = example.window
        let core = PixelRect(
            x: window.width / 3, y: window.height / 4, width: (window.width + 2) / 3, height: (window.height + 1) / 2)
        let planes = FeatureExtractor().planes(of: window, core: core, spec: example.spec)
        let rarity = example.generator.integer(0...100)
        let pixels = (0..<Int32(core.area)).filter { _ in example.generator.integer(0...rarity) == 0 }
        let found = FeatureExtractor().samples(of: window, core: core, at: pixels, spec: example.spec)
        let expected = pixels.flatMap { pixel in
            (0..<example.spec.featureCount).map { planes[$0 * core.area + Int(pixel)] }
        }
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "seed \(seed)")
    }

    @Test(arguments: FeatureCase.seeds)
    func `features that are needed have the bits that they have among all, and the others are not written`(seed: UInt64) throws {
        var example = try FeatureCase(seed: seed, sideMax: 120)
        let (window, spec) = (example.window, example.spec)
        let core = PixelRect(
            x: window.width / 4, y: window.height / 4, width: (window.width + 1) / 2, height: (window.height + 1) / 2)
        let all = FeatureExtractor().planes(of: window, core: core, spec: spec)
        let extractor = FeatureExtractor()
        for rarity in [0, 1, 5, 1000] {
            let needed = (0..<spec.featureCount).map { _ in example.generator.integer(0...rarity) == 0 }
            let found = extractor.planes(of: window, core: core, spec: spec, needed: needed)
            let wrong = found.indices.filter { index in
                let isSame = found[index].bitPattern == all[index].bitPattern
                return needed[index / core.area] ? !isSame : !found[index].isNaN
            }
            #expect(wrong.isEmpty, "seed \(seed), needed \(needed), \(spec)")
        }
    }

    @Test(arguments: FeatureCase.seeds)
    func `selected features have the bits that they have among all, and a tile with their halo has, too`(seed: UInt64) throws {
        var example = try FeatureCase(seed: seed, sideMax: 120, sigmaMax: 6)
        let (window, spec) = (example.window, example.spec)
        let area = window.width * window.height
        let all = example.planes()
        var kept = (0..<spec.featureCount).filter { _ in example.generator.integer(0...5) == 0 }
        if kept.isEmpty { kept = [example.generator.integer(0...spec.featureCount - 1)] }
        let pruned = try spec.selecting(kept)
        #expect(pruned.names == kept.map { spec.names[$0] })
        #expect(pruned.haloPixels <= spec.haloPixels && pruned.reachPixels <= spec.reachPixels)
        let pixel = PixelRect(
            x: example.generator.integer(0...window.width - 1), y: example.generator.integer(0...window.height - 1), width: 1,
            height: 1)
        let part = pixel.padded(by: pruned.haloPixels, clippedTo: window.width, window.height)
        let found = FeatureExtractor().planes(of: window.cropped(to: part), core: pixel.relative(to: part), spec: pruned)
        let expected = kept.map { all[$0 * area + pixel.y * window.width + pixel.x] }
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "seed \(seed), \(pruned)")
    }

    @Test func `an extractor that was used before gives the same bits`() throws {
        let extractor = FeatureExtractor()
        for seed in UInt64(100)..<106 {
            let example = try FeatureCase(seed: seed)
            let core = PixelRect(x: 0, y: 0, width: example.window.width, height: example.window.height)
            #expect(extractor.planes(of: example.window, core: core, spec: example.spec) == example.planes(), "seed \(seed)")
        }
    }

    @Test func `no pixel listed gives no sample`() throws {
        let example = try FeatureCase(seed: 1)
        let core = PixelRect(x: 0, y: 0, width: example.window.width, height: example.window.height)
        #expect(FeatureExtractor().samples(of: example.window, core: core, at: [], spec: example.spec).isEmpty)
    }
}
