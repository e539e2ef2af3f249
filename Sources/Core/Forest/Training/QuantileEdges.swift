/// Chooses the edges between the bins of a feature: near its quantiles, in the middle between neighbouring values.
///
/// An edge e separates values at most e from values above it, so a value's bin is the number of edges below it. The rules, for
/// the sorted values v of a feature and a limit of L edges:
///
/// 1. With at most L + 1 distinct values there is an edge between every two neighbours: every value has its own bin.
/// 2. Otherwise there is one, for k = 1…L, between v[⌊(n − 1) · k / (L + 1)⌋] and the next larger distinct value. Equal edges
///    become one. These are the cuts of `numpy.unique(numpy.quantile(v, k / (L + 1)))` without its interpolation.
/// 3. The edge between neighbours x < y is x/2 + y/2 computed in double precision and rounded to single, or x where that would
///    not be below y.
///
/// NaNs are ignored, −0 counts as 0, and infinities are values like others, as far as a finite edge can separate them. The
/// result depends on the multiset of values only.
package enum QuantileEdges {
    /// The most edges of a feature: bins are bytes.
    package static let limitMax = 255
    /// The most rows of a table that are looked at; of a larger table it is this many, evenly spaced.
    package static let rowCountMax = 262_144

    /// The edges of one feature, ascending, finite and distinct; at most `limit` (1…255).
    ///
    /// - Complexity: linear in the number of values (radix sort).
    package static func edges(of values: [Float], limit: Int = limitMax) -> [Float] {
        values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return [] }
            return edges(ofColumns: 1, in: base, featureCount: 1, sampleCount: values.count, rows: values.count, limit: limit)[0]
        }
    }

    /// Features that are best looked at together: they share a cache line of a row, so they are gathered in one pass.
    package static let groupLength = 16

    /// The edges of every feature of a table.
    ///
    /// - Parameters:
    ///   - samples: `[sample][feature]`, row-major.
    ///   - sampleCount: the number of samples, at least 0. At most `rowCountMax` rows ⌊i · N / rows⌋ are looked at.
    ///   - featureCount: the number of features, at least 1.
    ///   - limit: the most edges per feature, 1…255.
    /// - Complexity: linear in the number of values looked at; memory for 17 columns of keys, at most 18 MB.
    package static func edges(
        ofSamples samples: UnsafePointer<Float>, sampleCount: Int, featureCount: Int, limit: Int = limitMax
    ) -> [[Float]] {
        stride(from: 0, to: featureCount, by: groupLength).flatMap { first in
            edges(
                ofGroupAt: first, ofSamples: samples, sampleCount: sampleCount, featureCount: featureCount, limit: limit)
        }
    }

    /// The edges of the features `first ..< first + groupLength` of a table, as far as it has them; groups may be made at the same
    /// time. Parameters as above.
    package static func edges(
        ofGroupAt first: Int, ofSamples samples: UnsafePointer<Float>, sampleCount: Int, featureCount: Int, limit: Int = limitMax
    ) -> [[Float]] {
        precondition(
            sampleCount >= 0 && (0..<featureCount).contains(first), "\(sampleCount) samples of \(featureCount) features")
        return edges(
            ofColumns: min(groupLength, featureCount - first), in: samples + first, featureCount: featureCount,
            sampleCount: sampleCount, rows: min(sampleCount, rowCountMax), limit: limit)
    }

    /// The edges of the first `columns` columns from `samples` on, by `rows` evenly spaced rows.
    private static func edges(
        ofColumns columns: Int, in samples: UnsafePointer<Float>, featureCount: Int, sampleCount: Int, rows: Int, limit: Int
    ) -> [[Float]] {
        let keys = UnsafeMutablePointer<UInt32>.allocate(capacity: (columns + 1) * rows)
        defer { keys.deallocate() }
        let spare = keys + columns * rows
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: columns) { counts in
            counts.initialize(repeating: 0)
            for row in 0..<rows {
                let sample = samples + row * sampleCount / rows * featureCount
                for column in 0..<columns {
                    let value = sample[column]
                    keys[column * rows + counts[column]] = FloatKey.key(of: value)
                    counts[column] &+= value.isNaN ? 0 : 1
                }
            }
            return (0..<columns).map { column in
                let sorted = FloatKey.sort(keys + column * rows, spare: spare, count: counts[column])
                return edges(ofSorted: UnsafeBufferPointer(start: sorted, count: counts[column]), limit: limit)
            }
        }
    }

    /// The edges of ascending keys.
    private static func edges(ofSorted keys: UnsafeBufferPointer<UInt32>, limit: Int) -> [Float] {
        precondition((1...limitMax).contains(limit), "a limit of \(limit) edges")
        guard !keys.isEmpty else { return [] }
        var edges: [Float] = []
        func addEdge(after position: Int) -> Int {
            var next = position + 1
            while next < keys.count && keys[next] == keys[position] { next += 1 }
            guard next < keys.count else { return next }
            let edge = middle(FloatKey.value(ofKey: keys[position]), FloatKey.value(ofKey: keys[next]))
            if edge.isFinite, edges.last.map({ $0 < edge }) ?? true { edges.append(edge) }
            return next
        }
        if hasAtMost(limit + 1, distinct: keys) {
            var position = 0
            while position < keys.count { position = addEdge(after: position) }
        } else {
            var firstFree = 0
            for k in 1...limit {
                let position = (keys.count - 1) * k / (limit + 1)
                if position >= firstFree { firstFree = addEdge(after: position) }
            }
        }
        return edges
    }

    private static func hasAtMost(_ count: Int, distinct keys: UnsafeBufferPointer<UInt32>) -> Bool {
        var distinct = 1
        for index in 1..<max(keys.count, 1) where keys[index] != keys[index - 1] {
            distinct += 1
            if distinct > count { return false }
        }
        return true
    }

    /// A value from `low` up to below `high`, in the middle if it can be.
    private static func middle(_ low: Float, _ high: Float) -> Float {
        let middle = Float(Double(low) / 2 + Double(high) / 2)
        if middle >= low && middle < high && middle.isFinite { return middle }
        return low.isFinite ? low : -Float.greatestFiniteMagnitude < high ? -Float.greatestFiniteMagnitude : low
    }
}

