internal import Imaging

extension ImageFormat {
    /// OME-Zarr 0.1 to 0.4 (Zarr v2) and 0.5 (Zarr v3), recognised by the metadata of its root.
    package static let omeZarr = omeZarr(
        name: "OME-Zarr", endings: ["zarr"], signature: .folder(documents: ZarrNode.documentNames)
    ) { (bytes, limits) throws(ImageError) in
        try OMEImage(try bytes.store(), limits: limits)
    }

    /// The same in a ZIP archive, which is read in parts.
    static let zippedOMEZarr = omeZarr(
        name: "zipped OME-Zarr", endings: ["zarr.zip", "ozx"], signature: .head(ZipStore.isArchive)
    ) { (bytes, limits) throws(ImageError) in
        try OMEImage(try ZipStore(bytes), limits: limits)
    }

    private static func omeZarr(
        name: String, endings: [String], signature: Signature,
        image: @escaping @Sendable (ImageBytes, ImageLimits) throws(ImageError) -> OMEImage
    ) -> ImageFormat {
        ImageFormat(
            name: name, endings: endings, signature: signature,
            open: { (bytes, selection, limits) throws(ImageError) in try image(bytes, limits).source(selection) },
            openLabels: { (bytes, selection, limits) throws(ImageError) in
                try image(bytes, limits).openLabels(selection, path: bytes.path)
            },
            contents: { (bytes, limits) throws(ImageError) in try image(bytes, limits).contents },
            choosesChannels: true,
            metadata: { (bytes, selection, limits) throws(ImageError) in try image(bytes, limits).metadata(of: selection) },
            isReadInParts: true)
    }
}

/// The image of the group that the root of an OME-Zarr hierarchy is; in the layout of bioformats2raw, the first series.
struct OMEImage {
    private let multiscale: OMEMultiscale
    private let store: any ChunkStore
    private let key: StoreKey
    private let limits: ImageLimits
    /// Of the image's other series.
    private let notes: [ImageNote]

    /// Reads the metadata of the group.
    ///
    /// - Throws: `ImageError`: `corrupt` for what breaks the format, `unsupported` for what is no image or is not read, `io`.
    init(_ store: any ChunkStore, limits: ImageLimits) throws(ImageError) {
        var key = StoreKey.root
        var notes: [ImageNote] = []
        var attributes = try Self.group(key, in: store, limits: limits)
        if try attributes.value.member("multiscales") == nil, try attributes.isSeries {
            var list: OMEAttributes?
            if case .group(let found) = try ZarrNode.read(key.appending("OME"), in: store, limits: limits) { list = found }
            let (first, count) = try OMEAttributes.firstSeries(list)
            let hasOthers: Bool
            if let count {
                hasOthers = count > 1
            } else {
                hasOthers = try ZarrNode.read(StoreKey.root.appending("1"), in: store, limits: limits) != nil
            }
            if hasOthers {
                let text = "\(count.map { "\($0)" } ?? "several") series, of which only \(first.path) is used"
                notes.append(ImageNote(.series, text))
            }
            key = first
            attributes = try Self.group(key, in: store, limits: limits)
        }
        multiscale = try attributes.multiscale()
        self.notes = notes + multiscale.notes
        (self.store, self.key, self.limits) = (store, key, limits)
    }

    /// Opens one plane in one resolution; pixels that hold the fill value have no data if the selection says so.
    ///
    /// - Throws: `ImageError`, as `open`.
    func source(_ selection: ImageSelection) throws(ImageError) -> ImageSource {
        let image = try open(selection)
        if selection.noData != NoDataChoice.none, let mask = try mask(ofLevel: selection.level) {
            return try MaskedImage.source(.windows(image), mask: .windows(mask), path: name(ofLevel: selection.level))
        }
        guard selection.noData == .fill, let value = image.fillValue else { return .windows(image) }
        return MaskedImage.source(.windows(image), noData: [Double](repeating: value, count: image.info.channels))
    }

    /// The mask of one of our own copies of images, which have one plane; nil without one.
    ///
    /// - Throws: `ImageError`, as `open`.
    private func mask(ofLevel level: Int) throws(ImageError) -> ZarrImage? {
        guard let group = multiscale.maskKey else { return nil }
        let place = key.appending(group).appending(multiscale.levels[level].key)
        guard case .array(let metadata)? = try ZarrNode.read(place, in: store, limits: limits) else {
            throw .corrupt(path: store.name(of: place), reason: "expected the mask of level \(level), found none")
        }
        return try ZarrImage(
            ZarrArray(metadata, at: place, in: store, isComplete: multiscale.isComplete), ImageAxes(letters: ["y", "x"]), page: 0,
            limits: limits, path: store.name(of: place))
    }

