internal import Imaging

/// The size of pixels that a PNG states in its chunk pHYs: whole pixels in a metre, or a ratio.
enum PNGMetadata {
    /// What stands before the first pixel data. Chunks after it do not count, as PNG says.
    static func read(_ file: InputFile) -> ImageMetadata {
        var offset = 8
        for _ in 0..<chunksMax {
            guard let head = try? file.bytes(8, at: offset), head.count == 8 else { return .none }
            let byteCount = Int(big: head[0..<4])
            let type = head[4...]
            guard byteCount <= 0x7FFF_FFFF, !type.elementsEqual("IDAT".utf8) else { return .none }
            if type.elementsEqual("pHYs".utf8) {
                guard byteCount == 9, let content = try? file.bytes(9, at: offset + 8), content.count == 9 else { return .none }
                return metadata(Int(big: content[0..<4]), Int(big: content[4..<8]), isPerMetre: content[8] == 1)
            }
            offset += 12 + byteCount
        }
        return .none
    }

    /// Chunks that are looked at.
    private static let chunksMax = 1000

    private static func metadata(_ x: Int, _ y: Int, isPerMetre: Bool) -> ImageMetadata {
        guard x > 0, y > 0 else { return .none }
        // Without a unit, only the ratio means something, and that of square pixels nothing.
        guard isPerMetre else {
            return x == y ? .none : ImageMetadata(x: AxisSampling(step: 1 / Double(x)), y: AxisSampling(step: 1 / Double(y)))
        }
        let unit = PhysicalUnit.micrometre.name
        return ImageMetadata(
            x: AxisSampling(step: 1e6 / Double(x), unit: unit), y: AxisSampling(step: 1e6 / Double(y), unit: unit))
    }
}

extension ImageMetadata {
    /// Whole pixels in a metre along x and y; nil where there is no size of pixels, or none that whole numbers give within a thousandth.
    var pixelsPerMetre: (x: UInt32, y: UInt32)? {
        guard let x = x.flatMap({ Self.wholePixels(in: $0) }), let y = y.flatMap({ Self.wholePixels(in: $0) }) else { return nil }
        return (x, y)
    }

    private static func wholePixels(in axis: AxisSampling) -> UInt32? {
        guard let side = axis.length(in: .metre) else { return nil }
        let exact = 1 / side
        let whole = exact.rounded()
        guard whole >= 1, whole <= 0x7FFF_FFFF, abs(whole - exact) <= exact / 1000 else { return nil }
        return UInt32(whole)
    }
}

extension Int {
    /// An unsigned number, its highest byte first.
    init(big bytes: some Sequence<UInt8>) { self = bytes.reduce(0) { $0 << 8 | Int($1) } }
}
