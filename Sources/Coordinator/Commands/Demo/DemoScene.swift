internal import Imaging

/// A made-up micrograph of three textures, with its truth: grains, stripes and blobs of nearly the same colour, under uneven light and noise.
struct DemoScene: Sendable {
    /// Columns and rows.
    let side: Int
    let seed: UInt64

    static let classNames = ["grains", "stripes", "blobs"]

    /// 8-bit RGB pixels, and the true label 1…3 of each.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func render() throws -> (image: PixelBuffer, truth: LabelMap) {
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        var labels = [UInt16](repeating: 0, count: side * side)
        // Regions grow with the image, so that a small one shows all textures too.
        let regions = (0..<3).map { ValueNoise(seed: seed &+ UInt64($0), cell: Float(side) / 6) }
        let detail = (0..<3).map { ValueNoise(seed: seed &+ 10 &+ UInt64($0), cell: Float(side) / 18) }
        let grain = ValueNoise(seed: seed &+ 20, cell: 2.3)
        let bend = ValueNoise(seed: seed &+ 21, cell: 60)
        let blob = ValueNoise(seed: seed &+ 22, cell: 11)
        let light = ValueNoise(seed: seed &+ 23, cell: 400)
        let noise = (0..<3).map { ValueNoise(seed: seed &+ 30 &+ UInt64($0), cell: 1) }
        for row in 0..<side {
            try Task.checkCancellation()
            for column in 0..<side {
                let (x, y) = (Float(column), Float(row))
                let strengths = (0..<3).map { regions[$0](x, y) + 0.2 * detail[$0](x, y) }
                let label = strengths.indices.max { strengths[$0] < strengths[$1] } ?? 0
                let texture: Float =
                    switch label {
                    case 0: 1.5 * grain(x, y)
                    case 1: Self.triangle((0.8 * x + 0.6 * y) / 11 + 0.8 * bend(x, y))
                    default: 1.4 * blob(x, y)
                    }
                labels[row * side + column] = UInt16(label + 1)
                for channel in 0..<3 {
                    let value =
                        Self.means[label][channel] + Self.amplitudes[label][channel] * texture + 22 * light(x, y)
                        + 26 * noise[channel](x, y)
                    pixels[(row * side + column) * 3 + channel] = UInt8(max(0, min(255, value.rounded())))
                }
            }
        }
        return (
            PixelBuffer(width: side, height: side, channels: 3, sampleType: .uint8, bytes: pixels),
            LabelMap(width: side, height: side, labels: labels)
        )
    }

    private static let means: [[Float]] = [[118, 112, 104], [112, 120, 108], [124, 108, 116]]
    private static let amplitudes: [[Float]] = [[34, 28, 26], [30, 34, 32], [30, 26, 36]]

    /// A wave of period 1 and range −1…1.
    private static func triangle(_ t: Float) -> Float { 4 * abs(t - (t + 0.5).rounded(.down)) - 1 }
}
