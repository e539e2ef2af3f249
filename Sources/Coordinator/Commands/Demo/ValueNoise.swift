internal import Primitives

/// Smooth random fields: values of a hashed lattice, blended by the smoothstep curve.
///
/// A field is a function of its seed and of the position alone, made of additions and multiplications, so that every machine gets
/// the same picture.
struct ValueNoise: Sendable {
    let seed: UInt64
    /// Distance of the lattice points, in pixels.
    let cell: Float

    /// The field at a position, −1…1.
    func callAsFunction(_ x: Float, _ y: Float) -> Float {
        let u = x / cell
        let v = y / cell
        let column = u.rounded(.down)
        let row = v.rounded(.down)
        let s = Self.smoothstep(u - column)
        let t = Self.smoothstep(v - row)
        let (i, j) = (Int(column), Int(row))
        let top = Self.blend(value(i, j), value(i + 1, j), s)
        let bottom = Self.blend(value(i, j + 1), value(i + 1, j + 1), s)
        return Self.blend(top, bottom, t)
    }

    private static func smoothstep(_ t: Float) -> Float { t * t * (3 - 2 * t) }

    private static func blend(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

    /// The value of a lattice point, −1…1 (the mixing function of SplitMix64).
    private func value(_ i: Int, _ j: Int) -> Float {
        let column = UInt64(bitPattern: Int64(i)) &* SplitMix64.step
        let row = UInt64(bitPattern: Int64(j)) &* 0xD1B5_4A32_D192_ED03
        return Float(SplitMix64.mix(seed &+ column &+ row) >> 40) / Float(1 << 23) - 1
    }
}
