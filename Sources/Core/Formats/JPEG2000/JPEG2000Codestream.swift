internal import Imaging

/// What the markers of a JPEG 2000 codestream say (ISO/IEC 15444-1, annex A), read before anything is decoded.
///
/// The image lies on a reference grid, which is cut into tiles; a component has a sample at every `stepX`-th column and `stepY`-th row.
struct JPEG2000Codestream {
    struct Component: Equatable {
        /// Bits of a value, 1…31.
        var bits: Int
        var isSigned: Bool
        /// Columns and rows of the reference grid from one sample to the next, 1…255.
        var stepX: Int
        var stepY: Int
    }

    /// Where in its bytes the codestream begins.
    let offset: Int
    /// Bytes up to the end of the last tile, without the mark of the end, which some programs leave out.
    let byteCount: Int
    /// The image on the reference grid: its size in pixels is that of the part of the grid.
    let image: PixelRect
    let tileWidth: Int
    let tileHeight: Int
    let tileCount: Int
    /// At least one.
    let components: [Component]
    /// Whether decoding turns the first three components into red, green and blue.
    let transformsColours: Bool
    /// Whether values come out as they went in.
    let isExact: Bool

    /// Reads all markers up to the codestream's end.
    ///
    /// - Throws: `ImageError` for what is no codestream or is cut off, and for one whose tables would take too much memory.
    /// - Complexity: O(parts of tiles).
    init(_ source: JPEG2000Source, at offset: Int) throws(ImageError) {
        guard try source.number(4, at: offset) == 0xFF4F_FF51 else {
            throw source.unsupported("expected a JPEG 2000 codestream, found other data")
        }
        var grid: [Int] = []
        for index in 0..<8 { grid.append(try source.number(4, at: offset + 8 + 4 * index)) }
        let (endX, endY, x, y) = (grid[0], grid[1], grid[2], grid[3])
        let (tileWidth, tileHeight, tileX, tileY) = (grid[4], grid[5], grid[6], grid[7])
        guard x < endX, y < endY, endX <= Int(Int32.max), endY <= Int(Int32.max) else {
            throw source.corrupt("expected pixels, found columns \(x)..<\(endX) and rows \(y)..<\(endY)")
        }
        guard tileX <= x, tileY <= y, tileX + tileWidth > x, tileY + tileHeight > y else {
            throw source.corrupt(
                "expected tiles from its first pixel on, found \(tileWidth)×\(tileHeight) from (\(tileX), \(tileY)) on")
        }
        let count = try source.number(2, at: offset + 40)
        let segmentBytes = try source.number(2, at: offset + 4)
        guard count >= 1, segmentBytes == 38 + 3 * count else {
            throw source.corrupt("expected components in \(segmentBytes) bytes, found \(count)")
        }
        guard count <= ImageInfo.storedChannelsMax else {
            throw source.unsupported("expected 1 to \(ImageInfo.storedChannelsMax) channels, found \(count)")
        }
        self.offset = offset
        image = PixelRect(x: x, y: y, width: endX - x, height: endY - y)
        (self.tileWidth, self.tileHeight) = (tileWidth, tileHeight)
        components = try Self.components(source.bytes(3 * count, at: offset + 42), source)
        let columns = (endX - tileX - 1) / tileWidth + 1
        let (tiles, overflow) = columns.multipliedReportingOverflow(by: (endY - tileY - 1) / tileHeight + 1)
        guard !overflow, tiles <= 65535 else { throw source.corrupt("expected at most 65535 tiles, found more") }
        tileCount = tiles
        var parts = JPEG2000Parts(
            components: components, tileCount: tiles, tileWidth: min(tileWidth, endX - x), tileHeight: min(tileHeight, endY - y))
        try parts.read(source, from: offset + 4 + segmentBytes)
        byteCount = parts.end - offset
        (transformsColours, isExact) = (parts.transformsColours, parts.isExact)
    }

