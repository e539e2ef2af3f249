internal import Imaging

/// How often which values occur in one channel of a plane. Pixels without data are left out.
package struct TileHistogram: Hashable, Sendable {
    /// The least value and the greatest one; 0 if no pixel has data.
    package let min: Double
    package let max: Double
    /// The range for automatic contrast: the values that 0.1 % and 99.9 % of the pixels do not exceed.
    package let low: Double
    package let high: Double
    /// Count `i` is of values from `start + i * step` on, to those before `start + (i + 1) * step`; the last one includes its end.
    package let start: Double
    package let step: Double
    /// 256 of them.
    package let counts: [Int]

    static let countCount = 256

    /// - Parameter channel: of the buffers.
    init(_ parts: [PixelBuffer], channel: Int) {
        let type = parts.first?.sampleType ?? .uint8
        let values = Self.values(parts, channel, type)
        let (least, greatest) = (values.first?.value ?? 0, values.last?.value ?? 0)
        let total = values.reduce(0) { $0 + $1.count }
        func rank(_ share: Double) -> Double {
            var rest = Int(share * Double(total))
            for (value, count) in values {
                if rest < count { return value }
                rest -= count
            }
            return greatest
        }
        (min, max, low, high) = (least, greatest, rank(0.001), rank(0.999))
        let start: Double
        let step: Double
        if type == .uint8 {
            (start, step) = (0, 1)
        } else if type == .int8 {
            (start, step) = (-128, 1)
        } else if type.isFloat {
            (start, step) = (least, greatest > least ? (greatest - least) / Double(Self.countCount) : 1)
        } else {
            // As many integers in each count, so that none stays empty by its place.
            (start, step) = (least, ((greatest - least + 1) / Double(Self.countCount)).rounded(.up))
        }
        var counts = [Int](repeating: 0, count: Self.countCount)
        for (value, count) in values { counts[Swift.min(Self.countCount - 1, Int((value - start) / step))] += count }
        (self.start, self.step, self.counts) = (start, step, counts)
    }

    /// The values that occur, ascending, and how often.
    private static func values(
        _ parts: [PixelBuffer], _ channel: Int, _ type: SampleType
    ) -> [(value: Double, count: Int)] {
        func forEach(_ body: (Double) -> Void) {
            for part in parts {
                for pixel in 0..<part.width * part.height where part.validity?[pixel] != 0 {
                    body(part.value(at: pixel * part.channels + channel))
                }
            }
        }
        if type.byteCount <= 2 {
            // From the least value that an integer of 16 bits may have on.
            let first = -32768
            var counts = [Int](repeating: 0, count: 65536 - first)
            forEach { counts[Int($0) - first] += 1 }
            return counts.indices.filter { counts[$0] > 0 }.map { (Double($0 + first), counts[$0]) }
        }
        var all: [Double] = []
        forEach { all.append($0) }
        all.sort()
        return all.map { ($0, 1) }
    }
}
