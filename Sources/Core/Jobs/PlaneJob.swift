package import Features
internal import Imaging
package import Primitives
package import Protocol

/// Compute all features of every pixel of one tile, as floats.
package struct PlaneJob: WindowJob {
    package static let kind = "planes"

    package var spec: FeatureSpec
    package var window: WindowDocument

    /// No result holds more bytes of features than this.
    package static let resultBytesMax = 1 << 27

    package init(spec: FeatureSpec, window: WindowDocument) {
        self.spec = spec
        self.window = window
    }

    package var blobs: [ContentHash] { [] }

    package struct Output: Codable, Sendable {
        /// float32 `[feature][row][column]` of the core; NaN at pixels without data.
        package var planes: WireArray
    }

    package func workspaceBytes(blobs: BlobSet) -> ByteCount {
        // The planes as they are, and as text.
        window.workspaceBytes + ByteCount(window.core.width, window.core.height, 3 * 4, spec.featureCount)
    }

    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        let buffer = try window.window(in: slot)
        try spec.require(channels: buffer.channels)
        let core = window.core
        let (count, overflow) = core.area.multipliedReportingOverflow(by: spec.featureCount * WireElement.float32.byteCount)
        guard !overflow, count <= Self.resultBytesMax else {
            throw .invalid(
                "window.core: expected at most \(Self.resultBytesMax) bytes of features, "
                    + "found \(core.width)×\(core.height) pixels of \(spec.featureCount) features")
        }
        let validity = buffer.validity(of: core)
        let parts = ValidParts.cover(core, of: buffer, reach: spec.reachPixels)
        let planes = [Float](unsafeUninitializedCapacity: core.area * spec.featureCount) { planes, count in
            if let base = planes.baseAddress {
                if validity != nil { planes.update(repeating: .nan) }
                for part in parts {
                    let first = base + (part.y - core.y) * core.width + part.x - core.x
                    slot.features.planes(
                        of: buffer, core: part, spec: spec, into: first, planeStride: core.area, rowStride: core.width)
                }
                if let validity { Self.clear(base, spec.featureCount, where: validity) }
            }
            count = core.area * spec.featureCount
        }
        return Output(planes: WireArray(planes, .float32, shape: [spec.featureCount, core.height, core.width]))
    }

    /// Makes all features NaN at pixels without data.
    private static func clear(_ planes: UnsafeMutablePointer<Float>, _ featureCount: Int, where validity: [UInt8]) {
        for feature in 0..<featureCount {
            let plane = planes + feature * validity.count
            for pixel in validity.indices where validity[pixel] == 0 { plane[pixel] = .nan }
        }
    }

    package func check(_ output: Output) throws(WireError) {
        try output.planes.require(.float32, [spec.featureCount, window.core.height, window.core.width], "planes")
    }
}
