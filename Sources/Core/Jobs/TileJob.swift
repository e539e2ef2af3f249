/// Segment one tile: classify every pixel of the core.
public struct TileJob: WindowJob {
    public static let kind = "tile"

    /// The form of a probability: a share of 65535, or a float from 0 to 1.
    public enum ProbabilityType: String, Codable, Hashable, Sendable {
        case uint16
        case float32

        /// The element of the arrays on the wire.
        public var element: WireElement { self == .uint16 ? .uint16 : .float32 }
    }

    public var model: ContentHash
    public var window: WindowDocument
    /// Whether class probabilities are asked for, and in which form.
    public var probabilities: ProbabilityType?
    /// Whether the uncertainty map is asked for, and in which form.
    public var uncertainty: ProbabilityType?

    public init(
        model: ContentHash, window: WindowDocument, probabilities: ProbabilityType? = nil, uncertainty: ProbabilityType? = nil
    ) {
        self.model = model
        self.window = window
        self.probabilities = probabilities
        self.uncertainty = uncertainty
    }

    /// The fewest rows whose features are predicted from at a time: whole blocks of prediction, and few enough that their bins stay
    /// in the cache. It changes the speed, never the result.
    public static let rowsPerBand = 126

    public var blobs: [ContentHash] { [model] }

    public struct Output: Codable, Sendable {
        /// uint8 `[row][column]`: class indices in the model's order.
        public var classes: WireArray
        /// `[class][row][column]`.
        public var probabilities: WireArray?
        /// `[row][column]`: 1 − (largest − second largest probability).
        public var uncertainty: WireArray?
    }

    public func workspaceBytes(blobs: BlobSet) -> ByteCount {
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
        return bytes
    }

    public func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
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
        return Output(
            classes: WireArray(classes, .uint8, shape: [core.height, core.width], isDeflated: true),
            probabilities: probabilities.map { type in
                maps.probabilities(slot.votes, pixels: core.area, type: type, shape: [classCount, core.height, core.width])
            },
            uncertainty: uncertainty.map { type in
                maps.uncertainty(slot.votes, pixels: core.area, type: type, shape: [core.height, core.width])
            })
    }

    public func check(_ output: Output) throws(WireError) {
        let core = window.core
        try output.classes.require(.uint8, [core.height, core.width], "classes")
        try Self.check(output.probabilities, probabilities, [nil, core.height, core.width], "probabilities")
        try Self.check(output.uncertainty, uncertainty, [core.height, core.width], "uncertainty")
    }

    private static func check(
        _ array: WireArray?, _ type: ProbabilityType?, _ shape: [Int?], _ what: String
    ) throws(WireError) {
        switch (array, type) {
        case (nil, nil): return
        case (let array?, let type?): try array.require(type.element, shape, what)
        case (nil, _?): throw .invalid("\(what): expected a map, found none")
        case (_?, nil): throw .invalid("\(what): expected none, found a map")
        }
    }
}
