internal import Imaging

/// Colours as style sheets write them.
enum CSSColour {
    /// The colour that a text means, without its opacity: `#E69F00`, `#e90`, `#E69F0080`, `rgb(230, 159, 0)`, `rgba(…)`, a basic name;
    /// nil for any other.
    static func parse(_ text: String) -> RGBColour? {
        let text = text.lowercased().filter { $0 != " " }
        if let value = names[text] {
            return RGBColour(red: UInt8(value >> 16), green: UInt8(value >> 8 & 255), blue: UInt8(value & 255))
        }
        if text.hasPrefix("#") {
            let digits = Array(text.dropFirst())
            switch digits.count {
            case 3, 4: return RGBColour(hex: "#" + String(digits[..<3].flatMap { [$0, $0] }))
            case 6, 8: return RGBColour(hex: "#" + String(digits[..<6]))
            default: return nil
            }
        }
        guard text.hasPrefix("rgb"), let start = text.firstIndex(of: "("), text.hasSuffix(")") else { return nil }
        let parts = text[text.index(after: start)...].dropLast().split(separator: ",")
        guard parts.count >= 3 else { return nil }
        let values = parts[..<3].compactMap { Double($0) }.filter { (0...255).contains($0) }.map { UInt8($0.rounded()) }
        return values.count == 3 ? RGBColour(red: values[0], green: values[1], blue: values[2]) : nil
    }

    /// The sixteen names of HTML, and a few that people draw with.
    private static let names: [String: UInt32] = [
        "black": 0x000000, "silver": 0xC0C0C0, "gray": 0x808080, "grey": 0x808080, "white": 0xFFFFFF, "maroon": 0x800000,
        "red": 0xFF0000, "purple": 0x800080, "fuchsia": 0xFF00FF, "magenta": 0xFF00FF, "green": 0x008000, "lime": 0x00FF00,
        "olive": 0x808000, "yellow": 0xFFFF00, "navy": 0x000080, "blue": 0x0000FF, "teal": 0x008080, "aqua": 0x00FFFF,
        "cyan": 0x00FFFF, "orange": 0xFFA500, "pink": 0xFFC0CB, "brown": 0xA52A2A, "gold": 0xFFD700, "violet": 0xEE82EE,
        "indigo": 0x4B0082, "salmon": 0xFA8072, "turquoise": 0x40E0D0, "crimson": 0xDC143C, "royalblue": 0x4169E1,
    ]
}

extension RGBColour {
    /// 0xRRGGBB.
    init(packed value: UInt32) {
        self.init(red: UInt8(value >> 16 & 255), green: UInt8(value >> 8 & 255), blue: UInt8(value & 255))
    }

    /// 0xRRGGBB.
    var packed: UInt32 { UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue) }
}
