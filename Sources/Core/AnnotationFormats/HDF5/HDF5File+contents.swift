internal import Compression
internal import Imaging
internal import Primitives

extension HDF5File {
    /// Bytes of all chunks of a dataset, with what is beyond its sides.
    private static let chunkedBytesMax = 1 << 27
    private static let deflateOverheadMax = 1 << 10

    /// The bytes of all elements of a dataset, row-major.
    ///
    /// - Throws: `ImageError`.
    /// - Complexity: O(bytes of the elements, or of the chunks), whatever the tree of chunks repeats.
    func contents(of dataset: HDF5Dataset, _ place: String) throws(ImageError) -> [UInt8] {
        let byteCount = dataset.shape.count * dataset.type.byteCount
        try spendContent(byteCount)
        switch dataset.layout {
        case .whole(let range?): return Array(bytes[range])
        case .chunks(let sides, let tree?) where byteCount > 0:
            var contents = Self.filled(dataset)
            try readChunks(of: dataset, sides, tree, place, into: &contents)
            return contents
        case .whole(nil), .chunks: return Self.filled(dataset)
        }
    }

    /// As if no element had been written.
    private static func filled(_ dataset: HDF5Dataset) -> [UInt8] {
        let (count, fill) = (dataset.shape.count, dataset.fill)
        if fill.isEmpty { return [UInt8](repeating: 0, count: count * dataset.type.byteCount) }
        return (0..<count).flatMap { _ in fill }
    }

    private func readChunks(
        of dataset: HDF5Dataset, _ chunkSides: [Int], _ tree: Int, _ place: String, into contents: inout [UInt8]
    ) throws(ImageError) {
        let sides = dataset.shape.sides
        var (chunkByteCount, allByteCount) = (dataset.type.byteCount, dataset.type.byteCount)
        for (side, chunkSide) in zip(sides, chunkSides) {
            let (chunk, isTooMuch) = chunkByteCount.multipliedReportingOverflow(by: chunkSide)
            let padded = (side + chunkSide - 1) / chunkSide * chunkSide
            let (all, isMuchTooMuch) = allByteCount.multipliedReportingOverflow(by: padded)
            guard !isTooMuch, !isMuchTooMuch, all <= Self.chunkedBytesMax else {
                throw .unsupported(
                    path: path, reason: "\(label(place)): expected chunks of \(Self.chunkedBytesMax) bytes in all, found more")
            }
            (chunkByteCount, allByteCount) = (chunk, all)
        }
        try spendContent(allByteCount)
        var seen: Set<[Int]> = []
        try forEachLeaf(ofTreeAt: tree, kind: 1, keyByteCount: 16 + 8 * sides.count) { (key, address) throws(ImageError) in
            var key = key
            let (storedByteCount, skipped) = (try key.number(4), try key.number(4))
            var corner: [Int] = []
            for (side, chunkSide) in zip(sides, chunkSides) {
                let start = try key.number(8)
                guard start < side, start % chunkSide == 0 else { throw key.damaged("the corner of a chunk") }
                corner.append(start)
            }
            guard seen.insert(corner).inserted else { throw key.damaged("chunks that differ") }
            // What does not get smaller is stored as it is, or with the little that deflate adds.
            guard storedByteCount <= 2 * chunkByteCount + Self.deflateOverheadMax else {
                throw key.damaged("a chunk of \(chunkByteCount) bytes when unpacked")
            }
            var stored = try cursor(at: address)
            let range = try stored.range(storedByteCount)
            let chunk = try unpacked(range, dataset, skipped: skipped, byteCount: chunkByteCount, place)
            Self.copy(chunk, of: chunkSides, at: corner, into: &contents, of: sides, dataset.type.byteCount)
        }
    }

    /// The bytes of a chunk, with its filters undone.
    ///
    /// - Parameter skipped: a bit for each filter that was not applied.
    private func unpacked(
        _ range: Range<Int>, _ dataset: HDF5Dataset, skipped: Int, byteCount: Int, _ place: String
    ) throws(ImageError) -> [UInt8] {
        var chunk = Array(bytes[range])
        for (index, filter) in dataset.filters.enumerated().reversed() where skipped >> index & 1 == 0 {
            switch filter {
            case .deflate:
                do { chunk = try Zlib.decompress(chunk, expectedByteCount: byteCount) } catch {
                    throw .corruptAnnotations(path, "\(label(place)): \(error)")
                }
            case .shuffle: chunk = Self.unshuffled(chunk, elementByteCount: dataset.type.byteCount)
            }
        }
        guard chunk.count == byteCount else { throw damaged(place, "a chunk of \(byteCount) bytes") }
        return chunk
    }

    /// The bytes of each element together, which were all first bytes, all second bytes and so on; what is no whole element stays at the end.
    private static func unshuffled(_ bytes: [UInt8], elementByteCount: Int) -> [UInt8] {
        let count = bytes.count / elementByteCount
        guard elementByteCount > 1, count > 1 else { return bytes }
        var result = bytes
        for position in 0..<elementByteCount {
            for index in 0..<count { result[index * elementByteCount + position] = bytes[position * count + index] }
        }
        return result
    }

    /// Copies the part of a chunk that lies within the dataset's sides, row by row.
    private static func copy(
        _ chunk: [UInt8], of chunkSides: [Int], at corner: [Int], into contents: inout [UInt8], of sides: [Int],
        _ elementByteCount: Int
    ) {
        let kept = sides.indices.map { min(sides[$0] - corner[$0], chunkSides[$0]) }
        // Inner axes that are whole in both are one row with the axis around them.
        let rowAxis = sides.indices.dropFirst().last { kept[$0] != chunkSides[$0] || kept[$0] != sides[$0] } ?? 0
        let innerCount = sides[(rowAxis + 1)...].reduce(elementByteCount, *)
        let rowByteCount = kept[rowAxis] * innerCount
        contents.withUnsafeMutableBytes { contents in
            chunk.withUnsafeBytes { chunk in
                for row in 0..<kept[..<rowAxis].reduce(1, *) {
                    var (rest, source, target) = (row, 0, corner[rowAxis] * innerCount)
                    var (sourceStep, targetStep) = (chunkSides[rowAxis] * innerCount, sides[rowAxis] * innerCount)
                    for axis in (0..<rowAxis).reversed() {
                        let place = rest % kept[axis]
                        rest /= kept[axis]
                        source += place * sourceStep
                        target += (corner[axis] + place) * targetStep
                        sourceStep *= chunkSides[axis]
                        targetStep *= sides[axis]
                    }
                    contents[target..<target + rowByteCount].copyBytes(from: chunk[source..<source + rowByteCount])
                }
            }
        }
    }
}
