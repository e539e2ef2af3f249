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

    /// Pixels of one label, one after the other: rows follow each other.
    private struct Run {
        let first: UInt16
        let last: UInt16
        let label: UInt16
    }

    /// By label.
    private(set) var pixels: [UInt16: Pixels] = [:]
    /// Labelled pixels of each class, also those that are not held.
    private(set) var counts: [UInt16: Int] = [:]
    /// Every labelled pixel, ascending by place.
    private let runs: [Run]

    /// - Parameters:
    ///   - map: the labels of the tile.
    ///   - keyMax: pixels of larger keys are counted, but not held, unless they are among the `floor` lowest of their class here.
    ///   - key: of a pixel, by its place in the tile.
    init(_ map: LabelMap, keyMax: UInt64, floor: Int = SampleThresholds.floor, key: (_ place: Int) -> UInt64) {
        var found: [UInt16: [(key: UInt64, place: UInt32)]] = [:]
        var runs: [Run] = []
        var place = 0
        while place < map.labels.count {
            let (first, label) = (place, map.labels[place])
            while place < map.labels.count, map.labels[place] == label { place += 1 }
            guard label != 0 else { continue }
            runs.append(Run(first: UInt16(first), last: UInt16(place - 1), label: label))
            for labelled in first..<place { found[label, default: []].append((key(labelled), UInt32(labelled))) }
        }
        self.runs = runs
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

    /// The labels that it was made of.
    func map(width: Int, height: Int) -> LabelMap {
        var labels = [UInt16](repeating: 0, count: width * height)
        for run in runs { for place in run.first...run.last { labels[Int(place)] = run.label } }
        return LabelMap(width: width, height: height, labels: labels)
    }

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
