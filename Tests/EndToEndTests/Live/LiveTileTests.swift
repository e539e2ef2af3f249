@testable import Annotations
@testable import Forest
@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Synchronization
import Testing

@testable import Coordinator

/// The tiles that somebody sees while they paint.
@Suite(.timeLimit(.minutes(5))) struct LiveTileTests {
    private let scene: LiveScene

    init() throws { scene = try LiveScene() }

    /// Every second pixel each way of a map: what most of two by two pixels are, of two that are as many the lower.
    private func halved(_ map: [UInt16], side: Int) -> [UInt8] {
        (0..<side / 2 * (side / 2)).map { place in
            let (x, y) = (place % (side / 2) * 2, place / (side / 2) * 2)
            let four = [map[y * side + x], map[y * side + x + 1], map[(y + 1) * side + x], map[(y + 1) * side + x + 1]]
            let counts = four.map { one in (one, four.count { $0 == one }) }
            return UInt8(counts.min { ($1.1, $0.0) < ($0.1, $1.0) }?.0 ?? 0)
        }
    }

    @Test func `the overlay of few strokes is that of the command line, byte for byte`() async throws {
        let labels = try scene.labels(scene.shapes(6, width: 2), sequence: 6)
        let events = try await scene.events(of: [labels], scene.wholeView) { events in
            LiveScene.completions(events).contains { $0.share == 1 }
        }
        let whole = try await scene.commandLineLabels(labels)
        let exact = events.compactMap { event -> LiveTile? in
            if case .tile(let tile, _) = event, tile.exactness == .exact { tile } else { nil }
        }
        #expect(exact.count == 9)
        #expect(exact[0].column == 2 && exact[0].row == 0, "the tile nearest to the focus comes first")
        for tile in exact {
            let expected = (0..<tile.height).flatMap { row in
                let first = (tile.row * 256 + row) * 600 + tile.column * 256
                return whole[first..<first + tile.width].map { UInt8($0) }
            }
            #expect(tile.maps[.labels] == expected, "column \(tile.column), row \(tile.row)")
        }
    }

    @Test func `a far view gets tiles of a smaller picture, marked as a preview`() async throws {
        let labels = try scene.labels(scene.shapes(9, width: 6), sequence: 9)
        let events = try await scene.events(of: [labels], scene.farView) { events in
            !LiveScene.completions(events).isEmpty
        }
        let tiles = events.compactMap { event -> LiveTile? in if case .tile(let tile, _) = event { tile } else { nil } }
        #expect(tiles.allSatisfy { $0.exactness == .preview && $0.level == 1 })
        #expect(Set(tiles.map { [$0.column, $0.row] }) == [[0, 0], [1, 0], [0, 1], [1, 1]])
        let shown = Set(tiles.flatMap { $0.maps[.labels] ?? [] })
        #expect(shown.isSubset(of: [1, 2, 3]) && shown.count > 1)
    }

    @Test func `at rest exact tiles take the place of previews, reduced from those of the command line`() async throws {
        let all = scene.shapes(9, width: 6)
        let steps = try [3, 6, 9].map { try scene.labels(Array(all.prefix($0)), sequence: $0) }
        let events = try await scene.events(of: steps, scene.farView) { events in
            LiveScene.completions(events).contains { $0.share == 1 }
        }
        let whole = try await scene.commandLineLabels(steps[2])
        let reduced = halved(whole, side: 600)
        var shown: LiveState.Model?
        var share = -1.0
        var exact: [LiveTile] = []
        for event in events {
            switch event {
            case .state(let state): shown = state.model
            case .viewComplete(_, _, _, _, _, let newShare): share = newShare
            case .tile(let tile, _) where tile.exactness == .exact:
                #expect(tile.level == 1 && share == 0, "previews come first")
                #expect(shown?.isExact == true && shown?.revision == tile.revision && shown?.labelSequence == 9)
                exact.append(tile)
            case .tile, .report, .score, .trouble: break
            }
        }
        #expect(Set(exact.map { [$0.column, $0.row] }).count == 4 && exact.count == 4)
        #expect(exact.first.map { [$0.column, $0.row] } == [1, 0], "the tile nearest to the focus comes first")
        for tile in exact {
            let expected = (0..<tile.height).flatMap { row in
                let first = (tile.row * 256 + row) * 300 + tile.column * 256
                return Array(reduced[first..<first + tile.width])
            }
            #expect(tile.maps[.labels] == expected, "column \(tile.column), row \(tile.row)")
        }
    }

    @Test func `a far view of an earlier model is what its preview was`() async throws {
        let far = scene.farView
        let labels = try scene.labels(scene.shapes(6, width: 4), sequence: 6)
        let events = try await scene.events(of: [labels], far) { events in
            guard case .state(let state)? = events.last(where: { if case .state = $0 { true } else { false } }) else {
                return false
            }
            return state.model?.trees == 30 && LiveScene.completions(events).contains { $0.revision == state.model?.revision }
        }
        var previews: [[Int]: [UInt8]] = [:]
        for case .tile(let tile, _) in events where tile.exactness == .preview {
            previews[[tile.column, tile.row]] = tile.maps[.labels]
        }
        let earlier = EarlierPreviews(NoLevels())
        let found = Lock<[LiveTile]>([])
        let trainings = Lock(0)
        try await scene.withWorkers { pool, folders in
            for _ in 0..<2 {
                let count = try? await earlier.show(
                    far, ofModel: 41, on: pool, sharing: folders,
                    labels: {
                        trainings.withLock { $0 += 1 }
                        return labels
                    }, deliver: { tile in found.withLock { $0.append(tile) } })
                #expect(count == 4)
            }
        }
        let tiles = found.withLock { $0 }
        #expect(tiles.count == 8 && tiles.allSatisfy { $0.exactness == .preview && $0.level == 1 && $0.revision == 41 })
        for tile in tiles { #expect(tile.maps[.labels] == previews[[tile.column, tile.row]], "\(tile.column), \(tile.row)") }
        #expect(trainings.withLock { $0 } == 1, "who moves the view does not train again")
    }
}
