internal import Imaging

/// Which pixels of a window have data, as a plane that can be blurred: `[row][column]`, 1 or 0.
///
/// Rows are `pitch` values apart and at least one strip longer than the window, as in `PlanarWindow`.
struct ValidityPlane: StripSource {
    private(set) var height = 0
    private var pitch = 0
    private var values = AlignedBuffer<UInt16>()
    /// `[row]`: rows before it in which a pixel has no data; one more than there are rows.
    private var gapsBefore: [Int] = []

    /// Copies a mask in: `[row][column]`, 1 or 0.
    mutating func load(_ validity: [UInt8], width: Int, height: Int) {
        precondition(validity.count == width * height, "a mask of \(validity.count) for \(width)×\(height) pixels")
        self.height = height
        pitch = (width + 2 * Strip.lanes - 1) / Strip.lanes * Strip.lanes
        values = values.reserving(height * pitch)
        gapsBefore.removeAll(keepingCapacity: true)
        gapsBefore.append(0)
        var gaps = 0
        validity.withUnsafeBufferPointer { validity in
            for row in 0..<height {
                let (source, target) = (row * width, values.base + row * pitch)
                var isFull = true
                for column in 0..<width {
                    let value = validity[source + column]
                    target[column] = UInt16(value)
                    isFull = isFull && value == 1
                }
                gaps += isFull ? 0 : 1
                gapsBefore.append(gaps)
            }
        }
    }

    /// Whether all pixels of `rows` have data; rows beyond the window do not count.
    func areFull(_ rows: Range<Int>) -> Bool {
        let rows = rows.clamped(to: 0..<height)
        return gapsBefore[rows.upperBound] == gapsBefore[rows.lowerBound]
    }

    /// The values of a row.
    func row(_ row: Int) -> UnsafePointer<UInt16> { UnsafePointer(values.base + row * pitch) }

    func copyFloats(row: Int, channel: Int, left: Int, count: Int, to target: UnsafeMutablePointer<Float>) {
        let source = self.row(row) + left
        for lane in stride(from: 0, to: count, by: Lanes.count) { Lanes(source + lane).store(to: target + lane) }
    }
}
