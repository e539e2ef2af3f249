internal import Formats
internal import Imaging
internal import Jobs
internal import Protocol
internal import struct Synchronization.Atomic

/// A map whose tiles workers may write themselves.
struct SharedMap: Sendable {
    let kind: MapKind
    /// Of any tile.
    let destination: MapDestination
    /// The image's folder, here.
    let folder: String
    /// Planes of a tile.
    let planeCount: Int
    /// Whether chunks may be those of an earlier process, so that they are read before they are believed.
    let isTakenOver: Bool

    /// What a job is told.
    func destination(of tile: PixelRect) -> MapDestination {
        var moved = destination
        moved.tile = tile
        return moved
    }

    /// Throws unless the chunks are there that a worker says it has written, if it does.
    func check(_ output: TileJob.Output, of tile: PixelRect) throws(WireError) {
        guard let receipts = output.maps[kind]?.written else { return }
        try destination(of: tile).check(receipts, in: folder, planeCount: planeCount, isRead: isTakenOver)
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
