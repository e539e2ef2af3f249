internal import Imaging

extension ZarrArray {
    /// How many of an array's chunks are there; of an array in shards, how many shards.
    struct Presence: Equatable {
        let found: Int
        let total: Int
    }

    /// The chunks that are counted at most.
    static let countedMax = 1 << 18

    /// Counts the chunks, or shards, that the store holds; nil if it cannot tell, or if there are some and `countedMax` is too few
    /// to count them all.
    ///
    /// An array may have none at all: a writer leaves out chunks that hold nothing but the fill value.
    ///
    /// - Throws: `ImageError.io` of the store.
    /// - Complexity: O(values in the store), up to the limit.
    func presence() throws(ImageError) -> Presence? {
        let total = totalCount
        let isCounted = total <= Self.countedMax
        guard let found = try count(upTo: isCounted ? .max : 1), isCounted || found == 0 else { return nil }
        return Presence(found: min(found, total), total: total)
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
