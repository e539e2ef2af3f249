internal import Dispatch
internal import Imaging
internal import Primitives
internal import Synchronization

/// Which units of a plane are made, and which come next.
struct OverviewUnits {
    /// Units in all.
    private let total: Int
    private(set) var missing: Set<TilePlace>
    /// Those that are being made.
    private var claimed: Set<TilePlace> = []
    /// Those that were asked for, the last one last; some may be made by now.
    private var wanted: [TilePlace] = []
    /// In which the others come, the next one last.
    private var order: [TilePlace]
    /// Those that are not on disk.
    private(set) var pinned: [TilePlace: Tile] = [:]
    /// Those that could not be made, and why.
    private(set) var failed: [TilePlace: TileError] = [:]

    /// Units that are asked for and remembered.
    private static let wantedMax = 4096

    init(all: [TilePlace], missing: [TilePlace]) {
        total = all.count
        self.missing = Set(missing)
        order = missing.reversed()
    }

    /// 1 for a plane without units.
    var progress: Double { total == 0 ? 1 : 1 - Double(missing.count) / Double(total) }

    /// Puts units first.
    mutating func want(_ places: [TilePlace]) {
        for place in places where failed[place] == nil && missing.insert(place).inserted {
            // It was made, and dropped from the cache since.
            pinned[place] = nil
            order.append(place)
        }
        if wanted.count > Self.wantedMax { wanted.removeFirst(wanted.count / 2) }
        wanted += places.reversed().suffix(Self.wantedMax)
    }

    /// The unit that is to be made next, for the caller to make; nil if there is none.
    mutating func claim() -> TilePlace? {
        while let next = wanted.popLast() ?? order.popLast() {
            guard missing.contains(next), claimed.insert(next).inserted else { continue }
            return next
        }
        return nil
    }

    /// One of some units, for the caller to make; nil if none of them is missing that nobody makes.
    mutating func claim(outOf places: [TilePlace]) -> TilePlace? {
        guard let next = places.first(where: { missing.contains($0) && !claimed.contains($0) }) else { return nil }
        claimed.insert(next)
        return next
    }

    /// Lets others make a unit.
    mutating func release(_ place: TilePlace) {
        claimed.remove(place)
        order.append(place)
    }

    /// - Parameter tile: if it is not kept on disk.
    mutating func complete(_ place: TilePlace, pinned tile: Tile?) {
        claimed.remove(place)
        missing.remove(place)
        pinned[place] = tile
    }

    /// The unit could not be made. Who asks for what lies above it is told why.
    mutating func fail(_ place: TilePlace, _ error: TileError) {
        claimed.remove(place)
        missing.remove(place)
        failed[place] = error
    }

    /// Why the first of some units that failed could not be made; nil if none has failed. One that could not be read may be tried again.
    mutating func failure(outOf places: [TilePlace]) -> TileError? {
        guard !failed.isEmpty, let place = places.first(where: { failed[$0] != nil }), let error = failed[place] else {
            return nil
        }
        if case .image(let reason) = error, case .io = reason { failed[place] = nil }
        return error
    }
}

/// Makes the units of planes in the background, of the plane first that was asked for last.
final class OverviewBuilds: Sendable {
    private struct State {
        var planes: [TiledPlane] = []
        var running = 0
        var isStopped = false
    }

    private let threads: TileThreads
    private let countMax: Int
    private let report: @Sendable (TiledPlane) -> Void
    private let state = Lock(State())

    /// - Parameters:
    ///   - count: of units that are made at once.
    ///   - report: is told after each unit.
    init(count: Int, report: @escaping @Sendable (TiledPlane) -> Void) {
        threads = TileThreads(count: count, priority: .utility)
        (countMax, self.report) = (count, report)
    }

    /// Makes the units of a plane that are missing.
    func want(_ plane: TiledPlane) {
        let starts = state.withLock { state -> Int in
            guard !state.isStopped else { return 0 }
            state.planes.removeAll { $0 === plane }
            state.planes.append(plane)
            defer { state.running = countMax }
            return countMax - state.running
        }
        for _ in 0..<starts { threads.start { [self] in work() } }
    }

    /// Ends what is being done, after the units at hand.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.planes.removeAll()
        }
    }

    private func work() {
        while true {
            let plane = state.withLock { state -> TiledPlane? in
                if let last = state.planes.last { return last }
                state.running -= 1
                return nil
            }
            guard let plane else { return }
            if plane.makeUnit() {
                report(plane)
            } else {
                state.withLock { state in state.planes.removeAll { $0 === plane } }
            }
        }
    }
}
