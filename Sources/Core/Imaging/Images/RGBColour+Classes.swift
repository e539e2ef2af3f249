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