    /// Opens one plane in one resolution, with the channels that are selected.
    ///
    /// - Parameter isLabels: how elements become samples, as `ZarrArray` says.
    /// - Throws: `ImageError`, as `init`; `unsupported` for a plane or resolution that there is not.
    func open(_ selection: ImageSelection, isLabels: Bool = false) throws(ImageError) -> ZarrImage {
        try ImageSelection(level: selection.level).check(
            pages: 1, levels: multiscale.levels.count, path: store.name(of: key))
        let array = try array(ofLevel: selection.level, isLabels: isLabels)
        let axes = try multiscale.axes(of: array.metadata.shape, path: name(ofLevel: selection.level))
        return try ZarrImage(
            array, axes, page: selection.page, channels: selection.channels, limits: limits,
            path: name(ofLevel: selection.level))
    }

    /// Opens one plane of labels.
    ///
    /// - Parameter path: names the map in messages.
    /// - Throws: `ImageError`, as `open`; `unsupported` for what is no label map.
    func openLabels(_ selection: ImageSelection, path: String) throws(ImageError) -> LabelPixels {
        let rows = ImageSource.windows(try open(selection, isLabels: true)).rowReader
        return try LabelPixels(rows, notes: notes + (try array(ofLevel: selection.level).missing), path: path)
    }

    /// What the group says of the image.
    var contents: ImageContents {
        get throws(ImageError) {
            let full = try array(ofLevel: 0)
            let shape = full.metadata.shape
            let axes = try multiscale.axes(of: shape, path: name(ofLevel: 0))
            var levels: [ImageContents.Level] = []
            var notes = self.notes
            for (number, level) in multiscale.levels.enumerated() {
                do throws(ImageError) {
                    let found = number == 0 ? shape : try array(ofLevel: number).metadata.shape
                    guard found.count == axes.count else {
                        throw .corrupt(
                            path: name(ofLevel: number),
                            reason: "expected \(axes.count) dimensions, one for each axis, found the shape \(found)")
                    }
                    levels.append(
                        .init(width: found[axes.column], height: found[axes.row], metadata: level.metadata))
                } catch {
                    // The full resolution is the image; a smaller one that cannot be read is none.
                    guard number > 0 else { throw error }
                    let last = multiscale.levels.count - 1
                    let which = number == last ? "level \(number)" : "levels \(number) to \(last)"
                    notes.append(ImageNote(.levels, "\(which) cannot be read (\(error.reason))"))
                    break
                }
            }
            if full.metadata.element == .float64 {
                notes.append(ImageNote(.precision, "values of 64 bits are rounded to float32"))
            }
            notes += try full.missing
            var contents = ImageContents(
                depth: axes.depth.map { shape[$0] } ?? 1, times: axes.time.map { shape[$0] } ?? 1,
                channels: axes.channel.map { shape[$0] } ?? 1, channelNames: multiscale.channelNames, levels: levels,
                notes: notes)
            contents.channelColours = multiscale.channelColours
            return contents
        }
    }

    /// Where the pixels of one plane lie, in one resolution.
    ///
    /// - Throws: as `open`.
    func metadata(of selection: ImageSelection) throws(ImageError) -> ImageMetadata {
        try ImageSelection(level: selection.level).check(pages: 1, levels: multiscale.levels.count, path: store.name(of: key))
        let level = multiscale.levels[selection.level]
        guard selection.page > 0 else { return level.metadata.plane(depth: 0, time: 0) }
        let shape = try array(ofLevel: selection.level).metadata.shape
        guard let axis = try multiscale.axes(of: shape, path: name(ofLevel: selection.level)).depth else {
            return level.metadata.plane(depth: 0, time: selection.page)
        }
        let depth = shape.indices.contains(axis) ? max(1, shape[axis]) : 1
        return level.metadata.plane(depth: selection.page % depth, time: selection.page / depth)
    }

    private func place(ofLevel level: Int) -> StoreKey { key.appending(multiscale.levels[level].key) }

    private func name(ofLevel level: Int) -> String { store.name(of: place(ofLevel: level)) }

