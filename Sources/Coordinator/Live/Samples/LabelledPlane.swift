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

    /// Stands for what an eraser covers, while it is painted over what is there.
    private static let erased = UInt16.max

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
    /// - Complexity: a comparison of the names of the shapes that were there. Shapes that come on top cost the tiles that they touch, whatever
    ///   lies there; where a shape goes, these are drawn again from all that touch them.
    /// - Throws: for a shape whose numbers are beyond the limits; `ImageError` of the filter.
    func update(to shapes: [LiveShape]) throws {
        // Most come on top: what lies below stays as it is.
        var same = 0
        while same < min(self.shapes.count, shapes.count), self.shapes[same].shape.id == shapes[same].id { same += 1 }
        let former = self.shapes[same...]
        let known = Dictionary(former.map { ($0.shape.id, $0.reach) }) { first, _ in first }
        let now = Set(shapes[same...].map(\.id))
        var dirty: Set<Place> = []
        for (shape, reach) in former where !now.contains(shape.id) { insert(reach, into: &dirty) }
        var drawn: [(shape: LiveShape, reach: PixelRect?)] = []
        for shape in shapes[same...] {
            if let reach = known[shape.id] {
                drawn.append((shape, reach))
            } else {
                let reach = try AnnotationLabels.reach(of: shape.annotation, width: width, height: height, scale: scale)
                drawn.append((shape, reach))
                insert(reach, into: &dirty)
            }
        }
        let isOnTop = former.isEmpty && !drawn.contains { $0.shape.annotation.classNumber == Int(Self.erased) }
        self.shapes.replaceSubrange(same..., with: drawn)
        do {
            if isOnTop { try draw(dirty, from: drawn, overWhatIsThere: true) } else { try draw(dirty) }
        } catch {
            // What is half drawn is drawn anew the next time.
            (self.shapes, tiles) = ([], [:])
            throw error
        }
    }

    /// Holds only pixels of keys up to `keyMax`, and those that are always held.
    func hold(keysUpTo keyMax: UInt64) {
        guard keyMax != self.keyMax else { return }
        self.keyMax = keyMax
        for (place, tile) in tiles {
            let rect = rect(place)
            tiles[place] = self.tile(of: tile.map(width: rect.width, height: rect.height), rect)
        }
    }

    private func rect(_ place: Place) -> PixelRect {
        let side = LabelledTile.side
        let (x, y) = (place.column * side, place.row * side)
        return PixelRect(x: x, y: y, width: min(side, width - x), height: min(side, height - y))
    }

    /// The rows and columns of tiles that a rectangle touches.
    private func span(_ reach: PixelRect) -> (rows: ClosedRange<Int>, columns: ClosedRange<Int>) {
        let side = LabelledTile.side
        return (reach.y / side...(reach.endY - 1) / side, reach.x / side...(reach.endX - 1) / side)
    }

    private func insert(_ reach: PixelRect?, into places: inout Set<Place>) {
        guard let (rows, columns) = reach.map(span) else { return }
        for row in rows { for column in columns { places.insert(Place(row: row, column: column)) } }
    }

    private func touches(_ reach: PixelRect?, _ places: Set<Place>) -> Bool {
        guard let (rows, columns) = reach.map(span) else { return false }
        if rows.count * columns.count < places.count {
            return rows.contains { row in columns.contains { places.contains(Place(row: row, column: $0)) } }
        }
        return places.contains { rows.contains($0.row) && columns.contains($0.column) }
    }

    private func draw(_ places: Set<Place>) throws {
        // What a shape labels depends on the shape alone, so those elsewhere need not be there.
        try draw(places, from: shapes.filter { touches($0.reach, places) }, overWhatIsThere: false)
    }

    private func draw(
        _ places: Set<Place>, from shapes: [(shape: LiveShape, reach: PixelRect?)], overWhatIsThere isOver: Bool
    ) throws {
        guard !places.isEmpty else { return }
        let annotations = shapes.map { shape, _ in
            let annotation = shape.annotation
            return isOver && annotation.isEraser ? Annotation(annotation.shape, classNumber: Int(Self.erased)) : annotation
        }
        let document = AnnotationDocument(annotations: annotations)
        let labels = try AnnotationLabels(document, width: width, height: height, scale: scale)
        for place in places {
            let rect = rect(place)
            var map = labels.labels(in: rect)
            if isOver {
                let below = tiles[place]?.map(width: rect.width, height: rect.height)
                for index in map.labels.indices {
                    switch map.labels[index] {
                    case 0: if let below { map.labels[index] = below.labels[index] }
                    case Self.erased: map.labels[index] = 0
                    default: break
                    }
                }
            }
            try filter(&map, rect)
            let tile = tile(of: map, rect)
            tiles[place] = tile.isEmpty ? nil : tile
        }
    }

    private func tile(of map: LabelMap, _ rect: PixelRect) -> LabelledTile {
        LabelledTile(map, keyMax: keyMax) { inTile in
            key((rect.y + inTile / rect.width) * width + rect.x + inTile % rect.width)
        }
    }

    /// The row-major position of a pixel of a tile.
    func position(_ place: UInt32, in tile: Place) -> Int {
        let rect = rect(tile)
        return (rect.y + Int(place) / rect.width) * width + rect.x + Int(place) % rect.width
    }

    /// The row-major positions of the pixels that a shape labels which is not among those of the plane, ascending.
    ///
    /// - Parameter keyMax: pixels of larger keys are left out.
    /// - Returns: none, for a shape that touches more than `drawnTilesMax` tiles.
    /// - Throws: for a shape whose numbers are beyond the limits; `ImageError` of the filter.
    func positions(of annotation: Annotation, keysUpTo keyMax: UInt64) throws -> [Int] {
        let reach = try AnnotationLabels.reach(of: annotation, width: width, height: height, scale: scale)
        guard let (rows, columns) = reach.map(span), rows.count * columns.count <= Self.drawnTilesMax else { return [] }
        let labels = try AnnotationLabels(
            AnnotationDocument(annotations: [annotation]), width: width, height: height, scale: scale)
        var positions: [Int] = []
        for row in rows {
            for column in columns {
                let rect = rect(Place(row: row, column: column))
                var map = labels.labels(in: rect)
                try filter(&map, rect)
                for index in map.labels.indices where map.labels[index] > 0 {
                    let position = (rect.y + index / rect.width) * width + rect.x + index % rect.width
                    if key(position) <= keyMax { positions.append(position) }
                }
            }
        }
        return positions.sorted()
    }

    /// Tiles that a shape touches for which `positions` looks.
    private static let drawnTilesMax = 64

    /// The cells of a resolution of the same picture in which pixels are labelled that are held: of large keys only some are. A pixel
    /// belongs to the cell that its middle lies in.
    ///
    /// - Complexity: O(pixels held).
    func spots(in resolution: DoubtfulPlaces.Resolution) -> Set<DoubtfulPlaces.Spot> {
        let side = DoubtfulPlaces.side
        var spots: Set<DoubtfulPlaces.Spot> = []
        for (place, tile) in tiles {
            for pixels in tile.pixels.values {
                for inTile in pixels.places {
                    let position = position(inTile, in: place)
                    let column = (2 * (position % width) + 1) * resolution.width / (2 * width)
                    let row = (2 * (position / width) + 1) * resolution.height / (2 * height)
                    spots.insert(.init(level: resolution.level, column: column / side, row: row / side))
                }
            }
        }
        return spots
    }

    /// The rectangle of a tile.
    func core(of tile: Place) -> PixelRect { rect(tile) }
}
