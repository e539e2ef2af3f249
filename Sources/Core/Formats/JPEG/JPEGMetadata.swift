internal import Imaging

/// The size of pixels that a JPEG states in its JFIF segment: whole pixels in an inch or a centimetre, or a ratio.
enum JPEGMetadata {
    /// What the segment says that stands first, as JFIF wants it.
    static func read(_ file: InputFile) -> ImageMetadata {
        guard let head = try? file.bytes(18), head.count == 18, head[2] == 0xFF, head[3] == 0xE0,
            head[6..<11].elementsEqual(Array("JFIF".utf8) + [0])
        else { return .none }
        let (x, y) = (Double(Int(big: head[14..<16])), Double(Int(big: head[16..<18])))
        guard x > 0, y > 0, (x, y) != (1, 1) else { return .none }
        let length: Double
        switch head[13] {
        case 1: length = 25_400
        case 2: length = 10_000
        // Only the ratio means something, and that of square pixels nothing.
        default: return x == y ? .none : ImageMetadata(x: AxisSampling(step: 1 / x), y: AxisSampling(step: 1 / y))
        }
        let unit = PhysicalUnit.micrometre.name
        return ImageMetadata(x: AxisSampling(step: length / x, unit: unit), y: AxisSampling(step: length / y, unit: unit))
    }
}
