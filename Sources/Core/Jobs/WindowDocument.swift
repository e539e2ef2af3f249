internal import Foundation

/// Pixels on their way to a worker: the padded window of a tile, and the core rectangle in it that is asked for.
public struct WindowDocument: Codable, Hashable, Sendable {
    /// uint8 or uint16 `[row][column][channel]`.
    public var pixels: WireArray
    /// In the window's own coordinates.
    public var core: PixelRect

    /// No job's window holds more pixels than this.
    public static let pixelsMax = 1 << 28

    public init(pixels: PixelBuffer, core: PixelRect) {
        self.pixels = WireArray(
            dtype: pixels.sampleType == .uint8 ? .uint8 : .uint16, shape: [pixels.height, pixels.width, pixels.channels],
            bytes: Data(pixels.bytes))
        self.core = core
    }

    /// The pixels and their core.
    ///
    /// - Throws: `JobError.invalid` when the shape is out of range or the core is not inside.
    func window() throws(JobError) -> PixelBuffer {
        let sampleType: SampleType
        switch pixels.dtype {
        case .uint8: sampleType = .uint8
        case .uint16: sampleType = .uint16
        default: throw .invalid("window.pixels: expected |u1 or <u2, found \(pixels.dtype.rawValue)")
        }
        let shape = pixels.shape
        guard shape.count == 3, shape[0] >= 1, shape[1] >= 1, shape[0] * shape[1] <= Self.pixelsMax, (1...16).contains(shape[2])
        else {
            throw .invalid("window.pixels: expected rows × columns × 1 to 16 channels, found \(shape)")
        }
        let bounds = PixelRect(x: 0, y: 0, width: shape[1], height: shape[0])
        guard core.x >= 0, core.y >= 0, core.width >= 1, core.height >= 1, core.width <= shape[1], core.height <= shape[0],
            core.x <= shape[1], core.y <= shape[0], bounds.contains(core)
        else {
            throw .invalid("window.core: expected a rectangle inside \(shape[1])×\(shape[0]) pixels, found \(core)")
        }
        return PixelBuffer(
            width: shape[1], height: shape[0], channels: shape[2], sampleType: sampleType,
            bytes: [UInt8](pixels.bytes))
    }
}