/// Floats as 32-bit keys of the same order, and their sorting.
///
/// The sign bit of positive values is set, and negative ones are inverted. −0 becomes 0; NaN has no key.
enum FloatKey {
    private static let digitBits = 11
    private static let digitCount = 1 << digitBits

    @inline(__always)
    static func key(of value: Float) -> UInt32 {
        let bits = (value + 0).bitPattern
        return bits ^ (UInt32(bitPattern: Int32(bitPattern: bits) >> 31) | 0x8000_0000)
    }

    @inline(__always)
    static func value(ofKey key: UInt32) -> Float {
        Float(bitPattern: key >> 31 == 1 ? key & 0x7FFF_FFFF : ~key)
    }

    /// Sorts keys ascending by three passes of eleven bits, least significant first (LSD radix sort).
    ///
    /// - Parameter spare: room for as many keys; its content is lost.
    /// - Returns: where the sorted keys are: `spare`, while `keys` holds an intermediate order.
    /// - Complexity: linear in `count`.
    static func sort(
        _ keys: UnsafeMutablePointer<UInt32>, spare: UnsafeMutablePointer<UInt32>, count: Int
    ) -> UnsafeMutablePointer<UInt32> {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 3 * digitCount) { positions in
            guard let low = positions.baseAddress else { return keys }
            let middle = low + digitCount
            let high = middle + digitCount
            low.initialize(repeating: 0, count: 3 * digitCount)
            for index in 0..<count {
                let key = keys[index]
                low[digit(0, of: key)] &+= 1
                middle[digit(1, of: key)] &+= 1
                high[digit(2, of: key)] &+= 1
            }
            scatter(keys, to: spare, count: count, pass: 0, positions: low)
            scatter(spare, to: keys, count: count, pass: 1, positions: middle)
            scatter(keys, to: spare, count: count, pass: 2, positions: high)
            return spare
        }
    }

    /// Moves keys behind those with a smaller digit, in their order.
    ///
    /// - Parameter positions: how often each digit occurs; overwritten.
    private static func scatter(
        _ source: UnsafePointer<UInt32>, to target: UnsafeMutablePointer<UInt32>, count: Int, pass: Int,
        positions: UnsafeMutablePointer<UInt32>
    ) {
        var start: UInt32 = 0
        for digit in 0..<digitCount {
            let occurrences = positions[digit]
            positions[digit] = start
            start &+= occurrences
        }
        for index in 0..<count {
            let key = source[index]
            let digit = digit(pass, of: key)
            target[Int(positions[digit])] = key
            positions[digit] &+= 1
        }
    }

    @inline(__always)
    private static func digit(_ pass: Int, of key: UInt32) -> Int {
        Int(key >> UInt32(pass * digitBits)) & (digitCount - 1)
    }
}
