internal import Formats
internal import Imaging
internal import Jobs
internal import Objects

/// What an extraction has found.
package struct ObjectCounts: Codable, Hashable, Sendable {
    /// Objects that were written.
    package var objects = 0
    /// Objects below the least area, which were not.
    package var small = 0
    /// Objects that were to be split and are too large for it.
    package var unsplit = 0
    /// Objects whose outline has too many corners to be written.
    package var unoutlined = 0
    /// Pixels of the objects that were written.
    package var pixels = 0
}

/// The objects of an image while its tiles come in: joins them, brings them into their order, and writes them.
actor ObjectAssembly {
    private let plan: ObjectPlan
    private let areaMin: Int
    private let drawing: OutlineDrawing
    private let writers: [any ObjectWriter]
    private let gate: RowGate
    private let store: ObjectStore
    private let instances: InstanceNumbers?
    private var merger: ObjectMerger
    private var order = ObjectOrder()
    /// Tiles that came before their turn.
    private var waiting: [Int: ObjectMerger.Part] = [:]
    private var nextTile = 0
    private var partCount = 0
    private(set) var counts = ObjectCounts()

    /// Corners of the largest outline that is written.
    static let cornersMax = 2_000_000
    /// Points of hulls that are gathered before they become one hull.
    private static let hullPointsMax = 1 << 16

    init(
        plan: ObjectPlan, areaMin: Int, drawing: OutlineDrawing, writers: sending [any ObjectWriter],
        instances: sending InstanceNumbers?,
        gate: RowGate, scratch: String
    ) throws {
        (self.plan, self.areaMin, self.drawing, self.writers) = (plan, areaMin, drawing, writers)
        (self.instances, self.gate) = (instances, gate)
        store = try ObjectStore(in: scratch)
        merger = ObjectMerger(imageWidth: plan.info.width, imageHeight: plan.info.height, plan.rules.connectivity)
    }

    /// Takes a tile, in any order.
    func add(_ found: FoundTile) throws {
        let (core, objects) = (found.tile.core, found.objects)
        let places = try store.keep(objects.details, first: partCount, x: core.x, y: core.y)
        try instances?.keep(objects.runs, ofTile: found.tile.index, first: partCount, count: places.count)
        partCount += places.count
        waiting[found.tile.index] = ObjectMerger.Part(
            core: core, entries: zip(objects.sums, places).map { ObjectMerger.Entry(sums: $0, token: $1) }, top: objects.top,
            bottom: objects.bottom, left: objects.left, right: objects.right)
        while let part = waiting.removeValue(forKey: nextTile) {
            try join(part)
            nextTile += 1
        }
    }

    private func join(_ part: ObjectMerger.Part) throws {
        let (complete, links) = merger.add(part)
        for link in links { try store.link(link.from, to: link.to) }
        for entry in complete { try close(entry) }
        guard nextTile % plan.grid.columns == plan.grid.columns - 1 else { return }
        for entry in merger.endRow() { try close(entry) }
        // What is to come begins in the next row of tiles, or has begun already.
        let bound = min(part.core.endY * plan.info.width, merger.firstOpen ?? .max)
        while let place = order.next(before: bound) { try write(place) }
        gate.open(upTo: nextTile / plan.grid.columns + 1)
    }

    private func close(_ entry: ObjectMerger.Entry) throws {
        guard entry.sums.area >= areaMin else {
            counts.small += 1
            return
        }
        order.add(first: entry.sums.first, token: try store.keep(entry.sums, head: entry.head))
    }

    private func write(_ place: Int) throws {
        let (sums, head) = try store.sums(at: place)
        counts.objects += 1
        counts.pixels += sums.area
        let reach = ObjectRules.reach
        if plan.rules.splitDepth != nil, sums.endX - sums.minX > reach || sums.endY - sums.minY > reach { counts.unsplit += 1 }
        var (hull, chains, corners) = ([HullPoint](), [OutlineChain](), 0)
        var next = head
        while next >= 0 {
            let part = try store.part(at: next)
            let detail = try FragmentDetail.unpack(part.detail, x: part.x, y: part.y)
            hull += detail.hull
            if hull.count > Self.hullPointsMax { hull = ConvexHull.vertices(ofUnsorted: hull) }
            corners += detail.chains.reduce(0) { $0 + $1.steps.count }
            if corners <= Self.cornersMax { chains += detail.chains } else { chains = [] }
            try instances?.set(counts.objects, ofPart: part.number)
            next = part.next
        }
        guard !writers.isEmpty else { return }
        let outline = corners <= Self.cornersMax ? try ObjectOutline(joining: chains) : nil
        if outline == nil { counts.unoutlined += 1 }
        let object = MeasuredObject(
            number: counts.objects, label: Int(sums.value.label),
            box: PixelRect(x: sums.minX, y: sums.minY, width: sums.endX - sums.minX, height: sums.endY - sums.minY),
            shape: ObjectShape(sums, hullArea: ConvexHull.area(of: hull)), outline: outline,
            drawn: outline.map(drawing.polygons) ?? [], values: sums.values)
        for writer in writers { try writer.write(object) }
    }

    /// Completes and publishes all outputs.
    func finish() throws {
        precondition(nextTile == plan.grid.count, "\(nextTile) of \(plan.grid.count) tiles")
        try instances?.paint(plan.grid, partCount: partCount)
        for writer in writers { try writer.seal() }
        try instances?.seal()
        for writer in writers { try writer.publish() }
        try instances?.publish()
    }
}
