/// How the keys of an array's chunks follow from their positions.
struct ChunkKeys: Equatable, Sendable {
    /// Whether keys start with `c` (version 3).
    let hasPrefix: Bool
    /// Whether the numbers are folders; otherwise dots separate them.
    let isNested: Bool

    /// The key of the chunk at `position`, below the array's own.
    ///
    /// - Precondition: all numbers ≥ 0, and at least one.
    func key(_ array: StoreKey, _ position: [Int]) -> StoreKey {
        precondition(!position.isEmpty && position.allSatisfy { $0 >= 0 }, "chunk \(position)")
        let parts = (hasPrefix ? ["c"] : []) + position.map(String.init)
        if isNested { return parts.reduce(array) { $0.appending($1) } }
        return array.appending(parts.joined(separator: "."))
    }
}
