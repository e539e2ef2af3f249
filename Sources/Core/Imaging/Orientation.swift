/// How a stored picture is turned or mirrored before people see it, by the number that Exif (tag 0x0112) and TIFF 6.0 (`Orientation`) give it.
package enum Orientation: Int, Hashable, Sendable, CaseIterable {
    case upright = 1
    case mirrored
    case turnedAround
    case flipped
    case transposed
    /// A quarter turn clockwise shows it upright.
    case turnedRight
    case transversed
    /// A quarter turn counterclockwise shows it upright.
    case turnedLeft

    /// Whether the stored rows are the columns that people see.
    package var swapsAxes: Bool { rawValue >= 5 }

    /// What is done with the stored picture, in the words of a note.
    package var text: String {
        switch self {
        case .upright: "as it is stored"
        case .mirrored: "mirrored left to right"
        case .turnedAround: "turned by 180°"
        case .flipped: "mirrored top to bottom"
        case .transposed: "mirrored along its diagonal"
        case .turnedRight: "turned clockwise by 90°"
        case .transversed: "mirrored along its other diagonal"
        case .turnedLeft: "turned counterclockwise by 90°"
        }
    }

    /// The size that people see of a stored picture.
    package func shown(width: Int, height: Int) -> (width: Int, height: Int) {
        swapsAxes ? (height, width) : (width, height)
    }

    /// The stored rectangle that a rectangle of the shown picture lies in.
    ///
    /// - Parameters:
    ///   - rect: in the shown picture.
    ///   - width: columns of the stored picture.
    ///   - height: rows of the stored picture.
    package func stored(_ rect: PixelRect, width: Int, height: Int) -> PixelRect {
        let (first, last) = (position(rect.x, rect.y, width, height), position(rect.endX - 1, rect.endY - 1, width, height))
        let (x, y) = (min(first.x, last.x), min(first.y, last.y))
        return PixelRect(x: x, y: y, width: max(first.x, last.x) - x + 1, height: max(first.y, last.y) - y + 1)
    }

    /// The stored pixel that is seen at a column and row of the shown picture.
    @inline(__always)
    private func position(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> (x: Int, y: Int) {
        switch self {
        case .upright: (x, y)
        case .mirrored: (width &- 1 &- x, y)
        case .turnedAround: (width &- 1 &- x, height &- 1 &- y)
        case .flipped: (x, height &- 1 &- y)
        case .transposed: (y, x)
        case .turnedRight: (y, height &- 1 &- x)
        case .transversed: (width &- 1 &- y, height &- 1 &- x)
        case .turnedLeft: (width &- 1 &- y, x)
        }
    }

    /// Rearranges the pixels of a stored rectangle as they are shown: `[row][column]` of `pixelByteCount` bytes each.
    ///
    /// - Parameters:
    ///   - width: columns of the stored rectangle.
    ///   - height: rows of the stored rectangle.
    /// - Precondition: both buffers hold `width * height * pixelByteCount` bytes.
    package func apply(
        _ stored: UnsafeRawBufferPointer, width: Int, height: Int, pixelByteCount: Int, to shown: UnsafeMutableRawBufferPointer
    ) {
        let byteCount = width * height * pixelByteCount
        precondition(stored.count == byteCount && shown.count == byteCount, "\(width)×\(height): found \(stored.count) bytes")
        guard byteCount > 0, let source = stored.baseAddress, let target = shown.baseAddress else { return }
        let size = self.shown(width: width, height: height)
        // The stored pixel moves by a constant step from column to column of a shown row.
        let origin = position(0, 0, width, height)
        let right = position(1, 0, width, height)
        let step = ((right.y - origin.y) * width + right.x - origin.x) * pixelByteCount
        for row in 0..<size.height {
            let first = position(0, row, width, height)
            var from = source + (first.y * width + first.x) * pixelByteCount
            var to = target + row * size.width * pixelByteCount
            for _ in 0..<size.width {
                to.copyMemory(from: from, byteCount: pixelByteCount)
                from += step
                to += pixelByteCount
            }
        }
    }
}

extension PixelBuffer {
    /// The pixels of a stored rectangle as they are shown.
    package func turned(_ orientation: Orientation) -> PixelBuffer {
        guard orientation != .upright else { return self }
        let (shownWidth, shownHeight) = orientation.shown(width: width, height: height)
        let shown = [UInt8](unsafeUninitializedCapacity: bytes.count) { target, count in
            bytes.withUnsafeBytes {
                orientation.apply(
                    $0, width: width, height: height, pixelByteCount: channels * sampleType.byteCount,
                    to: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[..<bytes.count]))
            }
            count = bytes.count
        }
        let mask = validity.map { stored in
            [UInt8](unsafeUninitializedCapacity: stored.count) { target, count in
                stored.withUnsafeBytes {
                    orientation.apply(
                        $0, width: width, height: height, pixelByteCount: 1,
                        to: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[..<stored.count]))
                }
                count = stored.count
            }
        }
        return PixelBuffer(
            width: shownWidth, height: shownHeight, channels: channels, sampleType: sampleType, bytes: shown, validity: mask)
    }
}
