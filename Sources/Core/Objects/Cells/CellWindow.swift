package import Imaging

/// What makes a pixel one of an object: its class, and the part of a split object that it belongs to.
package struct CellValue: Hashable, Sendable {
    package var label: UInt16
    /// Position of the first pixel of the part in the image, row · width + column; −1 for an object that is whole.
    package var part: Int

    package init(label: UInt16, part: Int = -1) { (self.label, self.part) = (label, part) }
}

/// The pixels of a window as numbers of `values`: pixels that touch belong to one object exactly if they have the same value.
///
/// Layout: `[row][column]` with a border of `margin` pixels of 0 on each side, so that neighbours need no checks.
package struct CellWindow: Sendable {
    /// Of the window, in image coordinates.
    package let frame: PixelRect
    package let imageWidth: Int
    package let imageHeight: Int
    /// 0, or position in `values` plus 1.
    package var cells: [UInt32]
    package var values: [CellValue]

    /// Pixels of 0 around the window.
    static let margin = 2

    /// Cells from a row to the next.
    var stride: Int { frame.width + 2 * Self.margin }

    /// The cell of the pixel at a column and row of the image.
    func index(x: Int, y: Int) -> Int { (y - frame.y + Self.margin) * stride + x - frame.x + Self.margin }

    /// The cells of a window of labels.
    ///
    /// - Parameters:
    ///   - labels: one channel of whole numbers from 0 to 65535. Pixels without data are of no object.
    ///   - frame: of the window, in image coordinates.
    /// - Throws: `ObjectError` for other values.
    package init(
        _ labels: PixelBuffer, at frame: PixelRect, ofImage imageWidth: Int, _ imageHeight: Int, _ rules: ObjectRules
    ) throws(ObjectError) {
        guard labels.channels == 1 else { throw ObjectError("labels: expected one channel, found \(labels.channels)") }
        precondition(labels.width == frame.width && labels.height == frame.height, "\(labels.width)×\(labels.height) at \(frame)")
        self.frame = frame
        (self.imageWidth, self.imageHeight) = (imageWidth, imageHeight)
        values = rules.classes.map { CellValue(label: $0) }
        var table = [UInt32](repeating: 0, count: 65536)
        for (index, label) in rules.classes.enumerated() { table[Int(label)] = UInt32(index + 1) }
        let stride = frame.width + 2 * Self.margin
        cells = [UInt32](repeating: 0, count: stride * (frame.height + 2 * Self.margin))
        for row in 0..<frame.height {
            let target = (row + Self.margin) * stride + Self.margin
            switch labels.sampleType {
            case .uint8: fill(row, of: labels, UInt8.self, table, at: target)
            case .uint16: fill(row, of: labels, UInt16.self, table, at: target)
            default: try fillSlowly(row, of: labels, table, at: target)
            }
        }
        guard let validity = labels.validity else { return }
        for pixel in validity.indices where validity[pixel] == 0 {
            cells[(pixel / frame.width + Self.margin) * stride + pixel % frame.width + Self.margin] = 0
        }
    }

    private mutating func fill<Value: FixedWidthInteger & BitwiseCopyable>(
        _ row: Int, of labels: PixelBuffer, _ type: Value.Type, _ table: [UInt32], at target: Int
    ) {
        let width = frame.width
        labels.bytes.withUnsafeBytes { bytes in
            table.withUnsafeBufferPointer { table in
                cells.withUnsafeMutableBufferPointer { cells in
                    let size = MemoryLayout<Value>.size
                    let start = row &* width &* size
                    for column in 0..<width {
                        let label = bytes.loadUnaligned(fromByteOffset: start &+ column &* size, as: Value.self)
                        cells[target &+ column] = table[Int(truncatingIfNeeded: Value(littleEndian: label))]
                    }
                }
            }
        }
    }

    private mutating func fillSlowly(_ row: Int, of labels: PixelBuffer, _ table: [UInt32], at target: Int) throws(ObjectError) {
        for column in 0..<frame.width {
            let pixel = row * frame.width + column
            guard labels.validity?[pixel] != 0 else { continue }
            let value = labels.value(at: pixel)
            guard value >= 0, value <= 65535, value == value.rounded() else {
                throw ObjectError(
                    "labels: row \(frame.y + row), column \(frame.x + column): expected a whole number from 0 to 65535, found \(value)"
                )
            }
            cells[target + column] = table[Int(value)]
        }
    }

    /// Whether a rectangle in image coordinates touches a side of the window that is not the image's border too.
    func touchesCut(x: Int, y: Int, endX: Int, endY: Int) -> Bool {
        (x <= frame.x && frame.x > 0) || (y <= frame.y && frame.y > 0) || (endX >= frame.endX && frame.endX < imageWidth)
            || (endY >= frame.endY && frame.endY < imageHeight)
    }
}
