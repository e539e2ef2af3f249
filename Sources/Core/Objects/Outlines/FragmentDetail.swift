/// The hull and the outline of a part of an object, packed: small numbers of seven bits a byte.
///
/// Coordinates count from the tile's first pixel. A step is length · 8 + direction · 2 + 1 if it ends at a junction.
package enum FragmentDetail {
    package static func pack(hull: [HullPoint], _ chains: [OutlineChain], x: Int, y: Int, into bytes: inout [UInt8]) {
        put(hull.count, into: &bytes)
        for point in hull {
            put(point.x - x, into: &bytes)
            put(point.y - y, into: &bytes)
        }
        put(chains.count, into: &bytes)
        for chain in chains {
            put(chain.x - x, into: &bytes)
            put(chain.y - y, into: &bytes)
            put(chain.steps.count * 8 + (chain.exit.map { Int($0.rawValue) * 2 + 1 } ?? 0), into: &bytes)
            for step in chain.steps {
                put(step.length * 8 + Int(step.direction.rawValue) * 2 + (step.endsAtJunction ? 1 : 0), into: &bytes)
            }
        }
    }

    /// - Parameters:
    ///   - x: of the tile's first pixel in the image, as `y`.
    ///   - side: the largest coordinate in the tile.
    /// - Throws: `ObjectError` for bytes that `pack` has not made.
    package static func unpack(
        _ bytes: some Collection<UInt8>, x: Int, y: Int, side: Int = 1 << 13
    ) throws(ObjectError) -> (hull: [HullPoint], chains: [OutlineChain]) {
        var reader = Reader(bytes: Array(bytes))
        var hull: [HullPoint] = []
        for _ in 0..<(try reader.number(below: 1 << 20)) {
            let (column, row) = (try reader.number(below: side + 1), try reader.number(below: side + 1))
            hull.append(HullPoint(x: x + column, y: y + row))
        }
        var chains: [OutlineChain] = []
        for _ in 0..<(try reader.number(below: 1 << 30)) {
            let (column, row) = (try reader.number(below: side + 1), try reader.number(below: side + 1))
            let head = try reader.number(below: 1 << 34)
            var chain = OutlineChain(x: x + column, y: y + row)
            if head & 1 == 1 { chain.exit = OutlineDirection(rawValue: UInt8(head >> 1 & 3)) }
            var (endX, endY) = (column, row)
            for _ in 0..<(head >> 3) {
                let step = try reader.number(below: 8 * (side + 1))
                guard let direction = OutlineDirection(rawValue: UInt8(step >> 1 & 3)), step >> 3 > 0 else {
                    throw ObjectError("outline: expected steps of a pixel or more, found \(step)")
                }
                (endX, endY) = (endX + direction.dx * (step >> 3), endY + direction.dy * (step >> 3))
                guard (0...side).contains(endX), (0...side).contains(endY) else {
                    throw ObjectError("outline: expected steps inside the tile, found one to \(endX), \(endY)")
                }
                chain.steps.append(OutlineChain.Step(direction: direction, length: step >> 3, endsAtJunction: step & 1 == 1))
            }
            guard !chain.steps.isEmpty, chain.exit != nil || (endX, endY) == (column, row) else {
                throw ObjectError("outline: expected a way that is closed or goes on, found one that ends")
            }
            chains.append(chain)
        }
        guard reader.isAtEnd else { throw ObjectError("outline: expected its end, found more bytes") }
        return (hull, chains)
    }

    private static func put(_ number: Int, into bytes: inout [UInt8]) {
        var rest = UInt(bitPattern: number)
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { place == bytes.count }

        mutating func number(below limit: Int) throws(ObjectError) -> Int {
            var (value, shift) = (0, 0)
            while place < bytes.count, shift < 49 {
                let byte = Int(bytes[place])
                place += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 {
                    guard value < limit else { throw ObjectError("outline: expected a number below \(limit), found \(value)") }
                    return value
                }
            }
            throw ObjectError("outline: expected more bytes, found its end")
        }
    }
}