    private static func components(_ bytes: [UInt8], _ source: JPEG2000Source) throws(ImageError) -> [Component] {
        var components: [Component] = []
        for at in stride(from: 0, to: bytes.count, by: 3) {
            let component = Component(
                bits: Int(bytes[at] & 0x7F) + 1, isSigned: bytes[at] & 0x80 != 0, stepX: Int(bytes[at + 1]),
                stepY: Int(bytes[at + 2]))
            guard component.stepX >= 1, component.stepY >= 1 else {
                throw source.corrupt("expected samples of component \(components.count), found none")
            }
            guard component.bits <= 31 else {
                throw source.unsupported("expected values of 1 to 31 bits, found \(component.bits)")
            }
            components.append(component)
        }
        return components
    }

    /// Whether the three components are luminance and colour differences that decoding leaves as they are: those alone are thinned out.
    var hasThinnedColours: Bool {
        components.count == 3 && !transformsColours && (components[0].stepX, components[0].stepY) == (1, 1)
            && components[1] == components[2] && components[1] != components[0] && components[1].bits == components[0].bits
    }
}

/// The parts of a codestream after its size: how values are coded, and whether every tile is there.
struct JPEG2000Parts {
    let components: [JPEG2000Codestream.Component]
    let tileCount: Int
    /// Of the largest tile.
    let tileWidth: Int
    let tileHeight: Int
    private(set) var transformsColours = false
    private(set) var isExact = true
    /// Where the last tile ends.
    private(set) var end = 0
    /// Of a tile; the largest number that was stated.
    private var layerCount = 1

    /// The most bytes of the decoder's tables of tiles, of code blocks and of packets, each. A file of some bytes can ask for terabytes.
    private static let tableBytesMax = 128 << 20
    /// What libopenjp2 holds of a tile, of a component of it, of a precinct and of a code block.
    private static let bytesOfTile = 6000
    private static let bytesOfComponent = 1200
    private static let bytesOfPrecinct = 600
    private static let bytesOfBlock = 128
    /// Markers of one header, or of all headers of tiles.
    private static let markersMax = 1 << 20

    init(components: [JPEG2000Codestream.Component], tileCount: Int, tileWidth: Int, tileHeight: Int) {
        (self.components, self.tileCount) = (components, tileCount)
        (self.tileWidth, self.tileHeight) = (tileWidth, tileHeight)
    }

    /// Reads the headers, skipping pixels.
    ///
    /// - Throws: as `JPEG2000Codestream.init`.
    mutating func read(_ source: JPEG2000Source, from start: Int) throws(ImageError) {
        guard tileCount * (Self.bytesOfTile + Self.bytesOfComponent * components.count) <= 4 * Self.tableBytesMax else {
            throw source.unsupported("expected fewer tiles and components, found \(tileCount) tiles of \(components.count)")
        }
        var budget = Self.markersMax
        var position = try readHeader(source, from: start, until: 0xFF90, isMain: true, &budget)
        // Parts that were found, and that there should be.
        var found = [Int](repeating: 0, count: tileCount)
        var stated = [Int](repeating: 1, count: tileCount)
        while position <= source.byteCount - 12, try source.number(2, at: position) == 0xFF90 {
            let tile = try source.number(2, at: position + 4)
            let byteCount = try source.number(4, at: position + 6)
            guard tile < tileCount else { throw source.corrupt("expected \(tileCount) tiles, found number \(tile)") }
            found[tile] += 1
            stated[tile] = max(stated[tile], try source.number(1, at: position + 11))
            let body = try readHeader(source, from: position + 12, until: 0xFF93, isMain: false, &budget) + 2
            let end = try byteCount == 0 ? Self.lastEnd(source, after: body) : position + byteCount
            guard body <= end, end <= source.byteCount else { throw source.corrupt("tile \(tile) of the codestream is cut off") }
            position = end
        }
        if let missing = found.indices.first(where: { found[$0] < stated[$0] }) {
            throw source.corrupt("tile \(missing) of the codestream is cut off")
        }
        end = position
    }

    /// Where a tile ends that goes up to the end of the codestream.
    private static func lastEnd(_ source: JPEG2000Source, after body: Int) throws(ImageError) -> Int {
        let last = source.byteCount - 2
        guard last >= body, try source.number(2, at: last) == 0xFFD9 else { return source.byteCount }
        return last
    }

