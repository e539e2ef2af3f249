internal import Imaging

/// A window's pixels, one plane a channel: `[channel][row][column]`.
///
/// Unsigned values of 8 and 16 bits are held as 16-bit integers, which take half the memory, and become floats as they are used;
/// those of all other sample types are held as floats. Rows are `pitch` values apart and at least one strip longer than the window,
/// so that a strip may start at any column.
struct PlanarWindow: StripSource {
    private(set) var width = 0
    private(set) var height = 0
    /// Values from one row to the next.
    private(set) var pitch = 0
    /// The float that an integer is multiplied by, such as 1/255, as scikit-image's `img_as_float32` does.
    private var scale: Float = 1
    private var isFloat = false
    private var integers = AlignedBuffer<UInt16>()
    private var floats = AlignedBuffer<Float>()

    /// Copies the window's pixels in; those without data become 0.
    mutating func load(_ window: PixelBuffer) {
        width = window.width
        height = window.height
        pitch = (width + 2 * Strip.lanes - 1) / Strip.lanes * Strip.lanes
        scale = Float(1 / window.sampleType.maximum)
        isFloat = ![.uint8, .uint16].contains(window.sampleType)
        let count = window.channels * height * pitch
        if isFloat { floats = floats.reserving(count) } else { integers = integers.reserving(count) }
        window.bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let channels = window.channels
            switch window.sampleType {
            case .uint8:
                split(channels, to: integers.base) { UInt16(base.load(fromByteOffset: $0, as: UInt8.self)) }
            case .uint16:
                split(channels, to: integers.base) {
                    UInt16(littleEndian: base.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self))
                }
            case .uint32:
                split(channels, to: floats.base) {
                    Float(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))) * scale
                }
            case .int8:
                split(channels, to: floats.base) { signed(Float(base.load(fromByteOffset: $0, as: Int8.self))) }
            case .int16:
                split(channels, to: floats.base) {
                    signed(Float(Int16(littleEndian: base.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self))))
                }
            case .int32:
                split(channels, to: floats.base) {
                    signed(Float(Int32(littleEndian: base.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self))))
                }
            case .float32:
                split(channels, to: floats.base) {
                    Float(bitPattern: UInt32(littleEndian: base.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
                }
            }
        }
        guard let validity = window.validity else { return }
        if isFloat {
            clear(floats.base, channels: window.channels, where: validity)
        } else {
            clear(integers.base, channels: window.channels, where: validity)
        }
    }

    /// Makes all values 0 at pixels without data.
    private func clear<Value: BitwiseCopyable & ExpressibleByIntegerLiteral>(
        _ planes: UnsafeMutablePointer<Value>, channels: Int, where validity: [UInt8]
    ) {
        for row in 0..<height {
            for column in 0..<width where validity[row * width + column] == 0 {
                for channel in 0..<channels { planes[(channel * height + row) * pitch + column] = 0 }
            }
        }
    }

    /// Writes the floats of `count` values of a channel's row, from column `left` on: whole vectors, so up to seven too many.
    func copyFloats(row: Int, channel: Int, left: Int, count: Int, to target: UnsafeMutablePointer<Float>) {
        let first = (channel * height + row) * pitch + left
        if isFloat {
            let source = floats.base + first
            for lane in stride(from: 0, to: count, by: Lanes.count) { Lanes(source + lane).store(to: target + lane) }
        } else {
            let (source, scale) = (UnsafePointer(integers.base + first), Lanes(repeating: scale))
            for lane in stride(from: 0, to: count, by: Lanes.count) { (Lanes(source + lane) * scale).store(to: target + lane) }
            Lanes.fetch(source + count)
        }
    }

    /// The lowest of the signed values, of which there is one more than of the positive ones, becomes -1 as its neighbour does.
    @inline(__always)
    private func signed(_ value: Float) -> Float { max(value * scale, -1) }

    /// Copies the value at each position of `[row][column][channel]` to its plane.
    @inline(__always)
    private func split<Value>(_ channels: Int, to planes: UnsafeMutablePointer<Value>, value: (_ position: Int) -> Value) {
        for channel in 0..<channels {
            for row in 0..<height {
                let first = row * width * channels + channel
                let target = planes + (channel * height + row) * pitch
                for column in 0..<width { target[column] = value(first + column * channels) }
            }
        }
    }
}
