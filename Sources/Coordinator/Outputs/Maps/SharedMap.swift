internal import Imaging
internal import Jobs
internal import Protocol
internal import struct Synchronization.Atomic

/// A map whose tiles workers may write themselves.
package struct SharedMap: Sendable {
    enum Kind: String, Sendable {
        case labels, probabilities, uncertainty

        /// What a worker says of such a map, nil if it has not written it.
        func receipts(in written: WrittenMaps) -> [ChunkReceipt]? {
            switch self {
            case .labels: written.labels
            case .probabilities: written.probabilities
            case .uncertainty: written.uncertainty
            }
        }
    }

    let kind: Kind
    /// Of any tile.
    let destination: MapDestination
    /// The image's folder, here.
    let folder: String
    /// Maps of a tile.
    let planeCount: Int
    /// Whether chunks may be those of an earlier process, so that they are read before they are believed.
    let isTakenOver: Bool
}

/// The maps of an image whose tiles workers may write themselves.
struct SharedMaps: Sendable {
    private let maps: [SharedMap]
    private let occasion: String

    /// nil if there are none.
    init?(_ maps: [SharedMap], occasion: String) {
        guard !maps.isEmpty else { return nil }
        (self.maps, self.occasion) = (maps, occasion)
    }

    /// What a job is told.
    func destinations(of tile: PixelRect) -> MapDestinations {
        var destinations = MapDestinations(occasion: occasion)
        for map in maps {
            switch map.kind {
            case .labels: destinations.labels = map.destination
            case .probabilities: destinations.probabilities = map.destination
            case .uncertainty: destinations.uncertainty = map.destination
            }
        }
        return destinations.at(tile)
    }

    /// Throws unless the chunks are there that a worker says it has written.
    func check(_ written: WrittenMaps, of tile: PixelRect) throws(WireError) {
        for map in maps {
            guard let receipts = map.kind.receipts(in: written) else { continue }
            var destination = map.destination
            destination.tile = tile
            try destination.check(receipts, in: map.folder, planeCount: map.planeCount, isRead: map.isTakenOver)
        }
    }
}

/// Tiles of maps that may be shared: those that workers have written, and those that they sent.
final class MapTally: Sendable {
    let written = Atomic(0)
    let sent = Atomic(0)

    func add(isWritten: Bool) {
        if isWritten { written.add(1, ordering: .relaxed) } else { sent.add(1, ordering: .relaxed) }
    }
}
