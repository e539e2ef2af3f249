internal import Imaging

/// How four pixels of an image become one of its overview.
package enum OverviewRule: Sendable {
    /// The top left one, so that no label appears that was not there.
    case topLeft
    /// Their mean, half up; of palette indices and numbers of objects the top left one. Pixels beyond the border count as those at the border.
    case mean
}

extension OverviewRule {
    /// Halves `width` × `height` pixels to half the width and height, both half up.
    ///
    /// - Parameters:
    ///   - pixels: `[row][column][channel]`.
    ///   - stride: pixels from a row to the next, of both.
    ///   - start: the pixel of `target` that the first one becomes.
    func halve(
        _ pixels: [UInt8], _ width: Int, _ height: Int, stride: Int, _ kind: PixelKind, into target: inout [UInt8], at start: Int
    ) {
        let size = kind.byteCount
        pixels.withUnsafeBytes { pixels in
            target.withUnsafeMutableBytes { target in
                for row in 0..<(height + 1) / 2 {
                    let top = UnsafeRawBufferPointer(rebasing: pixels[(2 * row * stride * size)...])
                    let bottom = UnsafeRawBufferPointer(rebasing: pixels[(min(2 * row + 1, height - 1) * stride * size)...])
                    let line = UnsafeMutableRawBufferPointer(rebasing: target[((start + row * stride) * size)...])
                    switch (self, kind) {
                    case (.topLeft, _), (_, .palette8), (_, .grey32): Self.takeLeft(top, width, size, into: line)
                    case (.mean, .grey8), (.mean, .rgb8): Self.mean8(top, bottom, width, size, into: line)
                    case (.mean, .grey16), (.mean, .rgb16): Self.mean16(top, bottom, width, size, into: line)
                    }
                }
            }
        }
    }

    private static func takeLeft(
        _ top: UnsafeRawBufferPointer, _ width: Int, _ size: Int, into line: UnsafeMutableRawBufferPointer
    ) {
        for column in 0..<(width + 1) / 2 {
            for byte in 0..<size { line[column &* size &+ byte] = top[2 &* column &* size &+ byte] }
        }
    }

    private static func mean8(
        _ top: UnsafeRawBufferPointer, _ bottom: UnsafeRawBufferPointer, _ width: Int, _ size: Int,
        into line: UnsafeMutableRawBufferPointer
    ) {
        for column in 0..<(width + 1) / 2 {
            let (left, right) = (2 &* column &* size, min(2 &* column &+ 1, width &- 1) &* size)
            for byte in 0..<size {
                let upper = Int(top[left &+ byte]) &+ Int(top[right &+ byte])
                let lower = Int(bottom[left &+ byte]) &+ Int(bottom[right &+ byte])
                line[column &* size &+ byte] = UInt8(truncatingIfNeeded: (upper &+ lower &+ 2) >> 2)
            }
        }
    }

    private static func mean16(
        _ top: UnsafeRawBufferPointer, _ bottom: UnsafeRawBufferPointer, _ width: Int, _ size: Int,
        into line: UnsafeMutableRawBufferPointer
    ) {
        func value(_ row: UnsafeRawBufferPointer, _ offset: Int) -> Int {
            Int(UInt16(littleEndian: row.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
        }
        for column in 0..<(width + 1) / 2 {
            let (left, right) = (2 &* column &* size, min(2 &* column &+ 1, width &- 1) &* size)
            for byte in stride(from: 0, to: size, by: 2) {
                let upper = value(top, left &+ byte) &+ value(top, right &+ byte)
                let lower = value(bottom, left &+ byte) &+ value(bottom, right &+ byte)
                let mean = UInt16(truncatingIfNeeded: (upper &+ lower &+ 2) >> 2)
                line.storeBytes(of: mean.littleEndian, toByteOffset: column &* size &+ byte, as: UInt16.self)
            }
        }
    }
}
