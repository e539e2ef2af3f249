import Testing

@testable import Coordinator

struct OpenRowsTests {
    @Test func `a row counts once it and all before it are complete`() {
        var rows = OpenRows(columns: 3)
        for (tile, first) in [(4, 0), (0, 0), (5, 0), (3, 0), (1, 0), (2, 2), (8, 2), (7, 2), (6, 3)] {
            rows.add(tile: tile)
            #expect(rows.first == first, "after tile \(tile)")
        }
    }
}
