internal import Imaging

/// The decoded components of an area of a JPEG 2000 image: `[component][row][column]`, each with the samples that the area needs.
///
/// Valid while the decoder hands it over.
struct JPEG2000Planes {
    struct Plane {
        let component: JPEG2000Codestream.Component
        /// The first sample, counted from the grid's origin.
        let firstX: Int
        let firstY: Int
        /// Samples of a row, and rows.
        let width: Int
        let height: Int
        /// Row-major; nil until they are there.
        var values: UnsafePointer<Int32>?

        /// The samples of a component that lie in an area of the grid.
        init(of component: JPEG2000Codestream.Component, in area: PixelRect) {
            func above(_ value: Int, _ step: Int) -> Int { (value + step - 1) / step }
            self.component = component
            (firstX, firstY) = (above(area.x, component.stepX), above(area.y, component.stepY))
            (width, height) = (above(area.endX, component.stepX) - firstX, above(area.endY, component.stepY) - firstY)
        }
    }

    /// The pixels that are wanted, on the reference grid.
    let area: PixelRect
    let planes: [Plane]

    /// Writes one row of the area: `[column][component]`. A component with fewer samples repeats the last one before a place.
    ///
    /// - Parameters:
    ///   - row: counted from the area's first.
    ///   - chosen: components, in the order in which they are written.
    func write(_ row: Int, _ chosen: [Int], to target: UnsafeMutableBufferPointer<Int32>) {
        precondition(target.count >= area.width * chosen.count, "\(area.width)×\(chosen.count) values in \(target.count)")
        for (position, index) in chosen.enumerated() {
            let plane = planes[index]
            guard let values = plane.values, plane.width > 0, plane.height > 0 else {
                for column in 0..<area.width { target[column &* chosen.count &+ position] = 0 }
                continue
            }
            let step = plane.component.stepX
            let line = min(max((area.y + row) / plane.component.stepY - plane.firstY, 0), plane.height - 1)
            let samples = values + line * plane.width
            if step == 1 {
                let first = samples + (area.x - plane.firstX)
                for column in 0..<area.width { target[column &* chosen.count &+ position] = first[column] }
            } else {
                for column in 0..<area.width {
                    let sample = min(max((area.x &+ column) / step &- plane.firstX, 0), plane.width &- 1)
                    target[column &* chosen.count &+ position] = samples[sample]
                }
            }
        }
    }

    /// Turns luminance and colour differences into red, green and blue, in place: full range, as in JPEG's JFIF (ITU-R BT.601).
    ///
    /// - Parameter bits: of each value, which is unsigned.
    static func colour(_ values: UnsafeMutableBufferPointer<Int32>, pixels: Int, bits: Int) {
        precondition(values.count >= 3 * pixels, "\(pixels) pixels in \(values.count) values")
        let (zero, largest) = (1 << (bits - 1), 1 << bits - 1)
        // Parts of 65536, rounded.
        for pixel in 0..<pixels {
            let luminance = Int(values[3 &* pixel]) << 16 + 32768
            let (blue, red) = (Int(values[3 &* pixel &+ 1]) - zero, Int(values[3 &* pixel &+ 2]) - zero)
            values[3 &* pixel] = Int32(truncatingIfNeeded: min(max((luminance + 91881 * red) >> 16, 0), largest))
            values[3 &* pixel &+ 1] = Int32(
                truncatingIfNeeded: min(max((luminance - 22554 * blue - 46802 * red) >> 16, 0), largest))
            values[3 &* pixel &+ 2] = Int32(truncatingIfNeeded: min(max((luminance + 116130 * blue) >> 16, 0), largest))
        }
    }
}
