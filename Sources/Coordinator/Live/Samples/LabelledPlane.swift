internal import Annotations
internal import Imaging

/// The labelled pixels of a plane, kept from one training to the next: only tiles that a new, changed or removed shape touches are drawn
/// again.
final class LabelledPlane {
    /// A tile of the plane.
    struct Place: Hashable, Comparable {
        let row: Int
        let column: Int

        static func < (left: Place, right: Place) -> Bool { (left.row, left.column) < (right.row, right.column) }
    }

    /// Columns in the resolution that is labelled.
    let width: Int
    /// Rows.
    let height: Int
    private let scale: AnnotationScale
    private let key: (_ position: Int) -> UInt64
    /// Takes labels away that nobody can learn from.
    private let filter: (inout LabelMap, PixelRect) throws -> Void
    private var shapes: [(shape: LiveShape, reach: PixelRect?)] = []
    private(set) var tiles: [Place: LabelledTile] = [:]
    /// Pixels of larger keys are held only where their class has few.
    private(set) var keyMax = UInt64.max

    /// - Parameters:
    ///   - key: of a pixel, by its row-major position.
    ///   - filter: gets the labels of a rectangle.
    init(
        width: Int, height: Int, scale: AnnotationScale, key: @escaping (_ position: Int) -> UInt64,
        filter: @escaping (inout LabelMap, PixelRect) throws -> Void
    ) {
        (self.width, self.height, self.scale, self.key, self.filter) = (width, height, scale, key, filter)
    }

    /// Takes the shapes of now.
    ///
    /// - Throws: for a shape whose numbers are beyond the limits; `ImageError` of the filter.
    func update(to shapes: [LiveShape]) throws {
        let known = Dictionary(self.shapes.map { ($0.shape.id, $0.reach) }) { first, _ in first }
        let now = Set(shapes.map(\.id))
        var dirty: Set<Place> = []
        for (shape, reach) in self.shapes where !now.contains(shape.id) { insert(reach, into: &dirty) }
        var drawn: [(shape: LiveShape, reach: PixelRect?)] = []
        drawn.reserveCapacity(shapes.count)
        for shape in shapes {
            if let reach = known[shape.id] {
                drawn.append((shape, reach))
            } else {
                let reach = try AnnotationLabels.reach(of: shape.annotation, width: width, height: height, scale: scale)
                drawn.append((shape, reach))
                insert(reach, into: &dirty)
            }
        }
        self.shapes = drawn
        try draw(dirty)
    }

    /// Holds only pixels of keys up to `keyMax`, and those that are always held.
    func hold(keysUpTo keyMax: UInt64) throws {
        guard keyMax != self.keyMax else { return }
        self.keyMax = keyMax
        try draw(Set(tiles.keys))
    }

    private func rect(_ place: Place) -> PixelRect {
        let side = LabelledTile.side
        let (x, y) = (place.column * side, place.row * side)
        return PixelRect(x: x, y: y, width: min(side, width - x), height: min(side, height - y))
    }

    private func insert(_ reach: PixelRect?, into places: inout Set<Place>) {
        guard let reach else { return }
        let side = LabelledTile.side
        for row in reach.y / side...(reach.endY - 1) / side {
            for column in reach.x / side...(reach.endX - 1) / side { places.insert(Place(row: row, column: column)) }
        }
    }

    private func draw(_ places: Set<Place>) throws {
        guard !places.isEmpty else { return }
        // What a shape labels depends on the shape alone, so those elsewhere need not be there.
        var touching: Set<Place> = []
        let own = shapes.filter { _, reach in
            touching.removeAll(keepingCapacity: true)
            insert(reach, into: &touching)
            return touching.count < places.count ? touching.contains(where: places.contains) : !touching.isDisjoint(with: places)
        }
        let document = AnnotationDocument(annotations: own.map(\.shape.annotation))
        let labels = try AnnotationLabels(document, width: width, height: height, scale: scale)
        for place in places {
            let rect = rect(place)
            var map = labels.labels(in: rect)
            try filter(&map, rect)
            let tile = LabelledTile(map, keyMax: keyMax) { inTile in
                key((rect.y + inTile / rect.width) * width + rect.x + inTile % rect.width)
            }
            tiles[place] = tile.isEmpty ? nil : tile
        }
    }

    /// The row-major position of a pixel of a tile.
    func position(_ place: UInt32, in tile: Place) -> Int {
        let rect = rect(tile)
        return (rect.y + Int(place) / rect.width) * width + rect.x + Int(place) % rect.width
    }

    /// The cells in which pixels are labelled that are held: of large keys only some are.
    ///
    /// - Complexity: O(pixels held).
    func spots(of level: Int) -> Set<DoubtfulPlaces.Spot> {
        let side = DoubtfulPlaces.side
        var spots: Set<DoubtfulPlaces.Spot> = []
        for (place, tile) in tiles {
            for pixels in tile.pixels.values {
                for inTile in pixels.places {
                    let position = position(inTile, in: place)
                    spots.insert(.init(level: level, column: position % width / side, row: position / width / side))
                }
            }
        }
        return spots
    }

    /// The rectangle of a tile.
    func core(of tile: Place) -> PixelRect { rect(tile) }
}
