package import Formats
internal import Foundation
package import Protocol

/// A map of an image that can be asked for. **To add one:** a case and its line in `content`; its option in `SegmentCommand`; its
/// name in `openapi.json`. All else follows from the content. Tests say what was forgotten.
///
/// Files are asked for, and listed, in the order of the cases.
package enum MapKind: String, CaseIterable, Codable, CodingKeyRepresentable, Hashable, Sendable {
    /// The class of each pixel; in files, its label.
    case labels
    /// The share of the votes of each class.
    case probabilities
    /// 1 − (largest share − second largest share).
    case uncertainty
    /// The image with the class colours laid over it.
    case overlay

    package var content: MapContent {
        switch self {
        case .labels: .classes
        case .probabilities: .shares(perClass: true) { $0.sums }
        case .uncertainty: .shares(perClass: false) { $0.uncertainty() }
        case .overlay: .blend
        }
    }

    /// The order in which files get their names: the labels come last, because their presence says that all is complete.
    package static let publicationOrder = allCases.filter { $0 != .labels } + [.labels]
}

/// What a map consists of.
package enum MapContent: Sendable {
    /// uint8 `[row][column]`: the class index with the most votes, in the model's order; `noClass` at pixels without data.
    case classes
    /// uint16, of which 65535 stands for 1, or float32 from 0 to 1: `[class][row][column]`, or `[row][column]`; 0 at pixels without data.
    /// They are made of the votes by a function that gives sums of the same layout, at most trees × 65535 each.
    case shares(perClass: Bool, of: @Sendable (VoteSums) -> ArraySlice<UInt32>)
    /// RGB, which the coordinator makes of the classes and the image.
    case blend

    /// Stands for a class index at pixels without data: models have at most 255 classes. In files it is label 0.
    package static let noClass: UInt8 = 255

    /// The elements in which workers make it; empty if they do not.
    package var elements: [WireElement] {
        switch self {
        case .classes: [.uint8]
        case .shares: [.uint16, .float32]
        case .blend: []
        }
    }

    /// Whether it is made of the shares of the votes, not of the winner alone.
    package var isShares: Bool { if case .shares = self { true } else { false } }

    package var isPerClass: Bool { if case .shares(perClass: true, _) = self { true } else { false } }

    /// How the overviews are made, of files that have some.
    package var overviews: OverviewRule { if case .classes = self { .topLeft } else { .mean } }

    /// The extents of an array of a tile; nil for any.
    func shape(width: Int, height: Int, classCount: Int?) -> [Int?] { (isPerClass ? [classCount] : []) + [height, width] }

    /// Throws unless the values of a tile are such as a model of so many classes gives.
    ///
    /// - Parameters:
    ///   - gaps: pixels of the tile that have no data.
    ///   - name: of the map, in messages.
    package func check(
        _ array: WireArray, width: Int, height: Int, classCount: Int, gaps: TileGaps, name: String
    ) throws(WireError) {
        try array.requireShares(shape(width: width, height: height, classCount: classCount), name)
        if array.dtype == .uint8 {
            let isBad = { (value: UInt8) in Int(value) >= classCount && (gaps == .nowhere || value != Self.noClass) }
            if let bad = array.bytes.withUnsafeBytes({ $0.first(where: isBad) }) {
                throw .invalid("\(name): expected indices below \(classCount), found \(bad)")
            }
        }
        guard case .known(let validity) = gaps else { return }
        let fault = array.bytes.withUnsafeBytes { bytes -> Int? in
            if array.dtype == .uint8 {
                return validity.indices.first { (validity[$0] == 0) != (bytes[$0] == Self.noClass) }
            }
            let (size, area) = (array.dtype.byteCount, width * height)
            return validity.indices.first { pixel in
                validity[pixel] == 0
                    && stride(from: pixel, to: bytes.count / size, by: area).contains { index in
                        bytes[index * size..<(index + 1) * size].contains { $0 != 0 }
                    }
            }
        }
        if let pixel = fault {
            let place = "row \(pixel / width), column \(pixel % width)"
            let expected = validity[pixel] == 0 ? "nothing at a pixel without data" : "a class at a pixel with data"
            throw .invalid("\(name): \(place): expected \(expected), found \(validity[pixel] == 0 ? "something" : "none")")
        }
    }
}

/// Which pixels of a tile have no data, as the coordinator knows it: there a result must say nothing, elsewhere it must say something.
package enum TileGaps: Hashable, Sendable {
    /// All have data.
    case nowhere
    /// Some may have none: a worker reads the image itself.
    case unknown
    /// `[row][column]` of the core: 1, or 0 where there is none.
    case known([UInt8])
}

extension WireArray {
    /// Throws unless the array has this shape and, if it holds floats, only values from 0 to 1.
    package func requireShares(_ shape: [Int?], _ what: String) throws(WireError) {
        try require(dtype, shape, what)
        if dtype == .float32, !elements(as: Float.self).allSatisfy({ $0 >= 0 && $0 <= 1 }) {
            throw .invalid("\(what): expected values from 0 to 1")
        }
    }
}

/// How a job asks for a map.
package struct MapRequest: Codable, Hashable, Sendable {
    /// Of the values that are sent.
    package var element: WireElement
    /// Where the map may be written instead of being sent, by a worker that sees that storage.
    package var destination: MapDestination?

    package init(_ element: WireElement, destination: MapDestination? = nil) {
        (self.element, self.destination) = (element, destination)
    }
}

/// What becomes of a map: it is sent, or the worker has written it where it belongs.
package struct MapResult: Codable, Hashable, Sendable {
    /// Either this or `written` is given.
    package var sent: WireArray?
    /// The chunks, plane by plane, level by level, row by row.
    package var written: [ChunkReceipt]?

    package init(sent: WireArray) { self.sent = sent }

    package init(written: [ChunkReceipt]) { self.written = written }
}
