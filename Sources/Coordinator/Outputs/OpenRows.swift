/// Which rows of tiles are complete, while tiles come in any order.
struct OpenRows {
    private let columns: Int
    /// By row: tiles that came, of rows that are begun and not complete, or complete before an earlier one.
    private var counts: [Int: Int] = [:]
    /// The first row that is not complete.
    private(set) var first = 0

    /// - Parameter columns: tiles of a row.
    init(columns: Int) { self.columns = columns }

    /// Notes a tile.
    ///
    /// - Precondition: each tile is noted once.
    mutating func add(tile index: Int) {
        let row = index / columns
        counts[row, default: 0] += 1
        precondition(row >= first && counts[row, default: 0] <= columns, "tile \(index) was given twice")
        while counts[first] == columns {
            counts[first] = nil
            first += 1
        }
    }
}
