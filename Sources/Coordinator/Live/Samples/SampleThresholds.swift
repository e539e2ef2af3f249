/// The labelled pixels of the least keys: which ones a live forest learns from.
///
/// As the key of a pixel depends on nothing but the seed and its place, a new stroke leaves the samples of the others in their place, but for
/// those that make room for it.
struct SampleThresholds: Equatable {
    /// By label: pixels with a key up to this are taken.
    let keyMaxOfLabel: [UInt16: UInt64]
    /// Of the classes that are not rare.
    let commonKeyMax: UInt64

    /// Labelled pixels that a live forest learns from, at most.
    static let countMax = 20_000
    /// As many pixels of each class are taken, if it has them, however rare it is.
    static let floor = 500

    /// - Parameter keys: by label, lists of keys, each ascending; such as one a tile.
    init(_ keys: [UInt16: [[UInt64]]], countMax: Int = countMax, floor: Int = floor) {
        let counts = keys.mapValues { $0.reduce(0) { $0 + $1.count } }
        let floors = counts.mapValues { min($0, min(floor, countMax / max(1, keys.count))) }
        func count(_ label: UInt16, upTo key: UInt64) -> Int {
            (keys[label] ?? []).reduce(0) { $0 + Self.count(in: $1, upTo: key) }
        }
        func total(upTo key: UInt64) -> Int {
            keys.keys.reduce(0) { $0 + max(count($1, upTo: key), floors[$1] ?? 0) }
        }
        let common = Self.largest { total(upTo: $0) <= countMax }
        var thresholds: [UInt16: UInt64] = [:]
        for (label, floor) in floors {
            let isRare = common.map { count(label, upTo: $0) < floor } ?? true
            thresholds[label] = isRare ? Self.smallest { count(label, upTo: $0) >= floor } : common
        }
        keyMaxOfLabel = thresholds
        commonKeyMax = common ?? 0
    }

    /// How many of ascending keys are no larger than `key`.
    static func count(in keys: [UInt64], upTo key: UInt64) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] <= key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The largest key for which something holds that holds up to some key; nil if it never does.
    private static func largest(_ holds: (UInt64) -> Bool) -> UInt64? {
        if holds(.max) { return .max }
        guard holds(0) else { return nil }
        // Holds for `low`, not for `high`.
        var (low, high) = (UInt64(0), UInt64.max)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if holds(middle) { low = middle } else { high = middle }
        }
        return low
    }

    /// The smallest key from which on something holds; it holds for the largest.
    private static func smallest(_ holds: (UInt64) -> Bool) -> UInt64 {
        var (low, high) = (UInt64(0), UInt64.max)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
