package import Features
internal import Foundation
internal import Imaging
package import Primitives
package import Protocol

/// Compute the features of the labelled pixels of one tile, which become training samples.
package struct FeatureJob: WindowJob {
    package static let kind = "features"

    package var spec: FeatureSpec
    package var window: WindowDocument
    /// int32 `[samples]`: labelled pixels of the core that have data, as ascending row-major positions in it.
    package var pixels: WireArray
    /// Edges by which features become bins; nil if the features themselves are wanted.
    package var edges: ContentHash?

    package init(spec: FeatureSpec, window: WindowDocument, pixels: [Int32], edges: ContentHash? = nil) {
        self.edges = edges
        self.spec = spec
        self.window = window
        // Runs of neighbours, which deflate to little; of a few pixels it is not worth the time.
        self.pixels = WireArray(pixels, .int32, isDeflated: pixels.count >= 1024)
    }

    package var blobs: [ContentHash] { edges.map { [$0] } ?? [] }

    package struct Output: Codable, Sendable {
        /// `[samples][features]`: float32, or uint8 if bins were asked for.
        package var samples: WireArray
    }

    package func workspaceBytes(blobs: BlobSet) -> ByteCount {
        // The samples as they are, and as text.
        window.workspaceBytes + ByteCount(pixels.count, 3 * 4, spec.featureCount)
    }

    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        let buffer = try window.window(in: slot)
        try spec.require(channels: buffer.channels)
        do {
            try pixels.require(.int32, [nil], "pixels")
        } catch {
            throw .invalid(error.description)
        }
        let positions = pixels.elements(as: Int32.self)
        let area = window.core.area
        for (previous, position) in zip([-1] + positions, positions) where position <= previous || Int(position) >= area {
            throw .invalid("pixels: expected ascending positions below \(area), found \(position) after \(previous)")
        }
        if let validity = buffer.validity(of: window.core), let bad = positions.first(where: { validity[Int($0)] == 0 }) {
            throw .invalid("pixels: expected positions of pixels with data, found \(bad), which has none")
        }
        var samples = Data(count: positions.count * spec.featureCount * MemoryLayout<Float>.size)
        samples.withUnsafeMutableBytes { bytes in
            guard let base = bytes.bindMemory(to: Float.self).baseAddress, !positions.isEmpty else { return }
            slot.features.samples(of: buffer, core: window.core, at: positions, spec: spec, into: base)
        }
        if let edges {
            return Output(samples: try Self.bins(samples, count: positions.count, spec, edges: try blobs.edges(edges)))
        }
        return Output(samples: WireArray(dtype: .float32, shape: [positions.count, spec.featureCount], bytes: samples))
    }

    private static func bins(
        _ samples: Data, count: Int, _ spec: FeatureSpec, edges: BinEdges
    ) throws(JobError) -> WireArray {
        guard edges.featureCount == spec.featureCount else {
            throw .invalid("edges: expected lists of \(spec.featureCount) features, found \(edges.featureCount)")
        }
        var bins = Data(count: count * spec.featureCount)
        samples.withUnsafeBytes { samples in
            bins.withUnsafeMutableBytes { bins in
                guard let source = samples.bindMemory(to: Float.self).baseAddress,
                    let target = bins.bindMemory(to: UInt8.self).baseAddress
                else { return }
                edges.quantise(samples: source, count: count, into: target)
            }
        }
        return WireArray(dtype: .uint8, shape: [count, spec.featureCount], bytes: bins)
    }

    package func check(_ output: Output) throws(WireError) {
        try output.samples.require(edges == nil ? .float32 : .uint8, [pixels.count, spec.featureCount], "samples")
    }
}

extension FeatureSpec {
    /// Throws unless an image with this many channels has these features.
    func require(channels found: Int) throws(JobError) {
        guard channels == found else { throw .invalid("image: expected \(channels) channels, found \(found)") }
    }
}
