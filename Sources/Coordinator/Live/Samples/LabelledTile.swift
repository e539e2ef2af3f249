internal import Imaging

/// The labelled pixels of a tile of 256 × 256, ordered by their keys.
struct LabelledTile {
    /// Side of the tiles, in pixels.
    static let side = 256

    /// The labelled pixels of one class.
    struct Pixels {
        /// Ascending.
        var keys: [UInt64] = []
        /// `[key]`: row-major place in the tile.
        var places: [UInt32] = []
    }

    /// By label.
    private(set) var pixels: [UInt16: Pixels] = [:]
    /// Labelled pixels of each class, also those that are not held.
    private(set) var counts: [UInt16: Int] = [:]

    /// - Parameters:
    ///   - map: the labels of the tile.
    ///   - keyMax: pixels of larger keys are counted, but not held, unless they are among the `floor` lowest of their class here.
    ///   - key: of a pixel, by its place in the tile.
    init(_ map: LabelMap, keyMax: UInt64, floor: Int = SampleThresholds.floor, key: (_ place: Int) -> UInt64) {
        var found: [UInt16: [(key: UInt64, place: UInt32)]] = [:]
        for place in map.labels.indices where map.labels[place] != 0 {
            found[map.labels[place], default: []].append((key(place), UInt32(place)))
        }
        for (label, list) in found {
            counts[label] = list.count
            var list = list.sorted { ($0.key, $0.place) < ($1.key, $1.place) }
            if let end = list.firstIndex(where: { $0.key > keyMax }), end < list.count {
                list.removeSubrange(max(end, min(floor, list.count))...)
            }
            pixels[label] = Pixels(keys: list.map(\.key), places: list.map(\.place))
        }
    }

    var isEmpty: Bool { pixels.isEmpty }

    /// Pixels that are held.
    var heldCount: Int { pixels.values.reduce(0) { $0 + $1.keys.count } }

    /// The places of the pixels that are taken, ascending, with their labels.
    func taken(_ thresholds: SampleThresholds) -> [(place: UInt32, label: UInt16)] {
        var taken: [(place: UInt32, label: UInt16)] = []
        for (label, pixels) in pixels {
            guard let keyMax = thresholds.keyMaxOfLabel[label] else { continue }
            let count = SampleThresholds.count(in: pixels.keys, upTo: keyMax)
            for place in pixels.places.prefix(count) { taken.append((place, label)) }
        }
        return taken.sorted { $0.place < $1.place }
    }
}
