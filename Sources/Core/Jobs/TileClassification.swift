internal import Features
internal import Forest
internal import Imaging
internal import Primitives
internal import Protocol

/// Classifies the pixels of a tile's core, band by band, so that the features' bins stay in the cache. Only features that a tree uses are
/// computed.
///
/// Of a core that lacks data, only rectangles around its pixels with data are computed (`ValidParts`): their classes and votes are made
/// beside, and go to their places from there. At pixels without data the class is `MapContent.noClass`, and all votes are 0.
struct TileClassification {
    let buffer: PixelBuffer
    /// In the buffer's coordinates.
    let core: PixelRect
    let spec: FeatureSpec
    let prepared: PreparedModel
    /// Whether the votes of all classes are asked for, not the winners alone.
    let wantsVotes: Bool

    private var classCount: Int { prepared.model.classes.count }

    /// The class index of each pixel of the core: `[row][column]`. Votes that are wanted are in `slot.votes` then: `[class][row][column]`.
    ///
    /// It ends early when the job is cancelled.
    func run(in slot: SlotWorkspace) -> [UInt8] {
        let validity = buffer.validity(of: core)
        let parts = ValidParts.cover(core, of: buffer, reach: spec.reachPixels)
        var classes = [UInt8](repeating: 0, count: core.area)
        if wantsVotes { slot.reserveVotes(core.area * classCount) }
        let bandBytes = parts.map { FeatureExtractor.bandByteCount(core: $0, spec: spec, rowsPerBand: TileJob.rowsPerBand) }
        slot.reserveBins(bandBytes.max() ?? 0)
        slot.bins.withUnsafeMutableBufferPointer { bins in
            classes.withUnsafeMutableBufferPointer { classes in
                slot.votes.withUnsafeMutableBufferPointer { votes in
                    guard let classes = classes.baseAddress else { return }
                    let wanted = wantsVotes ? votes.baseAddress : nil
                    let whole = Target(classes: classes, votes: wanted, width: core.width, stride: core.area)
                    if validity != nil, wantsVotes { votes[..<(core.area * classCount)].update(repeating: 0) }
                    for part in parts {
                        guard let bins = bins.baseAddress else { return }
                        if let validity {
                            classify(part, bins, validity, into: whole, slot)
                        } else {
                            classify(part, bins, slot) { whole.row($0.lowerBound) }
                        }
                    }
                    if let votes = whole.votes {
                        VoteSums.argmax(votes, pixels: core.area, classCount: classCount, into: classes)
                    }
                    if let validity {
                        for pixel in validity.indices where validity[pixel] == 0 { classes[pixel] = MapContent.noClass }
                    }
                }
            }
        }
        return classes
    }

    /// Where classes, or votes, of a rectangle go.
    private struct Target {
        /// `[row][column]`.
        let classes: UnsafeMutablePointer<UInt8>
        /// `[class][row][column]`; nil if they are not wanted.
        let votes: UnsafeMutablePointer<UInt32>?
        let width: Int
        /// Votes from class to class.
        let stride: Int

        /// The same from a row on.
        func row(_ row: Int) -> Target {
            Target(classes: classes + row * width, votes: votes.map { $0 + row * width }, width: width, stride: stride)
        }
    }

    /// Classifies a rectangle of the core.
    ///
    /// - Parameters:
    ///   - target: where some rows of it go.
    ///   - done: told of rows that are there.
    private func classify(
        _ part: PixelRect, _ bins: UnsafeMutablePointer<UInt8>, _ slot: SlotWorkspace,
        target: (_ rows: Range<Int>) -> Target, done: (_ rows: Range<Int>) -> Void = { _ in }
    ) {
        slot.features.binBands(
            of: buffer, core: part, spec: spec, edges: prepared.model.edges, rowsPerBand: TileJob.rowsPerBand, band: bins,
            needed: prepared.neededFeatures
        ) { rows, planeStride in
            if slot.cancellation?.isRaised == true { return }
            let target = target(rows)
            if let votes = target.votes {
                slot.prediction.votes(
                    bins: bins, planeStride: planeStride, width: part.width, height: rows.count, predictor: prepared.predictor,
                    into: votes, targetStride: target.stride)
            } else {
                slot.prediction.labels(
                    bins: bins, planeStride: planeStride, width: part.width, height: rows.count, predictor: prepared.predictor,
                    into: target.classes)
            }
            done(rows)
        }
    }

    /// Classifies a rectangle of a core that lacks data, and puts what is made at pixels with data in its place.
    private func classify(
        _ part: PixelRect, _ bins: UnsafeMutablePointer<UInt8>, _ validity: [UInt8], into whole: Target, _ slot: SlotWorkspace
    ) {
        let count = part.width * FeatureExtractor.bandRowsMax(TileJob.rowsPerBand, height: part.height, spec: spec)
        let planeCount = wantsVotes ? classCount : 0
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { classes in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: max(1, count * planeCount)) { votes in
                guard let base = classes.baseAddress else { return }
                let beside = Target(
                    classes: base, votes: wantsVotes ? votes.baseAddress : nil, width: part.width, stride: count)
                classify(part, bins, slot) { _ in
                    beside
                } done: { rows in
                    for row in rows {
                        let first = (part.y - core.y + row) * core.width + part.x - core.x
                        let source = (row - rows.lowerBound) * part.width
                        for column in 0..<part.width where validity[first + column] == 1 {
                            if planeCount == 0 { whole.classes[first + column] = beside.classes[source + column] }
                            for index in 0..<planeCount {
                                whole.votes?[index * whole.stride + first + column] =
                                    votes[index * count + source + column]
                            }
                        }
                    }
                }
            }
        }
    }
}
