internal import Coordinator
package import Foundation
internal import Imaging

/// What a tab shows of an image.
package struct ViewDocument: Codable, Hashable, Sendable {
    package var image: String
    package var z: Int
    package var t: Int
    /// x, y, width and height, in pixels of the full resolution.
    package var rect: [Double]
    /// The level that is displayed.
    package var level: Int
    /// `labels`, `probabilities`, `uncertainty`.
    package var kinds: [String]
    /// x and y near which tiles come first; nil for the middle.
    package var focus: [Double]?
    /// An earlier model that is to be shown.
    package var model: Int?
    /// The model of which the tab has all tiles.
    package var known: Int?
    /// The tab's own number of the view, ascending: a view that comes after a later one is passed over.
    package var serial: Int?
    /// What is being drawn on it with a brush; it is no label yet.
    package var drawing: DrawingDocument?
}

/// A stroke that is not finished.
package struct DrawingDocument: Codable, Hashable, Sendable {
    /// Its way so far, or the last part of it: x and y of each point, in pixels of the full resolution.
    package var points: [[Double]]
    /// Pixels of the full resolution.
    package var width: Double

    /// More are not looked at.
    static let pointsMax = 2_000
}

/// A model, and its number.
package struct LiveModelFile: Sendable {
    /// As the project counts models; nil for one that was made for the purpose.
    package var revision: Int?
    /// When it was trained: ISO 8601, UTC.
    package var time: String
    package var bytes: Data

    package init(revision: Int?, time: String, bytes: Data) {
        (self.revision, self.time, self.bytes) = (revision, time, bytes)
    }
}

/// What a client is told.
package enum LiveSignal: Sendable {
    case state(StateDocument)
    case tile(TileDocument, Data)
    case viewComplete(ViewCompleteDocument)
    case report(ReportDocument)
    case trouble(String)
}

/// How training stands.
package struct StateDocument: Codable, Hashable, Sendable {
    package struct Model: Codable, Hashable, Sendable {
        package var revision: Int
        package var labelSequence: Int
        package var trees: Int
        package var treesTotal: Int
        package var samples: Int
        package var labelledPixels: Int
        package var isExact: Bool
        package var seconds: Double
    }

    package var labelSequence: Int
    package var model: Model?
    package var isTraining: Bool
    package var isLive: Bool
    /// Strokes that are newer than the model.
    package var stale: Int
    /// Why there is no result, such as `paint a second class`.
    package var message: String?
}

/// What a tile of a result is of.
package struct TileDocument: Codable, Hashable, Sendable {
    package var tab: String
    package var image: String
    package var z: Int
    package var t: Int
    package var level: Int
    package var column: Int
    package var row: Int
    package var kind: String
    package var revision: Int
    /// `exact`, `live` or `preview`.
    package var exactness: String
    package var previewLevel: Int?
    package var width: Int
    package var height: Int
    /// `deflate` or `none`.
    package var encoding: String
    /// Of probabilities: the numbers of the classes, in the order of the planes.
    package var classes: [Int]?
}

/// All tiles of a view have been sent.
package struct ViewCompleteDocument: Codable, Hashable, Sendable {
    package var tab: String
    /// Of the view; nil if it has none.
    package var serial: Int?
    package var revision: Int
    package var isComplete: Bool
    package var tiles: Int
    package var seconds: Double
    /// The exact share of the view, 0…1.
    package var share: Double
}

/// A place in an image where the model is unsure.
package struct PlaceDocument: Codable, Hashable, Sendable {
    package var x: Double
    package var y: Double
    /// 0…1.
    package var uncertainty: Double
}

/// What is known of a model.
package struct ReportDocument: Codable, Hashable, Sendable {
    package struct Importance: Codable, Hashable, Sendable {
        package var name: String
        package var value: Double
    }

    package struct Score: Codable, Hashable, Sendable {
        package var accuracy: Double?
        package var meanIntersectionOverUnion: Double?
        package var confusion: Confusion?
        package var folds: Int?
        /// Of each class, in the order of those of the confusion.
        package var intersectionOverUnion: [Double]?
        /// Pixels that were compared, and their share of all that could be, by tiles.
        package var pixels: Int?
        package var share: Double?
        /// The model that was compared.
        package var revision: Int?
    }

    package struct Confusion: Codable, Hashable, Sendable {
        /// Numbers of classes.
        package var classes: [Int]
        /// `[truth][predicted]`.
        package var counts: [[Int]]
    }

    package var model: StateDocument.Model
    /// Labelled pixels by class number.
    package var labelled: [String: Int]
    package var sampled: Int
    package var importances: [Importance]
    package var estimate: Score?
    package var outOfBag: Score?
    /// Of the model on what it never learns from; nil if nothing is set aside.
    package var setAside: Score?
}

extension ReportDocument.Score {
    /// - Parameter revision: of the model, as the project counts them.
    init(_ score: LiveScore, revision: Int) {
        let comparison = score.comparison
        self.init(
            accuracy: comparison.accuracy, meanIntersectionOverUnion: comparison.meanIntersectionOverUnion,
            confusion: .init(classes: comparison.labels, counts: comparison.confusion),
            intersectionOverUnion: comparison.intersectionOverUnion, pixels: comparison.pixels,
            share: score.tilesTotal > 0 ? Double(score.tiles) / Double(score.tilesTotal) : 1, revision: revision)
    }
}
