internal import Imaging
package import Jobs
package import Protocol

/// Where the maps of one image go. There are labels always.
package typealias MapOutputs = [MapKind: String]

extension MapOutputs {
    /// All names in one line: the same for the same outputs.
    package var request: String {
        MapKind.allCases.map { self[$0] ?? "" }.map { "\($0.utf8.count):\($0)" }.joined(separator: " ")
    }

    /// Whether workers may write some of the maps themselves. A blend is made of the labels, which are then needed here.
    package var mayBeShared: Bool {
        !keys.contains { $0.content.elements.isEmpty } && values.contains { MapFormat(ofPath: $0) == .zarr }
    }

    /// The element in which workers are asked for each map that they make.
    package var elements: [MapKind: WireElement] {
        var elements: [MapKind: WireElement] = [:]
        for (kind, path) in self { elements[kind] = MapFormat(ofPath: path).element(of: kind.content) }
        return elements
    }
}

/// All outputs of one image, written tile by tile; nothing appears under its name before everything is complete.
final class SegmentationOutputs {
    private let writers: [any TileWriter]
    /// Maps that are made of the classes once all are there, because classes depend on others far away; empty if they do not.
    private let lateWriters: [any TileWriter]
    private let cleanup: LabelCleanup?

    /// Creates the temporary files.
    ///
    /// - Parameters:
    ///   - key: as of `PendingFolder`; nil for a run that is not kept.
    ///   - metadata: where the image's pixels lie.
    ///   - stack: the planes; nil for a single one.
    ///   - cleanup: what is done with the classes of the whole image; nil for nothing.
    init(
        paths: MapOutputs, key: String? = nil, width: Int, height: Int, classes: [SegmentationClass],
        metadata: ImageMetadata = .none, stack: StackShape? = nil, cleanup: LabelCleanup? = nil
    ) throws {
        var (writers, lateWriters): ([any TileWriter], [any TileWriter]) = ([], [])
        for kind in MapKind.publicationOrder {
            guard let path = paths[kind] else { continue }
            let writer = try MapFormat(ofPath: path).writer(
                of: MapTarget(
                    kind: kind, path: path, key: key, width: width, height: height, classes: classes, metadata: metadata,
                    stack: stack))
            if cleanup != nil, !kind.content.isShares { lateWriters.append(writer) } else { writers.append(writer) }
        }
        (self.writers, self.lateWriters, self.cleanup) = (writers, lateWriters, cleanup)
    }

    func write(_ tile: borrowing SegmentedTile) throws {
        for writer in writers { try writer.write(tile) }
        try cleanup?.add(tile)
    }

    /// The maps whose tiles of this side workers may write themselves.
    func offers(tileSide: Int) throws -> [SharedMap] { try writers.compactMap { try $0.offer(tileSide: tileSide) } }

    /// Gives every file its name, and returns the names.
    func finish() throws -> [String] {
        try cleanup?.forEachTile { tile in
            for writer in lateWriters { try writer.write(tile) }
        }
        // The labels come last.
        let all = writers + lateWriters
        for writer in all { try writer.seal() }
        for writer in all { try writer.publish() }
        return all.flatMap(\.paths)
    }
}