    private func array(ofLevel level: Int, isLabels: Bool = false) throws(ImageError) -> ZarrArray {
        let place = place(ofLevel: level)
        guard case .array(let metadata)? = try ZarrNode.read(place, in: store, limits: limits) else {
            throw .corrupt(
                path: store.name(of: place),
                reason: "expected the array of \(level == 0 ? "full resolution" : "level \(level)"), found none")
        }
        return ZarrArray(metadata, at: place, in: store, isLabels: isLabels, isComplete: multiscale.isComplete)
    }

    private static func group(
        _ key: StoreKey, in store: any ChunkStore, limits: ImageLimits
    ) throws(ImageError) -> OMEAttributes {
        let path = store.name(of: key)
        switch try ZarrNode.read(key, in: store, limits: limits) {
        case .group(let attributes?): return attributes
        case .group(nil):
            throw .unsupported(path: path, reason: "expected an OME-Zarr image, found a Zarr group without OME metadata")
        case .array:
            throw .unsupported(
                path: path, reason: "expected an OME-Zarr image, found a Zarr array without OME metadata; take the group it is in"
            )
        case nil:
            throw .unknownFormat(path: path, expected: "a folder of OME-Zarr", found: "a place without its metadata")
        }
    }
}

extension ZarrArray {
    /// What is to be said of chunks that are not there.
    ///
    /// - Throws: `ImageError`, as `presence`.
    fileprivate var missing: [ImageNote] {
        get throws(ImageError) {
            guard let presence = try presence(), presence.found < presence.total else { return [] }
            let missing = presence.total - presence.found
            let verb = missing == 1 ? "is" : "are"
            return [
                ImageNote(
                    .missing,
                    "\(missing) of \(presence.total) \(metadata.valuesName) \(verb) not there and \(verb) read as "
                        + "\(metadata.fill.text), the fill value; was the copy complete?")
            ]
        }
    }
}

extension ImageError {
    /// What is wrong, without the name of the file.
    fileprivate var reason: String {
        switch self {
        case .io(_, let reason), .corrupt(_, let reason), .unsupported(_, let reason): reason
        case .unknownFormat(_, let expected, let found): "expected \(expected), found \(found)"
        }
    }
}

/// One place of a Zarr hierarchy: an array, or a group with its attributes.
enum ZarrNode {
    case array(ArrayMetadata)
    /// The attributes of OME-Zarr, and the versions that they may be of; nil if the group has none.
    case group(OMEAttributes?)

    /// The names of all files that hold metadata.
    static let documentNames: Set<String> = ["zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"]

    private static let versionsOfV2 = ["0.1", "0.2", "0.3", "0.4"]

    private static let documentByteCountMax = 4 << 20

    /// What is at `key`; nil if there is nothing. Version 3 comes before version 2 where both are.
    ///
    /// - Throws: `ImageError` of the store, `corrupt` or `unsupported` naming what is wrong in which document.
    static func read(_ key: StoreKey, in store: any ChunkStore, limits: ImageLimits) throws(ImageError) -> ZarrNode? {
        if let document = try document("zarr.json", at: key, in: store) {
            switch try document.required("node_type", "\"array\" or \"group\"").text(outOf: ["array", "group"]) {
            case "array": return .array(try ArrayMetadata(v3: document, limits: limits))
            default:
                _ = try document.required("zarr_format", "3").integer(in: 3...3)
                guard let attributes = try document.member("attributes") else { return .group(nil) }
                if let ome = try attributes.member("ome") {
                    return .group(OMEAttributes(value: ome, version: try ome.member("version"), versionsRead: ["0.5"]))
                }
                // Some programs have put the metadata of OME-Zarr 0.4 into Zarr v3 as they were.
                guard try attributes.member("multiscales") != nil else { return .group(nil) }
                return .group(OMEAttributes(value: attributes, version: nil, versionsRead: versionsOfV2))
            }
        }
        if let document = try document(".zarray", at: key, in: store) {
            return .array(try ArrayMetadata(v2: document, limits: limits))
        }
        if let attributes = try document(".zattrs", at: key, in: store) {
            return .group(OMEAttributes(value: attributes, version: nil, versionsRead: versionsOfV2))
        }
        return try document(".zgroup", at: key, in: store).map { _ in .group(nil) }
    }

    private static func document(
        _ name: String, at key: StoreKey, in store: any ChunkStore
    ) throws(ImageError) -> MetadataValue? {
        let key = key.appending(name)
        guard let bytes = try store.read(key, .whole, byteCountMax: documentByteCountMax) else { return nil }
        return try MetadataValue(parsing: bytes, path: store.name(of: key))
    }
}
