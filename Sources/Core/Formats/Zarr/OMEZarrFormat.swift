internal import Imaging

extension ImageFormat {
    /// OME-Zarr 0.4 (Zarr v2) and 0.5 (Zarr v3), recognised by the metadata of its root.
    package static let omeZarr = ImageFormat(
        name: "OME-Zarr", endings: ["zarr"],
        signature: .folder(documents: ZarrNode.documentNames),
        open: { (bytes, selection, limits) throws(ImageError) in
            .windows(try OMEImage(try bytes.store(), limits: limits).open(selection))
        },
        openLabels: { (bytes, selection, limits) throws(ImageError) in
            let source = ImageSource.windows(try OMEImage(try bytes.store(), limits: limits).open(selection))
            return try LabelPixels(source.rowReader, path: bytes.path)
        },
        contents: { (bytes, limits) throws(ImageError) in try OMEImage(try bytes.store(), limits: limits).contents },
        metadata: { (bytes, selection, limits) throws(ImageError) in
            try OMEImage(try bytes.store(), limits: limits).metadata(of: selection)
        },
        isReadInParts: true)
}

/// The image of the group that the root of an OME-Zarr hierarchy is; in the layout of bioformats2raw, the first series.
struct OMEImage {
    private let multiscale: OMEMultiscale
    private let store: any ChunkStore
    private let key: StoreKey
    private let limits: ImageLimits

    /// Reads the metadata of the group.
    ///
    /// - Throws: `ImageError`: `corrupt` for what breaks the format, `unsupported` for what is no image or is not read, `io`.
    init(_ store: any ChunkStore, limits: ImageLimits) throws(ImageError) {
        var key = StoreKey.root
        var attributes = try Self.group(key, in: store, limits: limits)
        if try attributes.value.member("multiscales") == nil, try attributes.isSeries {
            var list: OMEAttributes?
            if case .group(let found) = try ZarrNode.read(key.appending("OME"), in: store, limits: limits) { list = found }
            key = try OMEAttributes.firstSeries(list)
            attributes = try Self.group(key, in: store, limits: limits)
        }
        multiscale = try attributes.multiscale()
        (self.store, self.key, self.limits) = (store, key, limits)
    }

    /// Opens one plane in one resolution.
    ///
    /// - Throws: `ImageError`, as `init`; `unsupported` for a plane or resolution that there is not.
    func open(_ selection: ImageSelection) throws(ImageError) -> ZarrImage {
        try ImageSelection(level: selection.level).check(
            pages: 1, levels: multiscale.levels.count, path: store.name(of: key))
        let place = key.appending(multiscale.levels[selection.level].key)
        return try ZarrImage(
            ZarrArray(try array(at: place, level: selection.level), at: place, in: store), multiscale.axes, page: selection.page,
            limits: limits,
            path: store.name(of: place))
    }

    /// What the group says of the image.
    var contents: ImageContents {
        get throws(ImageError) {
            let axes = multiscale.axes
            var levels: [ImageContents.Level] = []
            var shape: [Int] = []
            for (number, level) in multiscale.levels.enumerated() {
                let place = key.appending(level.key)
                let found: [Int]
                do throws(ImageError) {
                    found = try array(at: place, level: number).shape
                } catch {
                    // The full resolution is the image; a smaller one that cannot be read is none.
                    if number > 0 { break }
                    throw error
                }
                guard found.count == axes.count else {
                    throw .corrupt(
                        path: store.name(of: place),
                        reason: "expected \(axes.count) dimensions, one for each axis, found the shape \(found)")
                }
                if shape.isEmpty { shape = found }
                levels.append(.init(width: found[axes.column], height: found[axes.row], metadata: level.metadata))
            }
            return ImageContents(
                depth: axes.depth.map { shape[$0] } ?? 1, times: axes.time.map { shape[$0] } ?? 1,
                channels: axes.channel.map { shape[$0] } ?? 1, channelNames: multiscale.channelNames, levels: levels)
        }
    }

    /// Where the pixels of one plane lie, in one resolution.
    ///
    /// - Throws: as `open`.
    func metadata(of selection: ImageSelection) throws(ImageError) -> ImageMetadata {
        try ImageSelection(level: selection.level).check(pages: 1, levels: multiscale.levels.count, path: store.name(of: key))
        let level = multiscale.levels[selection.level]
        guard selection.page > 0, let axis = multiscale.axes.depth else {
            return level.metadata.plane(depth: 0, time: selection.page)
        }
        let shape = try array(at: key.appending(level.key), level: selection.level).shape
        let depth = shape.indices.contains(axis) ? max(1, shape[axis]) : 1
        return level.metadata.plane(depth: selection.page % depth, time: selection.page / depth)
    }

    private func array(at place: StoreKey, level: Int) throws(ImageError) -> ArrayMetadata {
        guard case .array(let metadata)? = try ZarrNode.read(place, in: store, limits: limits) else {
            throw .corrupt(
                path: store.name(of: place),
                reason: "expected the array of \(level == 0 ? "full resolution" : "level \(level)"), found none")
        }
        return metadata
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
        case nil: throw .corrupt(path: path, reason: "expected a Zarr group, found none")
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
                guard let ome = try document.member("attributes")?.member("ome") else { return .group(nil) }
                let version = try ome.required("version", "\"0.5\"")
                return .group(OMEAttributes(value: ome, version: version, versionsRead: ["0.5"]))
            }
        }
        if let document = try document(".zarray", at: key, in: store) {
            return .array(try ArrayMetadata(v2: document, limits: limits))
        }
        if let attributes = try document(".zattrs", at: key, in: store) {
            return .group(OMEAttributes(value: attributes, version: nil, versionsRead: ["0.4"]))
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
