extension PixelBuffer {
    /// The value at a position in `[row][column][channel]` order, as the file states it.
    ///
    /// - Precondition: the position lies in the buffer.
    package func value(at position: Int) -> Double {
        bytes.withUnsafeBytes { bytes in
            func load<Value: BitwiseCopyable>(_ type: Value.Type) -> Value {
                bytes.loadUnaligned(fromByteOffset: position * MemoryLayout<Value>.size, as: type)
            }
            return switch sampleType {
            case .uint8: Double(load(UInt8.self))
            case .uint16: Double(UInt16(littleEndian: load(UInt16.self)))
            case .uint32: Double(UInt32(littleEndian: load(UInt32.self)))
            case .int8: Double(load(Int8.self))
            case .int16: Double(Int16(littleEndian: load(Int16.self)))
            case .int32: Double(Int32(littleEndian: load(Int32.self)))
            case .float32: Double(Float(bitPattern: UInt32(littleEndian: load(UInt32.self))))
            }
        }
    }

    /// The first pixel with a value that is no finite number; nil if all are finite, as integers always are.
    ///
    /// - Complexity: O(values), for floats.
    package func firstNonFinite() -> (row: Int, column: Int, channel: Int, value: Float)? {
        guard sampleType.isFloat else { return nil }
        return bytes.withUnsafeBytes { bytes in
            let values = 0..<bytes.count / 4
            func bits(_ index: Int) -> UInt32 {
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self))
            }
            // An exponent of ones alone is that of an infinity or of no number.
            guard let index = values.first(where: { bits($0) & 0x7F80_0000 == 0x7F80_0000 }) else { return nil }
            let pixel = index / channels
            return (pixel / width, pixel % width, index % channels, Float(bitPattern: bits(index)))
        }
    }
}
