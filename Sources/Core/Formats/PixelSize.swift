/// Lengths as image files state them.
enum PixelSize {
    private static let micronsOfUnit: [String: Double] = [
        "µm": 1, "μm": 1, "um": 1, "micrometer": 1, "micrometre": 1, "micron": 1, "microns": 1,
        "nm": 1e-3, "nanometer": 1e-3, "nanometre": 1e-3, "pm": 1e-6, "picometer": 1e-6, "Å": 1e-4, "angstrom": 1e-4,
        "mm": 1e3, "millimeter": 1e3, "millimetre": 1e3, "cm": 1e4, "centimeter": 1e4, "centimetre": 1e4,
        "m": 1e6, "meter": 1e6, "metre": 1e6,
    ]

    /// A length in micrometres; nil for what is no length, or of no unit that is known.
    static func microns(_ length: Double, unit: String) -> Double? {
        guard length.isFinite, length > 0, let factor = micronsOfUnit[unit] else { return nil }
        return length * factor
    }
}
