internal import ArgumentParser
internal import Features
internal import Forest
internal import Imaging
internal import Protocol

/// Features of an image as bins: what a worker computes of a tile before it predicts.
struct FeatureBinsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features-bins", abstract: "Features of an image to one byte each, in every slot's own buffer.")

    @OptionGroup var image: ImageOptions
    @OptionGroup var timing: TimingOptions

    @Option(help: "Take features and edges from this model [all features, edges at the image's own quantiles].")
    var model: String?

    func run() throws {
        let (spec, edges, tiles) = try input()
        let team = SlotTeam(threads: timing.threads)
        var measurement = try timing.measure("features-bins") { _ in
            try team.run(tiles.parts.count) { slot, index in
                let part = tiles.parts[index]
                slot.withBins(part.core.area * spec.featureCount) { bins in
                    slot.features.bins(
                        of: part.window, core: part.core, spec: spec, edges: edges, into: bins, planeStride: part.core.area)
                }
            }
        }
        measurement.facts = tiles.facts(spec)
        try measurement.report()
    }

    private func input() throws -> (FeatureSpec, BinEdges, TiledImage) {
        if let model {
            let file = try ModelFile(path: model)
            return (file.spec, file.model.edges, try image.tiles(for: file.spec))
        }
        let spec = try image.defaultSpec()
        let tiles = try image.tiles(for: spec)
        return (spec, try tiles.quantileEdges(of: spec), tiles)
    }
}

/// Features of an image as floats: what `coppice features` asks of a worker.
struct FeaturePlanesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features-planes", abstract: "Features of an image to float planes, into one buffer for the whole image.")

    @OptionGroup var image: ImageOptions
    @OptionGroup var timing: TimingOptions

    func run() throws {
        let spec = try image.defaultSpec()
        let tiles = try image.tiles(for: spec)
        let team = SlotTeam(threads: timing.threads)
        let planes = SharedBuffer<Float>(count: tiles.pixelCount * spec.featureCount)
        var measurement = try timing.measure("features-planes") { _ in
            try team.run(tiles.parts.count) { slot, index in
                let part = tiles.parts[index]
                slot.features.planes(
                    of: part.window, core: part.core, spec: spec, into: planes.base + part.firstPixel * spec.featureCount,
                    planeStride: part.core.area)
            }
        }
        measurement.facts = tiles.facts(spec)
        try measurement.report()
    }
}

extension TiledImage {
    /// Samples that the image's own quantiles are taken from, about.
    private static let samplesForEdges = 20_000

    /// Edges at the quantiles of evenly spaced pixels.
    fileprivate func quantileEdges(of spec: FeatureSpec) throws -> BinEdges {
        let step = max(1, pixelCount / Self.samplesForEdges)
        let extractor = FeatureExtractor()
        var samples: [Float] = []
        for part in parts {
            let pixels = stride(from: 0, to: part.core.area, by: step).map(Int32.init)
            samples += [Float](unsafeUninitializedCapacity: pixels.count * spec.featureCount) { values, count in
                if let base = values.baseAddress {
                    extractor.samples(of: part.window, core: part.core, at: pixels, spec: spec, into: base)
                }
                count = pixels.count * spec.featureCount
            }
        }
        let lists = samples.withUnsafeBufferPointer { values -> [[Float]] in
            guard let base = values.baseAddress else { return [] }
            return QuantileEdges.edges(
                ofSamples: base, sampleCount: values.count / spec.featureCount, featureCount: spec.featureCount)
        }
        return try BinEdges(lists)
    }

    /// What a measurement says about the work.
    fileprivate func facts(_ spec: FeatureSpec) -> [String: Double] {
        ["pixels": Double(pixelCount), "features": Double(spec.featureCount), "tiles": Double(parts.count)]
    }
}
