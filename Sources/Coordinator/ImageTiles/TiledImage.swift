internal import Formats
package import Imaging

/// What a page must know of an image before it asks for tiles.
package struct TiledImage: Hashable, Sendable {
    /// One resolution. A display tile is 256×256 pixels of it, clipped at the right and bottom.
    package struct Level: Hashable, Sendable {
        /// Columns.
        package let width: Int
        /// Rows.
        package let height: Int
        let origin: Origin
    }

    /// Where the pixels of a level come from.
    enum Origin: Hashable, Sendable {
        /// The file, or its working copy, where the level has this number.
        case stored(Int)
        /// Made from the level before; `base` is the position of the nearest stored one before it.
        case made(base: Int)
    }

    /// A file, a folder or a URL.
    package let path: String
    /// Channels, masks and values for no data; the page and level are of no account.
    package let selection: ImageSelection
    /// Of the full resolution.
    package let info: ImageInfo
    /// Planes in depth.
    package let depth: Int
    /// Time points.
    package let times: Int
    /// Side of a pixel in full resolution; nil where the file does not say it.
    package let micronsPerPixel: Double?
    /// Of each channel, where the file names all; otherwise empty.
    package let channelNames: [String]
    /// As `channelNames`.
    package let channelColours: [RGBColour]
    /// What of the file is not used, or read otherwise than it is stored.
    package let notes: [ImageNote]
    /// From the full resolution on, none more than four times as coarse as the one before, the last at most 256 pixels a side.
    package let levels: [Level]
    /// Stands for the content in the addresses of tiles: a file that has changed has another key.
    package let contentKey: String
    /// Whether tiles come from a working copy, as the format is read from the top to the bottom only.
    package let needsCopy: Bool

    /// Planes in all.
    package var pages: Int { depth * times }

    /// The page of a plane.
    ///
    /// - Throws: `TileError.outside`.
    func page(z: Int, t: Int) throws(TileError) -> Int {
        guard (0..<depth).contains(z), (0..<times).contains(t) else {
            throw .outside("\(path): expected z below \(depth) and t below \(times), found z \(z) and t \(t)")
        }
        return t * depth + z
    }

    /// Tiles of a level, in columns and rows.
    package func tileCounts(ofLevel level: Int) -> (columns: Int, rows: Int) {
        let side = TilePlace.side
        return ((levels[level].width + side - 1) / side, (levels[level].height + side - 1) / side)
    }
}

extension TiledImage {
    /// Reads what there is to know of an image.
    ///
    /// - Parameter key: its content key.
    /// - Throws: `ImageError` when it cannot be read.
    init(path: String, _ selection: ImageSelection, key: String, cache: RangeCache?) throws(ImageError) {
        var selection = selection
        (selection.page, selection.level) = (0, 0)
        let contents = try ImageFile.contents(path: path)
        let source = try ImageFile.source(path: path, selection, cache: cache)
        let info = source.info
        var stored = [(info.width, info.height)]
        var needsCopy = true
        if case .windows = source {
            needsCopy = false
            for number in contents.levels.indices.dropFirst() {
                var level = selection
                level.level = number
                // A smaller resolution that is no image of the same kind, or is read from its top on, is made instead.
                guard case .windows(let reader)? = try? ImageFile.source(path: path, level, cache: cache),
                    reader.info.channels == info.channels, reader.info.sampleType == info.sampleType
                else { break }
                stored.append((reader.info.width, reader.info.height))
            }
        }
        self.path = path
        self.selection = selection
        self.info = info
        (depth, times) = (contents.depth, contents.times)
        micronsPerPixel = contents.metadata.micronsPerPixel
        let isWhole = contents.channels == info.channels
        let chosen = selection.channels ?? (isWhole ? Array(0..<info.channels) : [])
        channelNames = Self.choose(chosen, of: contents.channelNames)
        channelColours = Self.choose(chosen, of: contents.channelColours)
        notes = contents.notes
        levels = needsCopy ? Self.copyLevels(info.width, info.height) : Self.levels(of: stored)
        contentKey = key
        self.needsCopy = needsCopy
    }

    private static func choose<Value>(_ positions: [Int], of values: [Value]) -> [Value] {
        positions.allSatisfy(values.indices.contains) ? positions.map { values[$0] } : []
    }

    /// The levels of an image that has those of these sizes: its own, and others between and after them.
    static func levels(of stored: [(width: Int, height: Int)]) -> [Level] {
        var levels = [Level(width: stored[0].width, height: stored[0].height, origin: .stored(0))]
        var (width, height) = stored[0]
        var base = 0
        func halve() {
            (width, height) = ((width + 1) / 2, (height + 1) / 2)
            levels.append(Level(width: width, height: height, origin: .made(base: base)))
        }
        for (number, next) in stored.enumerated().dropFirst() {
            guard max(width, height) > TilePlace.side, next.width < width, next.height < height else { break }
            // Sizes of other programs are rounded down, too.
            while width > 4 * next.width + 3 || height > 4 * next.height + 3 { halve() }
            base = levels.count
            (width, height) = next
            levels.append(Level(width: width, height: height, origin: .stored(number)))
        }
        while max(width, height) > TilePlace.side { halve() }
        return levels
    }

    /// The levels of a working copy, as `ZarrImageWriter` writes them.
    static func copyLevels(_ width: Int, _ height: Int) -> [Level] {
        levels(of: [(width, height)]).enumerated().map { number, level in
            Level(width: level.width, height: level.height, origin: .stored(number))
        }
    }
}
