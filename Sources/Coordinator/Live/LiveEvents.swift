package import Imaging
package import Jobs

/// What somebody looks at: a part of a plane on a screen.
package struct LiveView: Sendable, Hashable {
    package var image: LiveImage
    /// In pixels of the full resolution.
    package var rect: PixelRect
    /// The resolution that the screen shows, 0 for the full one.
    package var level: Int
    /// Maps that workers make; labels are always made.
    package var maps: Set<MapKind>
    /// Column and row near which tiles come first, in the full resolution; nil for the middle.
    package var focus: [Int]?
    /// The tab's own number of the view, ascending: a view that comes after a later one is too late. Nil of a tab that does not count.
    package var serial: Int?

    package init(
        image: LiveImage, rect: PixelRect, level: Int, maps: Set<MapKind> = [.labels], focus: [Int]? = nil, serial: Int? = nil
    ) {
        (self.image, self.rect, self.level, self.maps) = (image, rect, level, maps)
        (self.focus, self.serial) = (focus, serial)
    }
}

/// A tile of the maps of a plane, as a live forest makes them.
package struct LiveTile: Sendable {
    package let image: LiveImage
    /// The resolution, and the tile in its grid of 256 × 256.
    package let level: Int
    package let column: Int
    package let row: Int
    package let width: Int
    package let height: Int
    /// Of the forest; of a preview that of the forest of the full resolution, if it is of the same labels.
    package let revision: Int
    package let exactness: LiveExactness
    /// A byte a pixel, `[row][column]`, of the maps that were asked for: of labels the number of the class, 0 without data; of the
    /// uncertainty 255 for none between the first two classes; of probabilities `[class][row][column]`, 255 for all votes.
    package let maps: [MapKind: [UInt8]]
    /// Numbers of the forest's classes, in the order of the planes of probabilities.
    package let classes: [Int]

    /// The same tile of another revision.
    func shown(as revision: Int) -> LiveTile {
        LiveTile(
            image: image, level: level, column: column, row: row, width: width, height: height, revision: revision,
            exactness: exactness, maps: maps, classes: classes)
    }
}

/// What a tile has in common with what the command line would make.
package enum LiveExactness: String, Sendable {
    /// The bytes of `coppice train` and `coppice segment`; of a smaller picture, what they are reduced to (`ReducedTile`).
    case exact
    /// The full resolution, by a forest of some of the labelled pixels, or of the first trees.
    case live
    /// A smaller picture, by a forest that was trained on it.
    case preview
}

/// Where a live session stands.
package struct LiveState: Sendable, Equatable {
    package var isLive: Bool
    package var isTraining: Bool
    /// The operation after which labels are as they are now.
    package var labelSequence: Int
    /// Of the forest that is shown; nil without one.
    package var model: Model?
    /// Why there is no result, or not of the newest strokes; one line for people.
    package var message: String?

    package struct Model: Sendable, Equatable {
        package var revision: Int
        package var labelSequence: Int
        package var trees: Int
        package var treesTotal: Int
        package var samples: Int
        package var labelledPixels: Int
        package var isExact: Bool
        package var seconds: Double
    }
}

/// What a live session tells whoever listens.
package enum LiveEvent: Sendable {
    case state(LiveState)
    /// A tile of the view of a tab.
    case tile(LiveTile, tab: String)
    /// All tiles of the view of a tab were sent; of a far view once more when exact ones have taken the place of previews. Of tiles, `exactShare`
    /// are exact; the view is the one of that number.
    case viewComplete(tab: String, serial: Int?, revision: Int, tiles: Int, seconds: Double, exactShare: Double)
    /// An estimate is there, of what a model of these labels does.
    case report(LiveReport)
    /// A forest was compared with what is set aside; nil if nothing is.
    case score(LiveScore?)
    /// Something went wrong; one line for people.
    case trouble(String)
}

/// How well a forest is expected to do.
package struct LiveReport: Sendable {
    package let labelSequence: Int
    package let estimate: AccuracyEstimate?
}
