internal import Imaging
internal import Primitives

/// Paints scribbles as a person would: wavy strokes of a round brush that stay inside one class.
struct ScribbleArtist {
    private var generator: SplitMix64
    /// Radius of the brush, in pixels.
    let radius: Int

    private static let dabsPerStroke = 12

    init(seed: UInt64, radius: Int) {
        generator = SplitMix64(seed: seed)
        self.radius = radius
    }

    /// Labels of about `pixelsPerClass` pixels of each class of `truth`; all others 0.
    ///
    /// - Precondition: the truth's labels are 1…`classCount`.
    mutating func paint(_ truth: LabelMap, classCount: Int, pixelsPerClass: Int) -> LabelMap {
        var scribbles = LabelMap(
            width: truth.width, height: truth.height, labels: [UInt16](repeating: 0, count: truth.labels.count))
        var painted = [Int](repeating: 0, count: classCount + 1)
        // A class too small for the brush ends with what fits.
        for _ in 0..<2000 where painted.dropFirst().contains(where: { $0 < pixelsPerClass }) {
            var x = generator.uniform(0, Float(truth.width))
            var y = generator.uniform(0, Float(truth.height))
            var (dx, dy) = (generator.uniform(-1, 1), generator.uniform(-1, 1))
            let label = truth.labels[min(truth.height - 1, Int(y)) * truth.width + min(truth.width - 1, Int(x))]
            // Many short strokes, spread over the image, teach more than few long ones.
            for _ in 0..<Self.dabsPerStroke where painted[Int(label)] < pixelsPerClass {
                guard let new = dab(x, y, label, truth, &scribbles) else { break }
                painted[Int(label)] += new
                dx += generator.uniform(-0.25, 0.25)
                dy += generator.uniform(-0.25, 0.25)
                let length = max(0.1, (dx * dx + dy * dy).squareRoot())
                (dx, dy) = (dx / length, dy / length)
                x += 2 * dx
                y += 2 * dy
            }
        }
        return scribbles
    }

    /// Paints one disc and returns how many pixels are new; nil if it would leave the image or its class.
    private func dab(_ x: Float, _ y: Float, _ label: UInt16, _ truth: LabelMap, _ scribbles: inout LabelMap) -> Int? {
        let (column, row) = (Int(x), Int(y))
        guard column >= radius, row >= radius, column + radius < truth.width, row + radius < truth.height else { return nil }
        var positions: [Int] = []
        for dy in -radius...radius {
            for dx in -radius...radius where dx * dx + dy * dy <= radius * radius {
                let position = (row + dy) * truth.width + column + dx
                guard truth.labels[position] == label else { return nil }
                positions.append(position)
            }
        }
        var new = 0
        for position in positions where scribbles.labels[position] == 0 {
            scribbles.labels[position] = label
            new += 1
        }
        return new
    }
}

extension SplitMix64 {
    /// A number of 24 random bits in `low ..< high`.
    mutating func uniform(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * Float(next() >> 40) / Float(1 << 24)
    }
}
