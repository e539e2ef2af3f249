/// Exact sums of the values that an image has in an object, in one channel: any order of adding gives the same.
///
/// Whole numbers are summed as 128-bit integers. Floats are summed in fixed point: a float is a whole number of 24 bits times a power of
/// two, and so falls into limbs of 32 bits from 2⁻¹⁴⁹ on, its square into limbs from 2⁻²⁹⁸ on. A limb holds sums of 2³⁰ pixels and more.
package struct ValueSums: Hashable, Sendable {
    /// Pixels with data.
    package var count = 0
    package var sum: Int128 = 0
    package var squares: Int128 = 0
    package var minimum = Double.infinity
    package var maximum = -Double.infinity
    /// Of floats: 10 limbs of the sum, then 19 of the sum of squares, from the lowest on; otherwise empty.
    package var limbs: [Int64] = []

    package static let sumLimbs = 10
    package static let squareLimbs = 19
    package static let limbCount = sumLimbs + squareLimbs

    package init(isFloat: Bool = false) {
        if isFloat { limbs = [Int64](repeating: 0, count: Self.limbCount) }
    }

    package mutating func add(_ other: ValueSums) {
        count += other.count
        sum += other.sum
        squares += other.squares
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
        for index in limbs.indices where index < other.limbs.count { limbs[index] &+= other.limbs[index] }
        Self.carry(&limbs)
    }

    /// Passes on what exceeds 32 bits, so that limbs stay small.
    static func carry(_ limbs: inout [Int64]) {
        guard limbs.count == limbCount else { return }
        for range in [0..<sumLimbs, sumLimbs..<limbCount] {
            for index in range.dropLast() {
                limbs[index + 1] &+= limbs[index] >> 32
                limbs[index] &= 0xFFFF_FFFF
            }
        }
    }

    /// Adds a float and its square to limbs.
    ///
    /// - Precondition: the value is finite; at most 2³⁰ values are added between two carries.
    static func add(_ value: Float, to limbs: UnsafeMutablePointer<Int64>) {
        let bits = value.bitPattern
        let exponent = Int(bits >> 23 & 0xFF)
        let digits = Int64(bits & 0x7F_FFFF) | (exponent == 0 ? 0 : 0x80_0000)
        // The value is digits · 2^(shift − 149).
        let shift = max(exponent, 1) - 1
        let sign: Int64 = bits >> 31 == 1 ? -1 : 1
        let shifted = digits << Int64(shift & 31)
        let limb = shift >> 5
        limbs[limb] &+= sign &* (shifted & 0xFFFF_FFFF)
        limbs[limb &+ 1] &+= sign &* (shifted >> 32)
        let (square, double) = (digits &* digits, 2 &* shift)
        // 48 bits, shifted by up to 31: three limbs.
        let wide = UInt128(square) << UInt128(double & 31)
        let place = sumLimbs &+ (double >> 5)
        limbs[place] &+= Int64(truncatingIfNeeded: wide & 0xFFFF_FFFF)
        limbs[place &+ 1] &+= Int64(truncatingIfNeeded: wide >> 32 & 0xFFFF_FFFF)
        limbs[place &+ 2] &+= Int64(truncatingIfNeeded: wide >> 64)
    }

    /// Mean and standard deviation (of all values, not of a sample); nil without any pixel with data.
    package var moments: (mean: Double, deviation: Double)? {
        guard count > 0 else { return nil }
        let number = Double(count)
        if limbs.isEmpty {
            // n · Σv² − (Σv)² is exact as long as it fits.
            let (product, overflow) = squares.multipliedReportingOverflow(by: Int128(count))
            let (square, overflows) = sum.multipliedReportingOverflow(by: sum)
            let spread: Double =
                overflow || overflows
                ? max(0, Double(squares) * number - Double(sum) * Double(sum)) : Double(product - square)
            return (Double(sum) / number, spread.squareRoot() / number)
        }
        let total = Self.value(limbs[..<Self.sumLimbs], lowest: -149)
        let squares = Self.value(limbs[Self.sumLimbs...], lowest: -298)
        let mean = total / number
        return (mean, (max(0, squares - mean * total) / number).squareRoot())
    }

    /// The number that limbs stand for, to within two units in its last place.
    private static func value(_ limbs: ArraySlice<Int64>, lowest: Int) -> Double {
        var limbs = Array(limbs)
        // After a carry the topmost limb has the sign, and all others are 0…2³²−1. Of a number below 0 the opposite is taken, so that
        // nothing cancels.
        let isNegative = (limbs.last ?? 0) < 0
        if isNegative {
            for index in limbs.indices { limbs[index] = -limbs[index] }
            for index in limbs.indices.dropLast() {
                limbs[index + 1] += limbs[index] >> 32
                limbs[index] &= 0xFFFF_FFFF
            }
        }
        var sum = 0.0
        for (place, limb) in limbs.enumerated() where limb != 0 {
            sum += Double(sign: .plus, exponent: lowest + 32 * place, significand: Double(limb))
        }
        return isNegative ? -sum : sum
    }
}
