/// A unit of length or of time, as image files name it.
///
/// What a file says is looked up in any usual spelling; what is written is `name` in OME-Zarr and `symbol` in OME-XML.
package struct PhysicalUnit: Hashable, Sendable {
    package enum Quantity: Hashable, Sendable { case length, time }

    /// OME-Zarr's name: `micrometer`.
    package let name: String
    /// OME-XML's symbol: `µm`.
    package let symbol: String
    package let quantity: Quantity
    /// How many metres or seconds it is: `mantissa` · 10^`exponent`. Powers of ten are kept apart, so that what differs by one alone
    /// is converted with a single rounding.
    private let mantissa: Double
    private let exponent: Int

    package static let micrometre = PhysicalUnit("micrometer", "µm", .length, 1, -6)
    package static let centimetre = PhysicalUnit("centimeter", "cm", .length, 1, -2)
    package static let metre = PhysicalUnit("meter", "m", .length, 1, 0)
    package static let inch = PhysicalUnit("inch", "in", .length, 254, -4)

    private init(_ name: String, _ symbol: String, _ quantity: Quantity, _ mantissa: Double, _ exponent: Int) {
        (self.name, self.symbol, self.quantity) = (name, symbol, quantity)
        (self.mantissa, self.exponent) = (mantissa, exponent)
    }

    /// The unit that a file means; nil for one that is not known, such as `pixel`.
    package init?(_ text: String) {
        guard let unit = Self.bySymbol[text] ?? Self.byName[text.lowercased()] else { return nil }
        self = unit
    }

    /// A length or duration in another unit; nil between a length and a duration.
    package func convert(_ value: Double, to other: PhysicalUnit) -> Double? {
        guard quantity == other.quantity else { return nil }
        let scaled = mantissa == other.mantissa ? value : value * mantissa / other.mantissa
        var power = 1.0
        for _ in 0..<abs(exponent - other.exponent) { power *= 10 }
        return exponent >= other.exponent ? scaled * power : scaled / power
    }

    // MARK: All units

    /// All that OME-Zarr names.
    private static let all: [PhysicalUnit] = {
        var units = [
            PhysicalUnit("angstrom", "Å", .length, 1, -10), inch, PhysicalUnit("foot", "ft", .length, 3048, -4),
            PhysicalUnit("yard", "yd", .length, 9144, -4), PhysicalUnit("mile", "mi", .length, 1_609_344, -3),
            PhysicalUnit("parsec", "pc", .length, 30_856_775_814_913_672, 0), PhysicalUnit("minute", "min", .time, 60, 0),
            PhysicalUnit("hour", "h", .time, 3600, 0), PhysicalUnit("day", "d", .time, 86_400, 0),
        ]
        for (prefix, letter, exponent) in prefixes {
            units.append(PhysicalUnit(prefix + "meter", letter + "m", .length, 1, exponent))
            units.append(PhysicalUnit(prefix + "second", letter + "s", .time, 1, exponent))
        }
        return units
    }()

    private static let prefixes: [(String, String, Int)] = [
        ("yocto", "y", -24), ("zepto", "z", -21), ("atto", "a", -18), ("femto", "f", -15), ("pico", "p", -12), ("nano", "n", -9),
        ("micro", "µ", -6), ("milli", "m", -3), ("centi", "c", -2), ("deci", "d", -1), ("", "", 0), ("deca", "da", 1),
        ("hecto", "h", 2), ("kilo", "k", 3), ("mega", "M", 6), ("giga", "G", 9), ("tera", "T", 12), ("peta", "P", 15),
        ("exa", "E", 18), ("zetta", "Z", 21), ("yotta", "Y", 24),
    ]

    /// Symbols differ by the case of their letters. The sign of micro is written in three ways, one of them an escape of ImageJ's.
    private static let bySymbol: [String: PhysicalUnit] = {
        var units: [String: PhysicalUnit] = [:]
        for unit in all {
            units[unit.symbol] = unit
            guard unit.symbol.hasPrefix("µ") else { continue }
            for micro in ["μ", "u", "\\u00B5", "\\u00b5"] { units[micro + unit.symbol.dropFirst()] = unit }
        }
        return units
    }()

    private static let byName: [String: PhysicalUnit] = {
        var units: [String: PhysicalUnit] = [:]
        for unit in all {
            let british = unit.name.hasSuffix("meter") ? unit.name.dropLast(2) + "re" : Substring(unit.name)
            for name in [unit.name, String(british)] {
                units[name] = unit
                units[name + "s"] = unit
            }
        }
        for (name, unit) in [("micron", "micrometer"), ("microns", "micrometer"), ("inches", "inch"), ("feet", "foot")] {
            units[name] = units[unit]
        }
        for (name, unit) in [("sec", "second"), ("msec", "millisecond"), ("usec", "microsecond"), ("hr", "hour")] {
            units[name] = units[unit]
        }
        return units
    }()
}

/// Lengths as image files state them, such as the side of a pixel.
package enum PixelSize {
    /// Converts a length to micrometres; nil if it is not a positive number, or its unit is not known.
    package static func microns(_ length: Double, unit: String) -> Double? {
        guard length.isFinite, length > 0 else { return nil }
        return PhysicalUnit(unit)?.convert(length, to: .micrometre)
    }
}
