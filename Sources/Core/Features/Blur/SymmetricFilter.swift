/// The inner loop of the blur: a symmetric filter along the slow axis of a strip.
///
/// A strip is `[position][lane]`, `Strip.lanes` floats a position. Every lane is filtered alone, so eight of them go through one vector.
/// The two halves of the filter have equal weights, hence x[−k] + x[k] is formed first and weighed once. Floating-point order of
/// every result:
///
///     a = 0;  a = fma(w[k], x[−k] + x[k], a)  for k = radius, …, 1;  a = fma(w[0], x[0], a)
///
/// from the small outer weights to the large ones. Four neighbouring positions are made at once: their x[−k] and their x[k] are two
/// windows of four vectors, and the step from k to k − 1 moves each window by one position, which loads one vector of each.
/// Loop invariant at the head of a step: l0…l3 are x[−k]…x[−k + 3], h0…h3 are x[k]…x[k + 3] of the first of the four positions.
enum SymmetricFilter {
    /// Filters positions 0…7 of eight lanes into `target`, `[position][lane]`, eight floats a position.
    @inline(__always)
    static func eightPositions(
        _ source: UnsafePointer<Float>, weights: UnsafePointer<Float>, radius: Int,
        to target: UnsafeMutablePointer<Float>
    ) {
        fourPositions(source, weights: weights, radius: radius, to: target)
        fourPositions(source + 4 * Strip.lanes, weights: weights, radius: radius, to: target + 4 * Lanes.count)
    }

    @inline(__always)
    private static func fourPositions(
        _ source: UnsafePointer<Float>, weights: UnsafePointer<Float>, radius: Int,
        to target: UnsafeMutablePointer<Float>
    ) {
        let pitch = Strip.lanes
        var low = source - radius * pitch
        var high = source + radius * pitch
        var l0 = Lanes(low), l1 = Lanes(low + pitch), l2 = Lanes(low + 2 * pitch), l3 = Lanes(low + 3 * pitch)
        var h0 = Lanes(high), h1 = Lanes(high + pitch), h2 = Lanes(high + 2 * pitch), h3 = Lanes(high + 3 * pitch)
        low += 4 * pitch
        high -= pitch
        var a0 = Lanes(repeating: 0), a1 = a0, a2 = a0, a3 = a0
        var weight = weights + radius
        for _ in 0..<(radius & 3) {
            let w = Lanes(repeating: weight.pointee)
            a0 = a0.plus(w, times: l0 + h0)
            a1 = a1.plus(w, times: l1 + h1)
            a2 = a2.plus(w, times: l2 + h2)
            a3 = a3.plus(w, times: l3 + h3)
            (l0, l1, l2, l3) = (l1, l2, l3, Lanes(low))
            (h0, h1, h2, h3) = (Lanes(high), h0, h1, h2)
            low += pitch
            high -= pitch
            weight -= 1
        }
        for _ in 0..<(radius >> 2) {
            var w = Lanes(repeating: weight[0])
            a0 = a0.plus(w, times: l0 + h0)
            a1 = a1.plus(w, times: l1 + h1)
            a2 = a2.plus(w, times: l2 + h2)
            a3 = a3.plus(w, times: l3 + h3)
            l0 = Lanes(low)
            h3 = Lanes(high)
            w = Lanes(repeating: weight[-1])
            a0 = a0.plus(w, times: l1 + h3)
            a1 = a1.plus(w, times: l2 + h0)
            a2 = a2.plus(w, times: l3 + h1)
            a3 = a3.plus(w, times: l0 + h2)
            l1 = Lanes(low + pitch)
            h2 = Lanes(high - pitch)
            w = Lanes(repeating: weight[-2])
            a0 = a0.plus(w, times: l2 + h2)
            a1 = a1.plus(w, times: l3 + h3)
            a2 = a2.plus(w, times: l0 + h0)
            a3 = a3.plus(w, times: l1 + h1)
            l2 = Lanes(low + 2 * pitch)
            h1 = Lanes(high - 2 * pitch)
            w = Lanes(repeating: weight[-3])
            a0 = a0.plus(w, times: l3 + h1)
            a1 = a1.plus(w, times: l0 + h2)
            a2 = a2.plus(w, times: l1 + h3)
            a3 = a3.plus(w, times: l2 + h0)
            l3 = Lanes(low + 3 * pitch)
            h0 = Lanes(high - 3 * pitch)
            low += 4 * pitch
            high -= 4 * pitch
            weight -= 4
        }
        let w = Lanes(repeating: weights.pointee)
        a0.plus(w, times: l0).store(to: target)
        a1.plus(w, times: l1).store(to: target + Lanes.count)
        a2.plus(w, times: l2).store(to: target + 2 * Lanes.count)
        a3.plus(w, times: l3).store(to: target + 3 * Lanes.count)
    }
}
