internal import Foundation
package import Imaging
internal import Primitives
package import Protocol

/// The pixels of a job: the padded window of a tile, sent or named, and the core rectangle in it that is asked for.
package struct WindowDocument: Codable, Hashable, Sendable {
    /// Of any sample type, `[row][column][channel]`. Either this or `source` is given.
    package var pixels: WireArray?
    /// Which of the pixels that are sent have data, uint8 `[row][column]`: 1, or 0 for those that have none; nil if all have.
    package var validity: WireArray?
    /// Where the worker finds the pixels itself.
    package var source: ImageReference?
    /// In the window's own coordinates.
    package var core: PixelRect

    /// No job's window holds more pixels than this.
    package static let pixelsMax = 1 << 28

    /// A window that is sent.
    package init(pixels: PixelBuffer, core: PixelRect) {
        self.pixels = WireArray(
            dtype: WireElement(pixels.sampleType), shape: [pixels.height, pixels.width, pixels.channels],
            bytes: Data(pixels.bytes))
        validity = pixels.validity.map { WireArray($0, .uint8, shape: [pixels.height, pixels.width], isDeflated: true) }
        self.core = core
    }

    /// A window that the worker reads.
    package init(source: ImageReference, core: PixelRect) {
        self.source = source
        self.core = core
    }

    private enum CodingKeys: String, CodingKey { case pixels, validity, source, core }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.contains(.pixels) != container.contains(.source) else {
            throw DecodingError.dataCorruptedError(
                forKey: .pixels, in: container, debugDescription: "expected either pixels or source, found both or none")
        }
        // A key with null is not the same as no key.
        if container.contains(.pixels) { pixels = try container.decode(WireArray.self, forKey: .pixels) }
        if container.contains(.validity) {
            guard pixels != nil else {
                throw DecodingError.dataCorruptedError(
                    forKey: .validity, in: container,
                    debugDescription: "expected a mask of pixels that are sent, found one of a source")
            }
            validity = try container.decode(WireArray.self, forKey: .validity)
        }
        if container.contains(.source) { source = try container.decode(ImageReference.self, forKey: .source) }
        core = try container.decode(PixelRect.self, forKey: .core)
    }

    /// The pixels; the core lies inside.
    ///
    /// - Throws: `JobError.invalid` when the shape is out of range, the core is not inside, or the reference is not followed.
    func window(in slot: SlotWorkspace) throws(JobError) -> PixelBuffer {
        switch (pixels, source) {
        case (let pixels?, nil): return try window(of: pixels)
        case (nil, let source?):
            guard let references = slot.references else {
                throw .invalid("window.source: the worker reads no references")
            }
            let (width, height) = (source.window.width, source.window.height)
            let (area, overflow) = width.multipliedReportingOverflow(by: height)
            guard !overflow, area <= Self.pixelsMax else {
                throw .invalid("window.source.window: expected at most \(Self.pixelsMax) pixels, found \(width)×\(height)")
            }
            try requireCore(inside: width, height)
            return try references.pixels(of: source, cancellation: slot.cancellation)
        default: throw .invalid("window: expected either pixels or source")
        }
    }

    private func window(of pixels: WireArray) throws(JobError) -> PixelBuffer {
        guard let sampleType = SampleType(pixels.dtype) else {
            throw .invalid("window.pixels: expected integers of 8 to 32 bits or <f4, found \(pixels.dtype.rawValue)")
        }
        let shape = pixels.shape
        guard shape.count == 3, shape[0] >= 1, shape[1] >= 1, shape[0] * shape[1] <= Self.pixelsMax,
            (1...ImageInfo.channelsMax).contains(shape[2])
        else {
            throw .invalid("window.pixels: expected rows × columns × 1 to \(ImageInfo.channelsMax) channels, found \(shape)")
        }
        try requireCore(inside: shape[1], shape[0])
        var buffer = PixelBuffer(
            width: shape[1], height: shape[0], channels: shape[2], sampleType: sampleType,
            bytes: [UInt8](pixels.bytes), validity: try mask(height: shape[0], width: shape[1]))
        buffer.maskNotNumbers()
        if let bad = buffer.firstNonFinite() {
            throw .invalid("window.pixels: expected finite values, found \(bad.value) in row \(bad.row), column \(bad.column)")
        }
        return buffer
    }

    /// The mask of the pixels that were sent.
    private func mask(height: Int, width: Int) throws(JobError) -> [UInt8]? {
        guard let validity else { return nil }
        do {
            try validity.require(.uint8, [height, width], "window.validity")
        } catch {
            throw .invalid(error.description)
        }
        let mask = [UInt8](validity.bytes)
        if let index = mask.firstIndex(where: { $0 > 1 }) {
            throw .invalid(
                "window.validity: expected 0 or 1, found \(mask[index]) in row \(index / width), column \(index % width)")
        }
        return mask
    }

    private func requireCore(inside width: Int, _ height: Int) throws(JobError) {
        guard core.x >= 0, core.y >= 0, core.width >= 1, core.height >= 1, core.width <= width, core.height <= height,
            core.x <= width - core.width, core.y <= height - core.height
        else {
            throw .invalid("window.core: expected a rectangle inside \(width)×\(height) pixels, found \(core)")
        }
    }
}

extension WireElement {
    /// The element that a sample type travels as.
    init(_ sampleType: SampleType) {
        self =
            switch sampleType {
            case .uint8: .uint8
            case .uint16: .uint16
            case .uint32: .uint32
            case .int8: .int8
            case .int16: .int16
            case .int32: .int32
            case .float32: .float32
            }
    }
}

extension SampleType {
    /// Nil for an element that is no sample of an image.
    init?(_ element: WireElement) {
        guard let sampleType = Self.allCases.first(where: { WireElement($0) == element }) else { return nil }
        self = sampleType
    }
}

extension WindowDocument {
    /// The decoded window, once as it came and once as the features read it: float planes of the rows in work. A mask is a byte a pixel, and
    /// 16 bits as the features read it.
    var workspaceBytes: ByteCount {
        switch (pixels, source) {
        case (let pixels?, _): ByteCount(2, pixels.bytes.count) + ByteCount(4, validity?.count ?? 0)
        case (_, let source?): ByteCount(2 * 3 * 2, source.window.width, source.window.height)
        case (nil, nil): ByteCount(0)
        }
    }
}
