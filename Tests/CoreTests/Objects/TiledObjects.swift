@testable import Imaging
@testable import Objects

/// The objects of a label map, found tile by tile and joined as the coordinator does it.
struct TiledObjects {
    struct Found: Equatable {
        let sums: ObjectSums
        let shape: ObjectShape
        let outline: ObjectOutline
    }

    /// In the order of their first pixels.
    private(set) var objects: [Found] = []

    init(_ labels: PixelBuffer, tileSide: Int, _ rules: ObjectRules, image: PixelBuffer? = nil) throws {
        let grid = TileGrid(
            imageWidth: labels.width, imageHeight: labels.height, tileSide: tileSide, haloPixels: rules.haloPixels)
        var merger = ObjectMerger(imageWidth: labels.width, imageHeight: labels.height, rules.connectivity)
        var parts: [(hull: [HullPoint], chains: [OutlineChain])] = []
        var next: [Int: Int] = [:]
        var order = ObjectOrder()
        var closed: [ObjectMerger.Entry] = []
        for index in 0..<grid.count {
            let tile = grid.tile(row: index / grid.columns, column: index % grid.columns)
            let window = try CellWindow(
                labels.cropped(to: tile.window), at: tile.window, ofImage: labels.width, labels.height, rules)
            let found = TileObjects(window, core: tile.core, rules)
            let (hulls, outlines) = (found.hulls(), found.outlines(marksJunctions: true))
            let values = image.map { found.values(in: $0.cropped(to: tile.core)) }
            var entries: [ObjectMerger.Entry] = []
            for (place, sums) in found.sums.enumerated() {
                var bytes: [UInt8] = []
                FragmentDetail.pack(hull: hulls[place], outlines[place], x: tile.core.x, y: tile.core.y, into: &bytes)
                let whole = ObjectSums(
                    sums, x: tile.core.x, y: tile.core.y, imageWidth: labels.width, values: values?[place] ?? [])
                entries.append(ObjectMerger.Entry(sums: whole, token: parts.count))
                parts.append(try FragmentDetail.unpack(bytes, x: tile.core.x, y: tile.core.y))
            }
            let borders = found.borders
            let (complete, links) = merger.add(
                ObjectMerger.Part(
                    core: tile.core, entries: entries, top: borders.top, bottom: borders.bottom, left: borders.left,
                    right: borders.right))
            for link in links { next[link.from] = link.to }
            let isLast = index % grid.columns == grid.columns - 1
            for entry in complete + (isLast ? merger.endRow() : []) {
                order.add(first: entry.sums.first, token: closed.count)
                closed.append(entry)
            }
            guard isLast else { continue }
            while let token = order.next(before: min(tile.core.endY * labels.width, merger.firstOpen ?? .max)) {
                try add(closed[token], parts, next)
            }
        }
    }

    private mutating func add(
        _ entry: ObjectMerger.Entry, _ parts: [(hull: [HullPoint], chains: [OutlineChain])], _ next: [Int: Int]
    ) throws {
        var (hull, chains) = ([HullPoint](), [OutlineChain]())
        var part: Int? = entry.head
        while let place = part {
            hull += parts[place].hull
            chains += parts[place].chains
            part = next[place]
        }
        objects.append(
            Found(
                sums: entry.sums, shape: ObjectShape(entry.sums, hullArea: ConvexHull.area(of: hull)),
                outline: try ObjectOutline(joining: chains)))
    }
}
