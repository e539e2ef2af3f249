/// A label image as its file stores it: rows of values, and what they stand for. Not safe to share between threads.
package struct LabelPixels {
    /// What the values of a pixel are.
    package enum Storage: Hashable, Sendable {
        /// A number.
        case numbers
        /// A number that stands for a colour of the palette.
        case palette
        /// Red, green and blue.
        case colours
    }

    /// Of 1 or 3 channels, and one of opacity after them if `hasOpacity`.
    package let rows: any RowReader
    package let storage: Storage
    package let hasOpacity: Bool
    /// The colour of each number from 0 on; empty without a palette.
    package let palette: [RGBColour]
    /// Values that the file calls transparent, without opacity.
    package let transparent: Set<LabelValue>
    /// What of the file is read otherwise than it is stored.
    package let notes: [ImageNote]
    package let path: String

    /// - Parameter opacity: the channel that is opacity; nil without one.
    /// - Throws: `ImageError.unsupported` for channels that are neither numbers nor colours.
    package init(
        _ rows: any RowReader, palette: [RGBColour] = [], opacity: Int? = nil, transparent: Set<LabelValue> = [],
        notes: [ImageNote] = [], path: String
    ) throws(ImageError) {
        let channels = rows.info.channels
        switch (channels, opacity) {
        case (1, nil), (2, 1): storage = palette.isEmpty ? .numbers : .palette
        case (3, nil), (4, 3): storage = .colours
        default:
            throw .unsupported(path: path, reason: "expected a label map of one channel, found \(channels) channels")
        }
        self.rows = rows
        hasOpacity = opacity != nil
        (self.palette, self.transparent) = (palette, transparent)
        (self.notes, self.path) = (notes, path)
    }
}

/// What a pixel of a label image holds: a number, or red, green and blue; and its opacity, where the file has one.
package struct LabelValue: Hashable, Comparable, Sendable {
    /// 16 bits each, from the lowest on: the number or blue, green, red, opacity.
    var bits: UInt64

    /// Black, or the number 0; also of a pixel that is fully transparent.
    static let unlabelled = LabelValue(bits: 0)

    init(bits: UInt64) { self.bits = bits }

    package init(number: UInt16) { bits = UInt64(number) }

    /// - Parameters: of 8 or of 16 bits, as the file stores them.
    package init(red: UInt16, green: UInt16, blue: UInt16) {
        bits = UInt64(red) << 32 | UInt64(green) << 16 | UInt64(blue)
    }

    init(_ colour: RGBColour) {
        self.init(red: UInt16(colour.red), green: UInt16(colour.green), blue: UInt16(colour.blue))
    }

    /// The same without opacity.
    var opaque: LabelValue { LabelValue(bits: bits & 0xFFFF_FFFF_FFFF) }

    /// The number, or blue.
    var number: UInt16 { UInt16(truncatingIfNeeded: bits) }

    /// Whether red, green and blue are the same.
    var isGrey: Bool { UInt16(truncatingIfNeeded: bits >> 16) == number && UInt16(truncatingIfNeeded: bits >> 32) == number }

    /// The colour, of which 16 bits lose the lower 8.
    func colour(is16Bit: Bool) -> RGBColour {
        let shift: UInt64 = is16Bit ? 8 : 0
        let part = { (lane: UInt64) in UInt8(truncatingIfNeeded: bits >> (lane + shift)) }
        return RGBColour(red: part(32), green: part(16), blue: part(0))
    }

    package static func < (one: LabelValue, other: LabelValue) -> Bool { one.bits < other.bits }
}

extension LabelValue {
    /// Puts samples together to the values of pixels. What is black or transparent is `unlabelled`, whatever else it holds.
    ///
    /// - Parameters:
    ///   - samples: `[pixel][channel]`, as many pixels as `values`.
    ///   - pixels: whose samples they are.
    static func gather(
        _ samples: UnsafeBufferPointer<UInt16>, of pixels: LabelPixels, into values: UnsafeMutableBufferPointer<LabelValue>
    ) {
        let channels = pixels.rows.info.channels
        precondition(samples.count == values.count * channels, "\(samples.count) samples of \(values.count) pixels")
        switch (channels, pixels.hasOpacity) {
        case (1, _): for index in values.indices { values[index] = LabelValue(number: samples[index]) }
        case (2, _):
            for index in values.indices {
                let (number, opacity) = (UInt64(samples[2 &* index]), UInt64(samples[2 &* index &+ 1]))
                values[index].bits = number == 0 || opacity == 0 ? 0 : number | opacity << 48
            }
        case (3, _):
            for index in values.indices {
                let at = 3 &* index
                values[index] = LabelValue(red: samples[at], green: samples[at &+ 1], blue: samples[at &+ 2])
            }
        default:
            for index in values.indices {
                let at = 4 &* index
                let colour = LabelValue(red: samples[at], green: samples[at &+ 1], blue: samples[at &+ 2]).bits
                let opacity = UInt64(samples[at &+ 3])
                values[index].bits = colour == 0 || opacity == 0 ? 0 : colour | opacity << 48
            }
        }
        for transparent in pixels.transparent {
            for index in values.indices where values[index].opaque == transparent { values[index] = .unlabelled }
        }
    }
}
