/// Overviews: each pixel is the mean of four.
///
/// 1. Pixel (row, column) is made from rows 2·row and 2·row + 1 and columns 2·column and 2·column + 1; what lies beyond the border counts
///    as the pixel at the border does.
/// 2. Only pixels with data count. Where none of the four has data, the new one has none, and holds zeros.
/// 3. Means of integers are rounded half up. Those of floats are summed in double precision, in the order of rows.
///
/// Of unsigned integers without a mask these are the overviews that Coppice writes (`OverviewRule.mean`).
extension PixelBuffer {
    /// The pixels in half the width and height, both half up.
    ///
    /// - Complexity: O(values).
    package func halved() -> PixelBuffer {
        let (width, height) = ((self.width + 1) / 2, (self.height + 1) / 2)
        let byteCount = width * height * channels * sampleType.byteCount
        var mask = validity.map { _ in [UInt8](repeating: 1, count: width * height) }
        let halved = [UInt8](unsafeUninitializedCapacity: byteCount) { target, count in
            count = byteCount
            let target = UnsafeMutableRawBufferPointer(target)
            bytes.withUnsafeBytes { source in
                switch sampleType {
                case .uint8: halve(source, into: target, &mask, integer: UInt8.self)
                case .uint16: halve(source, into: target, &mask, integer: UInt16.self)
                case .uint32: halve(source, into: target, &mask, integer: UInt32.self)
                case .int8: halve(source, into: target, &mask, integer: Int8.self)
                case .int16: halve(source, into: target, &mask, integer: Int16.self)
                case .int32: halve(source, into: target, &mask, integer: Int32.self)
                case .float32: halveFloats(source, into: target, &mask)
                }
            }
        }
        return PixelBuffer(
            width: width, height: height, channels: channels, sampleType: sampleType, bytes: halved, validity: mask)
    }

    /// Calls `body` with each new pixel and the four under it, as indices of pixels; the four are repeated at the border.
    @inline(__always)
    private func forEachFour(_ body: (_ new: Int, _ four: (Int, Int, Int, Int)) -> Void) {
        var new = 0
        for row in stride(from: 0, to: height, by: 2) {
            let (top, bottom) = (row &* width, min(row &+ 1, height &- 1) &* width)
            for left in stride(from: 0, to: width, by: 2) {
                let right = min(left &+ 1, width &- 1)
                body(new, (top &+ left, top &+ right, bottom &+ left, bottom &+ right))
                new &+= 1
            }
        }
    }

    @inline(__always)
    private func halve<Value: FixedWidthInteger & BitwiseCopyable>(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ mask: inout [UInt8]?, integer: Value.Type
    ) {
        let (channels, size) = (channels, MemoryLayout<Value>.size)
        func value(_ index: Int) -> Int {
            Int(truncatingIfNeeded: Value(littleEndian: source.loadUnaligned(fromByteOffset: index &* size, as: Value.self)))
        }
        func store(_ mean: Int, _ index: Int) {
            target.storeBytes(
                of: Value(truncatingIfNeeded: mean).littleEndian, toByteOffset: index &* size, as: Value.self)
        }
        guard let validity else {
            forEachFour { new, four in
                for channel in 0..<channels {
                    let upper = value(four.0 &* channels &+ channel) &+ value(four.1 &* channels &+ channel)
                    let lower = value(four.2 &* channels &+ channel) &+ value(four.3 &* channels &+ channel)
                    store((upper &+ lower &+ 2) >> 2, new &* channels &+ channel)
                }
            }
            return
        }
        forEachFour { new, four in
            let weights = (
                Int(validity[four.0]), Int(validity[four.1]), Int(validity[four.2]), Int(validity[four.3])
            )
            let count = weights.0 &+ weights.1 &+ weights.2 &+ weights.3
            if count == 0 { mask?[new] = 0 }
            for channel in 0..<channels {
                let upper =
                    weights.0 &* value(four.0 &* channels &+ channel) &+ weights.1 &* value(four.1 &* channels &+ channel)
                let lower =
                    weights.2 &* value(four.2 &* channels &+ channel) &+ weights.3 &* value(four.3 &* channels &+ channel)
                store(count == 0 ? 0 : Self.rounded(upper &+ lower, over: count), new &* channels &+ channel)
            }
        }
    }

    /// A quotient, half up: towards the larger number, also below zero.
    private static func rounded(_ sum: Int, over count: Int) -> Int {
        let (double, divisor) = (2 &* sum &+ count, 2 &* count)
        let (quotient, remainder) = double.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private func halveFloats(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ mask: inout [UInt8]?
    ) {
        let (channels, validity) = (channels, validity)
        func value(_ index: Int) -> Double {
            Double(Float(bitPattern: UInt32(littleEndian: source.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self))))
        }
        forEachFour { new, four in
            let holds = (validity?[four.0] != 0, validity?[four.1] != 0, validity?[four.2] != 0, validity?[four.3] != 0)
            let count = (holds.0 ? 1 : 0) + (holds.1 ? 1 : 0) + (holds.2 ? 1 : 0) + (holds.3 ? 1 : 0)
            if count == 0 { mask?[new] = 0 }
            for channel in 0..<channels {
                var sum = 0.0
                // What pixels without data hold may be anything, also no number.
                if holds.0 { sum += value(four.0 &* channels &+ channel) }
                if holds.1 { sum += value(four.1 &* channels &+ channel) }
                if holds.2 { sum += value(four.2 &* channels &+ channel) }
                if holds.3 { sum += value(four.3 &* channels &+ channel) }
                let mean = count == 0 ? 0 : Float(sum / Double(count))
                target.storeBytes(
                    of: mean.bitPattern.littleEndian, toByteOffset: 4 &* (new &* channels &+ channel), as: UInt32.self)
            }
        }
    }
}
