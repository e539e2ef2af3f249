internal import Imaging

extension ZarrArray {
    /// How many of an array's chunks are there; of an array in shards, how many shards.
    struct Presence: Equatable {
        let found: Int
        let total: Int
    }

    /// The chunks that are counted at most.
    static let countedMax = 1 << 18

    /// Counts the chunks, or shards, that the store holds; nil if it cannot tell, or if they are more than `countedMax`.
    ///
    /// - Throws: `ImageError`, as `checkPresence`.
    /// - Complexity: O(values in the store), up to the limit.
    func presence() throws(ImageError) -> Presence? {
        let total = totalCount
        guard let found = try count(upTo: total <= Self.countedMax ? .max : 1) else { return nil }
        if found == 0 { throw nothing }
        return total <= Self.countedMax ? Presence(found: min(found, total), total: total) : nil
    }

    /// Throws if the store holds no chunk of the array at all, which is no image but a copy that stopped.
    ///
    /// - Throws: `ImageError.corrupt`; `io` of the store.
    /// - Complexity: O(1) where there are chunks.
    func checkPresence() throws(ImageError) {
        if try count(upTo: 1) == 0 { throw nothing }
    }

    private var nothing: ImageError {
        .corrupt(
            path: store.name(of: key),
            reason: "expected \(totalCount) \(metadata.valuesName), found none of them; was the copy complete?")
    }

    private var totalCount: Int {
        metadata.valueGrid.reduce(1) { total, length in
            let (product, overflow) = total.multipliedReportingOverflow(by: length)
            return overflow ? .max : product
        }
    }

    /// Chunks that are there, up to a number; nil if the store cannot tell.
    private func count(upTo limit: Int) throws(ImageError) -> Int? {
        let (grid, keys) = (metadata.valueGrid, metadata.chunkKeys)
        // Other files may lie among the chunks, but not without end.
        let visitedMax = 4 * Self.countedMax
        var (found, visited) = (0, 0)
        let isListed = try store.list(below: key) { parts, isFolder in
            visited += 1
            if isFolder { return keys.mayHoldKeys(parts, dimensions: grid.count) ? .enter : .pass }
            if keys.isKey(parts, in: grid) { found += 1 }
            return found >= limit || visited > visitedMax ? .stop : .pass
        }
        return isListed && (found >= limit || visited <= visitedMax) ? found : nil
    }
}

extension ArrayMetadata {
    /// What the values of the store are called that hold the elements.
    var valuesName: String { shards == nil ? "chunks" : "shards" }
}
