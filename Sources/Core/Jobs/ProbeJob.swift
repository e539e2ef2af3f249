package import Imaging
package import Primitives
package import Protocol

/// Say whether an image can be read here, and what one window of it holds.
///
/// The answer is about the worker, not about the document alone: the nonce makes every question a new one.
package struct ProbeJob: Job {
    package static let kind = "probe"

    /// The same window under the names that the image may have here, the likeliest first.
    package var sources: [ImageReference]
    /// Different from that of every earlier question.
    package var nonce: String

    package static let sourcesMax = 16
    /// The most pixels of a window that is read.
    package static let pixelsMax = 1 << 16

    package init(sources: [ImageReference], nonce: String) { (self.sources, self.nonce) = (sources, nonce) }

    package var blobs: [ContentHash] { [] }

    package struct Output: Codable, Sendable {
        /// Position of the first name under which the window could be read; nil for none.
        package var source: Int?
        /// Of what it holds.
        package var sha256: ContentHash?
        /// Why it could not be read under the last name.
        package var reason: String?
    }

    package func workspaceBytes(blobs: BlobSet) -> ByteCount { ByteCount(Self.pixelsMax, 16, 4) }

    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        guard (1...Self.sourcesMax).contains(sources.count) else {
            throw .invalid("sources: expected 1 to \(Self.sourcesMax) names, found \(sources.count)")
        }
        guard let references = slot.references else { return Output(reason: "the worker reads no references") }
        var reason = ""
        for (index, source) in sources.enumerated() {
            let (area, overflow) = source.window.width.multipliedReportingOverflow(by: source.window.height)
            guard !overflow, area <= Self.pixelsMax else {
                throw .invalid("sources[\(index)].window: expected at most \(Self.pixelsMax) pixels, found more")
            }
            do throws(JobError) {
                let pixels = try references.pixels(of: source, cancellation: slot.cancellation)
                return Output(source: index, sha256: Self.hash(of: pixels))
            } catch {
                if error == .cancelled { throw error }
                reason = error.description
            }
        }
        return Output(reason: reason)
    }

    package func check(_ output: Output) throws(WireError) {
        guard (output.source == nil) == (output.sha256 == nil), output.source.map(sources.indices.contains) ?? true else {
            throw .invalid("source: expected a position among \(sources.count) names with a hash, or neither")
        }
    }

    /// What tells the pixels of a window from others.
    package static func hash(of pixels: PixelBuffer) -> ContentHash {
        let shape = "\(pixels.width)×\(pixels.height)×\(pixels.channels) \(pixels.sampleType.rawValue)\n"
        return ContentHash(of: Array(shape.utf8) + pixels.bytes + (pixels.validity ?? []))
    }
}