    /// Reads markers up to one of them, and returns where that is.
    private mutating func readHeader(
        _ source: JPEG2000Source, from start: Int, until last: Int, isMain: Bool, _ budget: inout Int
    ) throws(ImageError) -> Int {
        var position = start
        while true {
            let marker = try source.number(2, at: position)
            if marker == last { return position }
            budget -= 1
            guard marker > 0xFF00, budget > 0 else {
                throw source.corrupt("expected a marker of the codestream, found \(marker)")
            }
            let byteCount = try source.number(2, at: position + 2)
            guard byteCount >= 2 else { throw source.corrupt("expected the size of a marker, found \(byteCount)") }
            if marker == 0xFF52 || marker == 0xFF53 {
                try readStyle(try source.bytes(byteCount - 2, at: position + 4), ofAll: marker == 0xFF52, isMain: isMain, source)
            }
            position += 2 + byteCount
        }
    }

    /// Reads how all components, or one of them, are coded: COD and COC.
    private mutating func readStyle(_ bytes: [UInt8], ofAll: Bool, isMain: Bool, _ source: JPEG2000Source) throws(ImageError) {
        let start = ofAll ? 5 : components.count < 257 ? 2 : 3
        let damaged = source.corrupt("expected how values are coded, found \(bytes.count) bytes")
        guard bytes.count >= start + 5 else { throw damaged }
        if ofAll {
            layerCount = max(layerCount, Int(bytes[2]) << 8 | Int(bytes[3]))
            if isMain { transformsColours = bytes[4] != 0 && components.count >= 3 }
        }
        isExact = isExact && bytes[start + 4] == 1
        let levels = Int(bytes[start])
        let (blockX, blockY) = (Int(bytes[start + 1] & 15) + 2, Int(bytes[start + 2] & 15) + 2)
        guard levels <= 32, blockX <= 10, blockY <= 10, blockX + blockY <= 12 else { throw damaged }
        let hasPrecincts = bytes[ofAll ? 0 : start - 1] & 1 != 0
        let precincts = hasPrecincts ? Array(bytes[(start + 5)...]) : [UInt8](repeating: 0xFF, count: levels + 1)
        guard precincts.count == levels + 1 else { throw damaged }
        try checkTables(precincts, blockX: blockX, blockY: blockY, source)
    }

    /// Throws where the decoder's tables for a tile would be too large.
    ///
    /// - Parameter precincts: for each resolution, the smallest first: the logarithms of the width and height of the areas that packets hold.
    private func checkTables(_ precincts: [UInt8], blockX: Int, blockY: Int, _ source: JPEG2000Source) throws(ImageError) {
        var (bytes, most) = (0.0, 0.0)
        for component in components {
            for (level, sizes) in precincts.enumerated() {
                let halvings = precincts.count - 1 - level
                let (logX, logY) = (Int(sizes & 15), Int(sizes >> 4))
                // Above the smallest resolution, a precinct is cut in half for each of three bands.
                let halved = level == 0 ? 0 : 1
                guard logX >= halved, logY >= halved else {
                    throw source.corrupt("expected precincts of pixels, found empty ones")
                }
                func count(_ size: Int, _ step: Int, _ log: Int) -> Double {
                    // Shifts come before divisions.
                    Double((((size - 1) / step) >> (halvings + log)) + 2)
                }
                let areas = count(tileWidth, component.stepX, logX) * count(tileHeight, component.stepY, logY)
                let blocks =
                    count(tileWidth, component.stepX, min(blockX, logX - halved) + halved)
                    * count(tileHeight, component.stepY, min(blockY, logY - halved) + halved)
                most = max(most, areas)
                bytes += areas * Double(Self.bytesOfPrecinct) + Double(1 + 2 * halved) * blocks * Double(Self.bytesOfBlock)
            }
        }
        let packets = Double(layerCount + 1) * Double(precincts.count * components.count) * most
        guard bytes <= Double(Self.tableBytesMax) + Double(2 * tileWidth * tileHeight), packets <= Double(Self.tableBytesMax / 2)
        else { throw source.unsupported("expected larger code blocks and fewer packets, found tables too large to hold") }
    }
}
