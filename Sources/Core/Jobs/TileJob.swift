internal import Features
internal import Forest
internal import Imaging
package import Primitives
package import Protocol

/// Segment one tile: classify every pixel of the core.
package struct TileJob: WindowJob {
    package static let kind = "tile"

    /// The form of a probability: a share of 65535, or a float from 0 to 1.
    package enum ProbabilityType: String, Codable, Hashable, Sendable {
        case uint16
        case float32

        /// The element of the arrays on the wire.
        package var element: WireElement { self == .uint16 ? .uint16 : .float32 }
    }

    package var model: ContentHash
    package var window: WindowDocument
    /// Whether class probabilities are asked for, and in which form.
    package var probabilities: ProbabilityType?
    /// Whether the uncertainty map is asked for, and in which form.
    package var uncertainty: ProbabilityType?
    /// Where maps may be written instead of being sent, by a worker that sees that storage; nil to have all sent.
    package var destinations: MapDestinations?

    package init(
        model: ContentHash, window: WindowDocument, probabilities: ProbabilityType? = nil, uncertainty: ProbabilityType? = nil,
        destinations: MapDestinations? = nil
    ) {
        self.destinations = destinations
        self.model = model
        self.window = window
        self.probabilities = probabilities
        self.uncertainty = uncertainty
    }

    /// The fewest rows whose features are predicted from at a time: whole blocks of prediction, and few enough that their bins stay
    /// in the cache. It changes the speed, never the result.
    package static let rowsPerBand = 126

    package var blobs: [ContentHash] { [model] }

    package struct Output: Codable, Sendable {
        /// uint8 `[row][column]`: class indices in the model's order.
        package var classes: WireArray?
        /// `[class][row][column]`.
        package var probabilities: WireArray?
        /// `[row][column]`: 1 − (largest − second largest probability).
        package var uncertainty: WireArray?
        /// Maps that were written where they belong, and are not sent.
        package var written: WrittenMaps?
        /// Why a map could not be written, if the worker may write some.
        package var unwritten: String?
    }

    package func workspaceBytes(blobs: BlobSet) -> ByteCount {
        guard let prepared = try? blobs.model(model) else { return ByteCount(0) }
        let classCount = prepared.model.classes.count
        let (width, height) = (window.core.width, window.core.height)
        let bandRows = FeatureExtractor.bandRowsMax(Self.rowsPerBand, height: height)
        let band = ByteCount(width, bandRows, prepared.model.input.featureCount)
        var bytes = window.workspaceBytes + band + ByteCount(width, height, 2)
        if probabilities != nil || uncertainty != nil { bytes = bytes + ByteCount(width, height, 4, classCount) }
        // Each map as it is, and as text.
        if let probabilities { bytes = bytes + ByteCount(width, height, 3 * probabilities.element.byteCount, classCount) }
        if let uncertainty { bytes = bytes + ByteCount(width, height, 4 + 3 * uncertainty.element.byteCount) }
        // One plane of one map at a time, in chunks and packed.
        if destinations != nil { bytes = bytes + ByteCount(width, height, 8) }
        return bytes
    }

    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        let prepared = try blobs.model(model)
        let buffer = try window.window(in: slot)
        let spec = try prepared.requirePixels(channels: buffer.channels, sampleType: buffer.sampleType)
        let core = window.core
        let classCount = prepared.model.classes.count
        let wantsVotes = probabilities != nil || uncertainty != nil
        let (byteCount, overflow) = core.area.multipliedReportingOverflow(by: spec.featureCount + 4 * classCount)
        guard !overflow, byteCount <= 1 << 36 else {
            throw .invalid("window.core: \(core.width)×\(core.height) pixels of \(spec.featureCount) features are too many")
        }
        slot.reserveBins(FeatureExtractor.bandByteCount(core: core, spec: spec, rowsPerBand: Self.rowsPerBand))
        if wantsVotes { slot.reserveVotes(core.area * classCount) }
        var classes = [UInt8](repeating: 0, count: core.area)
        slot.bins.withUnsafeMutableBufferPointer { bins in
            classes.withUnsafeMutableBufferPointer { classes in
                slot.votes.withUnsafeMutableBufferPointer { votes in
                    guard let bins = bins.baseAddress, let classes = classes.baseAddress else { return }
                    slot.features.binBands(
                        of: buffer, core: core, spec: spec, edges: prepared.model.edges, rowsPerBand: Self.rowsPerBand, band: bins
                    ) { rows, planeStride in
                        let first = rows.lowerBound * core.width
                        if slot.cancellation?.isRaised == true {
                            return
                        } else if wantsVotes, let votes = votes.baseAddress {
                            slot.prediction.votes(
                                bins: bins, planeStride: planeStride, width: core.width, height: rows.count,
                                predictor: prepared.predictor, into: votes + first, targetStride: core.area)
                        } else {
                            slot.prediction.labels(
                                bins: bins, planeStride: planeStride, width: core.width, height: rows.count,
                                predictor: prepared.predictor, into: classes + first)
                        }
                    }
                    if wantsVotes, let votes = votes.baseAddress {
                        VoteMaps.argmax(votes, pixels: core.area, classCount: classCount, into: classes)
                    }
                }
            }
        }
        try slot.checkCancellation()
        let maps = VoteMaps(classCount: classCount, treeCount: prepared.model.forest.trees.count)
        var output = Output(
            classes: WireArray(classes, .uint8, shape: [core.height, core.width], isDeflated: true),
            probabilities: probabilities.map { type in
                maps.probabilities(slot.votes, pixels: core.area, type: type, shape: [classCount, core.height, core.width])
            },
            uncertainty: uncertainty.map { type in
                maps.uncertainty(slot.votes, pixels: core.area, type: type, shape: [core.height, core.width])
            })
        if let destinations { try write(&output, classes, to: destinations, classCount: classCount, by: slot.outputs) }
        return output
    }

    /// Writes the maps that may be written where they belong, and takes them out of what is sent.
    private func write(
        _ output: inout Output, _ classes: [UInt8], to destinations: MapDestinations, classCount: Int, by policy: OutputPolicy
    ) throws(JobError) {
        var written = WrittenMaps()
        if let labels = destinations.labels {
            guard labels.labels?.count == classCount else {
                throw .invalid("destinations.labels: expected \(classCount) labels, found \(labels.labels?.count ?? 0)")
            }
            written.labels = try receipts(of: labels.values(classes), labels, "labels", policy, &output.unwritten)
            if written.labels != nil { output.classes = nil }
        }
        if let shares = destinations.probabilities, probabilities == .uint16, let map = output.probabilities {
            written.probabilities = try receipts(of: [UInt8](map.bytes), shares, "probabilities", policy, &output.unwritten)
            if written.probabilities != nil { output.probabilities = nil }
        }
        if let shares = destinations.uncertainty, uncertainty == .uint16, let map = output.uncertainty {
            written.uncertainty = try receipts(of: [UInt8](map.bytes), shares, "uncertainty", policy, &output.unwritten)
            if written.uncertainty != nil { output.uncertainty = nil }
        }
        if !written.isEmpty { output.written = written }
    }

    /// Writes a map; nil if it is to be sent.
    private func receipts(
        of values: [UInt8], _ destination: MapDestination, _ name: String, _ policy: OutputPolicy, _ reason: inout String?
    ) throws(JobError) -> [ChunkReceipt]? {
        let (tile, core) = (destination.tile, window.core)
        guard destination.folders.count <= MapDestination.foldersMax, let tiling = destination.tiling,
            tile.width == core.width, tile.height == core.height, (destination.labels == nil) == (name != "labels")
        else { throw .invalid("destinations.\(name): expected the window's core as a tile of an image, found \(tile)") }
        guard policy.isOpen else { return nil }
        do {
            return try destination.write(
                values, destination.kind, tiling: tiling, into: try policy.folder(destination.folders))
        } catch {
            reason = "\(name): \(error)"
            return nil
        }
    }

    package func check(_ output: Output) throws(WireError) {
        let core = window.core
        let written = output.written
        try Self.check(
            output.classes, .uint8, [core.height, core.width], written?.labels, destinations?.labels, "classes")
        try Self.check(
            output.probabilities, probabilities?.element, [nil, core.height, core.width], written?.probabilities,
            destinations?.probabilities, "probabilities")
        try Self.check(
            output.uncertainty, uncertainty?.element, [core.height, core.width], written?.uncertainty, destinations?.uncertainty,
            "uncertainty")
    }

    /// A map that is asked for is sent, or written if it may be; not both.
    private static func check(
        _ array: WireArray?, _ element: WireElement?, _ shape: [Int?], _ receipts: [ChunkReceipt]?,
        _ destination: MapDestination?,
        _ what: String
    ) throws(WireError) {
        if receipts != nil {
            guard destination != nil, element != nil else { throw .invalid("written: expected no \(what), found some") }
            guard array == nil else { throw .invalid("\(what): expected none beside what is written, found a map") }
            return
        }
        switch (array, element) {
        case (nil, nil): return
        case (let array?, let element?): try array.require(element, shape, what)
        case (nil, _?): throw .invalid("\(what): expected a map, found none")
        case (_?, nil): throw .invalid("\(what): expected none, found a map")
        }
    }
}
