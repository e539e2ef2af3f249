/// A colour of 8 bits per channel, without alpha; sRGB, as image files store it.
package struct RGBColour: Hashable, Sendable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8

    package init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Parses `#RRGGBB`, in either case; nil for any other text.
    package init?(hex: String) {
        let digits = hex.utf8.dropFirst()
        guard hex.utf8.first == UInt8(ascii: "#"), digits.count == 6 else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard let nibble = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(nibble)
        }
        self.init(
            red: UInt8(truncatingIfNeeded: value >> 16), green: UInt8(truncatingIfNeeded: value >> 8),
            blue: UInt8(truncatingIfNeeded: value))
    }

    /// The colour as `#RRGGBB`, in upper case.
    package var hex: String {
        let digits = Array("0123456789ABCDEF")
        return [red, green, blue].reduce(into: "#") { text, value in
            text.append(digits[Int(value >> 4)])
            text.append(digits[Int(value & 15)])
        }
    }
}

extension RGBColour: Codable {
    /// Decodes the text form `#RRGGBB`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let colour = RGBColour(hex: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a colour #RRGGBB, found \(text.prefix(80))")
        }
        self = colour
    }

    /// Encodes the text form `#RRGGBB`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

extension RGBColour {
    /// Colours of the classes in order; colour-blind safe (Okabe and Ito), then by equal steps around the colour circle.
    package static func classColour(_ index: Int) -> RGBColour {
        if index < okabeIto.count { return okabeIto[index] }
        // The golden angle keeps neighbouring indices far apart in hue.
        let hue = (Double(index - okabeIto.count) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1) * 6
        let value = index.isMultiple(of: 2) ? 230.0 : 170.0
        let low = value * 0.35
        let rise = low + (value - low) * hue.truncatingRemainder(dividingBy: 1)
        let fall = low + value - rise
        let (red, green, blue): (Double, Double, Double) =
            switch Int(hue) {
            case 0: (value, rise, low)
            case 1: (fall, value, low)
            case 2: (low, value, rise)
            case 3: (low, fall, value)
            case 4: (rise, low, value)
            default: (value, low, fall)
            }
        return RGBColour(red: UInt8(red), green: UInt8(green), blue: UInt8(blue))
    }

    private static let okabeIto: [RGBColour] = {
        let values: [UInt32] = [0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442, 0x0072B2, 0xD55E00, 0xCC79A7]
        return values.map { RGBColour(red: UInt8($0 >> 16), green: UInt8($0 >> 8 & 255), blue: UInt8($0 & 255)) }
    }()
}

extension RGBColour: Comparable {
    static let black = RGBColour(red: 0, green: 0, blue: 0)

    /// The order of red, then green, then blue.
    package static func < (one: RGBColour, other: RGBColour) -> Bool {
        (one.red, one.green, one.blue) < (other.red, other.green, other.blue)
    }
}
