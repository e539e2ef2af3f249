internal import Features
internal import Forest
internal import Formats
internal import Imaging
package import Primitives
package import Protocol

/// Segment one tile: classify every pixel of the core.
package struct TileJob: WindowJob {
    package static let kind = "tile"

    package var model: ContentHash
    package var window: WindowDocument
    /// The maps that are asked for; at least one.
    package var maps: [MapKind: MapRequest]
    /// Tells a job whose maps may be written from the same job of an earlier time, whose files may be gone; nil if all maps are sent.
    package var nonce: String?
    /// Weights by which votes are smoothed before anything is made of them, from the middle outwards, as of `VoteSmoothing`; the window is
    /// padded by their reach, too. Nil leaves votes as they are.
    package var smoothing: [UInt32]?

    package init(
        model: ContentHash, window: WindowDocument, maps: [MapKind: MapRequest], nonce: String? = nil, smoothing: [UInt32]? = nil
    ) {
        (self.model, self.window, self.maps, self.nonce, self.smoothing) = (model, window, maps, nonce, smoothing)
    }

    /// The fewest rows whose features are predicted from at a time: whole blocks of prediction, and few enough that their bins stay
    /// in the cache. It changes the speed, never the result.
    package static let rowsPerBand = 126

    package var blobs: [ContentHash] { [model] }

    package struct Output: Codable, Sendable {
        /// One for each map that was asked for.
        package var maps: [MapKind: MapResult]
        /// Why a map could not be written, if the worker may write some.
        package var unwritten: String?

        package init(maps: [MapKind: MapResult]) { self.maps = maps }
    }

    /// The maps that are made of shares, and how.
    private var shares: [(kind: MapKind, request: MapRequest)] {
        maps.filter { $0.key.content.isShares }.map { ($0.key, $0.value) }
    }

    package func workspaceBytes(blobs: BlobSet) -> ByteCount {
        guard let prepared = try? blobs.model(model), case .pixels(let spec, _) = prepared.model.input else {
            return ByteCount(0)
        }
        let classCount = prepared.model.classes.count
        let (width, height) = (window.core.width, window.core.height)
        let bandRows = FeatureExtractor.bandRowsMax(Self.rowsPerBand, height: height, spec: spec)
        let band = ByteCount(width, bandRows, spec.featureCount)
        var bytes = window.workspaceBytes + band + ByteCount(width, height, 2)
        // Of a core that lacks data, what is made of a band before it is in its place.
        bytes = bytes + ByteCount(width, bandRows, shares.isEmpty ? 1 : 4 * classCount)
        if !shares.isEmpty { bytes = bytes + ByteCount(width, height, 4, classCount) }
        // Each map as it is, and as text; those that are no sums of the votes as sums, too.
        for (kind, request) in shares {
            let perValue = 3 * request.element.byteCount
            let planes = kind.content.isPerClass
            bytes = bytes + (planes ? ByteCount(width, height, perValue, classCount) : ByteCount(width, height, 4 + perValue))
        }
        if let smoothing {
            // Votes of the padded core, those of the core, and sums of one class.
            let (across, down) = (width + 2 * smoothing.count, height + 2 * smoothing.count)
            bytes =
                bytes + ByteCount(across, down, 4 * classCount + 8) + ByteCount(width, height, 4 * classCount + 16)
                + ByteCount(across, bandRows + 2 * smoothing.count, spec.featureCount)
        }
        // One plane of one map at a time, in chunks and packed.
        if maps.values.contains(where: { $0.destination != nil }) { bytes = bytes + ByteCount(width, height, 8) }
        return bytes
    }

    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        do { try checkMaps() } catch { throw .invalid(error.description) }
        let prepared = try blobs.model(model)
        let buffer = try window.window(in: slot)
        let spec = try prepared.requirePixels(channels: buffer.channels, sampleType: buffer.sampleType)
        let core = window.core
        let classCount = prepared.model.classes.count
        let smoothing = try checkedSmoothing()
        let wantsVotes = !shares.isEmpty || smoothing != nil
        let (byteCount, overflow) = core.area.multipliedReportingOverflow(by: spec.featureCount + 4 * classCount)
        guard !overflow, byteCount <= 1 << 36 else {
            throw .invalid("window.core: \(core.width)×\(core.height) pixels of \(spec.featureCount) features are too many")
        }
        let outer = smoothing.map { core.padded(by: $0.reachPixels, clippedTo: buffer.width, buffer.height) } ?? core
        var classes = TileClassification(
            buffer: buffer, core: outer, spec: spec, prepared: prepared, wantsVotes: wantsVotes
        ).run(in: slot)
        try slot.checkCancellation()
        var sums = wantsVotes ? slot.votes : []
        if let smoothing {
            sums = smoothing.smoothed(
                slot.votes, of: outer, core: core, validity: buffer.validity(of: outer), classCount: classCount)
            classes = VoteSums.winners(sums, pixelCount: core.area, classCount: classCount, validity: buffer.validity(of: core))
            try slot.checkCancellation()
        }
        let votes = VoteSums(
            sums, pixelCount: wantsVotes ? core.area : 0, classCount: classCount, treeCount: prepared.model.forest.trees.count)
        var output = Output(maps: [:])
        for kind in MapKind.allCases {
            guard let request = maps[kind] else { continue }
            let shape = kind.content.shape(width: core.width, height: core.height, classCount: classCount).compactMap(\.self)
            let array =
                if case .shares(_, let sums) = kind.content {
                    votes.shares(sums(votes), request.element, shape: shape)
                } else {
                    WireArray(classes, .uint8, shape: shape, isDeflated: true)
                }
            let receipts = try request.destination.flatMap { destination throws(JobError) in
                try write(array, to: destination, of: kind, classCount: classCount, by: slot.outputs, &output.unwritten)
            }
            output.maps[kind] = receipts.map { MapResult(written: $0) } ?? MapResult(sent: array)
        }
        return output
    }

    private func checkedSmoothing() throws(JobError) -> VoteSmoothing? {
        do {
            return try smoothing.map { (weights) throws(WireError) in try VoteSmoothing(weights: weights) }
        } catch {
            throw .invalid(error.description)
        }
    }

    /// Writes a map where it belongs; nil if it is to be sent.
    private func write(
        _ array: WireArray, to destination: MapDestination, of kind: MapKind, classCount: Int, by policy: OutputPolicy,
        _ reason: inout String?
    ) throws(JobError) -> [ChunkReceipt]? {
        let (tile, core, isClasses) = (destination.tile, window.core, !kind.content.isShares)
        guard destination.folders.count <= MapDestination.foldersMax, let writer = destination.writer,
            tile.width == core.width, tile.height == core.height, (destination.labels != nil) == isClasses
        else {
            throw .invalid("maps.\(kind.rawValue).destination: expected the window's core as a tile of an image, found \(tile)")
        }
        guard !isClasses || destination.labels?.count == classCount else {
            let found = destination.labels?.count ?? 0
            throw .invalid("maps.\(kind.rawValue).destination.labels: expected \(classCount) labels, found \(found)")
        }
        guard policy.isOpen else { return nil }
        var values = [UInt8](array.bytes)
        if let labels = destination.labels {
            values = ClassLabels.bytes(of: values, labels: labels, byteCount: destination.kind.byteCount)
        }
        do {
            return try writer.write(
                values, destination.kind, overviews: kind.content.overviews, into: try policy.folder(destination.folders))
        } catch {
            reason = "\(kind.rawValue): \(error)"
            return nil
        }
    }

    package func check(_ output: Output) throws(WireError) {
        let core = window.core
        for kind in MapKind.allCases {
            switch (maps[kind], output.maps[kind]) {
            case (nil, nil): continue
            case (_?, nil): throw .invalid("\(kind.rawValue): expected a map, found none")
            case (nil, _?): throw .invalid("\(kind.rawValue): expected none, found a map")
            case (let request?, let result?):
                guard (result.sent == nil) != (result.written == nil) else {
                    throw .invalid("\(kind.rawValue): expected a map that is either sent or written, found both or neither")
                }
                guard result.written == nil || request.destination != nil else {
                    throw .invalid("\(kind.rawValue): expected a map that is sent, found one that is written")
                }
                let shape = kind.content.shape(width: core.width, height: core.height, classCount: nil)
                try result.sent?.require(request.element, shape, kind.rawValue)
            }
        }
    }

    /// Throws unless workers make the maps that are asked for, as they are asked for.
    private func checkMaps() throws(WireError) {
        guard !maps.isEmpty else { throw .invalid("maps: expected at least one map, found none") }
        for kind in MapKind.allCases {
            guard let request = maps[kind] else { continue }
            let elements = kind.content.elements
            guard elements.contains(request.element) else {
                let expected =
                    elements.isEmpty ? "no map that workers do not make" : elements.map(\.rawValue).joined(separator: " or ")
                throw .invalid("maps.\(kind.rawValue): expected \(expected), found \(request.element.rawValue)")
            }
            guard request.destination == nil || request.element == elements.first, request.destination == nil || nonce != nil
            else { throw .invalid("maps.\(kind.rawValue).destination: expected \(elements[0].rawValue) and a nonce") }
        }
    }
}

extension TileJob {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        model = try container.decode(ContentHash.self, forKey: .model)
        window = try container.decode(WindowDocument.self, forKey: .window)
        maps = try container.decode([MapKind: MapRequest].self, forKey: .maps)
        nonce = try container.decodeIfPresent(String.self, forKey: .nonce)
        smoothing = try container.decodeIfPresent([UInt32].self, forKey: .smoothing)
        if let smoothing { _ = try VoteSmoothing(weights: smoothing) }
        try checkMaps()
    }
}
