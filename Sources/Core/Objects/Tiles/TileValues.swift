internal import Imaging

/// Sums of an image's values over the components of a tile.
enum TileValues {
    /// `[component][channel]`.
    static func sums(of image: PixelBuffer, _ core: PixelRect, _ components: RunComponents) -> [[ValueSums]] {
        precondition(image.width == core.width && image.height == core.height, "\(image.width)×\(image.height) for \(core)")
        switch image.sampleType {
        case .uint8: return whole(image, UInt8.self, core, components)
        case .uint16: return whole(image, UInt16.self, core, components)
        case .uint32: return whole(image, UInt32.self, core, components)
        case .int8: return whole(image, Int8.self, core, components)
        case .int16: return whole(image, Int16.self, core, components)
        case .int32: return whole(image, Int32.self, core, components)
        case .float32: return floats(image, core, components)
        }
    }

    private static func whole<Value: FixedWidthInteger & BitwiseCopyable>(
        _ image: PixelBuffer, _ type: Value.Type, _ core: PixelRect, _ components: RunComponents
    ) -> [[ValueSums]] {
        let channels = image.channels
        var sums = [ValueSums](repeating: ValueSums(), count: components.count * channels)
        let (size, validity) = (MemoryLayout<Value>.size, image.validity)
        image.bytes.withUnsafeBytes { bytes in
            for y in core.y..<core.endY {
                for run in components.runs(ofRow: y) {
                    let first = (y - core.y) * core.width - core.x
                    for channel in 0..<channels {
                        var (count, sum, low, high) = (0, Int64(0), Value.max, Value.min)
                        var squares: (small: UInt64, large: UInt128) = (0, 0)
                        for x in Int(run.start)..<Int(run.end) {
                            let pixel = first &+ x
                            if let validity, validity[pixel] == 0 { continue }
                            let offset = (pixel &* channels &+ channel) &* size
                            let value = Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
                            count &+= 1
                            sum &+= Int64(truncatingIfNeeded: value)
                            let magnitude = UInt64(truncatingIfNeeded: value.magnitude)
                            // A run of up to 8192 pixels of 16 bits fits.
                            if size <= 2 {
                                squares.small &+= magnitude &* magnitude
                            } else {
                                squares.large &+= UInt128(magnitude &* magnitude)
                            }
                            low = min(low, value)
                            high = max(high, value)
                        }
                        guard count > 0 else { continue }
                        let place = Int(run.component) &* channels &+ channel
                        sums[place].count += count
                        sums[place].sum += Int128(sum)
                        sums[place].squares += Int128(squares.small) + Int128(squares.large)
                        sums[place].minimum = min(sums[place].minimum, Double(low))
                        sums[place].maximum = max(sums[place].maximum, Double(high))
                    }
                }
            }
        }
        return (0..<components.count).map { Array(sums[$0 * channels..<($0 + 1) * channels]) }
    }

    private static func floats(_ image: PixelBuffer, _ core: PixelRect, _ components: RunComponents) -> [[ValueSums]] {
        let (channels, validity) = (image.channels, image.validity)
        var sums = [ValueSums](repeating: ValueSums(isFloat: true), count: components.count * channels)
        for y in core.y..<core.endY {
            for run in components.runs(ofRow: y) {
                for channel in 0..<channels {
                    let place = Int(run.component) * channels + channel
                    for x in Int(run.start)..<Int(run.end) {
                        let pixel = (y - core.y) * core.width + x - core.x
                        if let validity, validity[pixel] == 0 { continue }
                        let value = image.value(at: pixel * channels + channel)
                        sums[place].count += 1
                        sums[place].minimum = min(sums[place].minimum, value)
                        sums[place].maximum = max(sums[place].maximum, value)
                        sums[place].limbs.withUnsafeMutableBufferPointer { limbs in
                            if let base = limbs.baseAddress { ValueSums.add(Float(value), to: base) }
                        }
                    }
                }
            }
        }
        for index in sums.indices { ValueSums.carry(&sums[index].limbs) }
        return (0..<components.count).map { Array(sums[$0 * channels..<($0 + 1) * channels]) }
    }
}
