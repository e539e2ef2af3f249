/// A window's pixels, one plane a channel: `[channel][row][column]` of 16-bit values, whatever the sample type.
///
/// Rows are `pitch` values apart and at least one strip longer than the window, so that a strip may start at any column.
struct PlanarWindow {
    private(set) var width = 0
    private(set) var height = 0
    /// Values from one row to the next.
    private(set) var pitch = 0
    /// The float that a value is multiplied by: 1/255 or 1/65535 as a float, as scikit-image's `img_as_float32` does.
    private(set) var scale: Float = 1
    private var values = AlignedBuffer<UInt16>()

    /// Copies the window's pixels in.
    mutating func load(_ window: PixelBuffer) {
        width = window.width
        height = window.height
        pitch = (width + 2 * Strip.lanes - 1) / Strip.lanes * Strip.lanes
        scale = Float(1 / Double(window.sampleType.maximum))
        values = values.reserving(window.channels * height * pitch)
        window.bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            switch window.sampleType {
            case .uint8:
                split(channels: window.channels) { UInt16(base.load(fromByteOffset: $0, as: UInt8.self)) }
            case .uint16:
                split(channels: window.channels) {
                    UInt16(littleEndian: base.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self))
                }
            }
        }
    }

    /// The first value of a channel's row.
    func row(_ row: Int, channel: Int) -> UnsafePointer<UInt16> {
        UnsafePointer(values.base + (channel * height + row) * pitch)
    }

    /// Copies the value at each position of `[row][column][channel]` to its plane.
    @inline(__always)
    private func split(channels: Int, value: (_ position: Int) -> UInt16) {
        for channel in 0..<channels {
            for row in 0..<height {
                let first = row * width * channels + channel
                let target = values.base + (channel * height + row) * pitch
                for column in 0..<width { target[column] = value(first + column * channels) }
            }
        }
    }
}
