internal import Imaging

/// The resolutions of an OME-Zarr image.
struct OMEMultiscale {
    struct Level {
        /// Of the array, below that of the group.
        let key: StoreKey
        /// Where its pixels lie, in the first plane.
        let metadata: ImageMetadata
    }

    let axes: ImageAxes
    /// From the full resolution on; at least one.
    let levels: [Level]
    /// Of `omero`, which is optional; empty unless all are named.
    let channelNames: [String]
}

extension OMEAttributes {
    /// The image that the group is.
    ///
    /// - Throws: `ImageError.corrupt` for what breaks the format, `unsupported` for groups that are no image, and other versions.
    func multiscale() throws(ImageError) -> OMEMultiscale {
        let image = try firstImage()
        let axesValue = try image.required("axes", "a list of axes")
        let axes = try ImageAxes(axesValue)
        let coordinates = OMECoordinates(axes: axesValue, of: image, geo: GeoReference(value))
        let datasets = try image.required("datasets", "a list of arrays")
        var levels: [OMEMultiscale.Level] = []
        for dataset in try datasets.elements() {
            levels.append(
                OMEMultiscale.Level(
                    key: try Self.key(try dataset.required("path", "the path of an array")),
                    metadata: coordinates.metadata(of: dataset)))
        }
        guard !levels.isEmpty else { throw datasets.wrong("an array") }
        return OMEMultiscale(axes: axes, levels: levels, channelNames: channelNames)
    }

    private var channelNames: [String] {
        guard let channels = try? value.member("omero")?.member("channels")?.elements() else { return [] }
        let names = channels.compactMap { try? $0.member("label")?.text() }
        return names.count == channels.count ? names : []
    }
}

/// The metadata of a group that OME-Zarr defines.
struct OMEAttributes {
    /// An object with such members as `multiscales`.
    let value: MetadataValue
    /// Of the whole; nil where each part says its own (0.4).
    let version: MetadataValue?
    /// The versions of OME-Zarr that are read in this version of Zarr.
    let versionsRead: [String]

    /// The layout of bioformats2raw: the images are groups of their own, below.
    var isSeries: Bool {
        get throws(ImageError) { try value.member("bioformats2raw.layout") != nil }
    }

    /// The first of the multiscale images.
    ///
    /// - Throws: `ImageError.corrupt` for what breaks the format, `unsupported` for groups that are no image, and other versions.
    func firstImage() throws(ImageError) -> MetadataValue {
        try checkVersion(version)
        guard let multiscales = try value.member("multiscales") else {
            throw .unsupported(path: value.path, reason: "expected an OME-Zarr image, found \(try kind())")
        }
        guard let image = try multiscales.elements().first else { throw multiscales.wrong("an image") }
        if version == nil { try checkVersion(try image.member("version")) }
        return image
    }

    /// The key of the first image of bioformats2raw's layout.
    ///
    /// - Parameter list: the attributes of its group `OME`; nil if there is none.
    static func firstSeries(_ list: OMEAttributes?) throws(ImageError) -> StoreKey {
        if let series = try list?.value.member("series"), let first = try series.elements().first { return try key(first) }
        return StoreKey.root.appending("0")
    }

    static func key(_ path: MetadataValue) throws(ImageError) -> StoreKey {
        guard let key = StoreKey(path: try path.text()) else { throw path.wrong("a path below this group") }
        return key
    }

    private func checkVersion(_ version: MetadataValue?) throws(ImageError) {
        if let version { _ = try version.text(outOf: versionsRead) }
    }

    /// What the group is instead of an image.
    private func kind() throws(ImageError) -> String {
        if try value.member("plate") != nil { return "a plate; take an image in one of its wells" }
        if try value.member("well") != nil { return "a well; take one of its images" }
        if try value.member("labels") != nil { return "a list of label images; take one of them" }
        return "a group without multiscales"
    }
}

/// Which dimensions of an array are the channels, rows and columns of an image.
struct ImageAxes: Equatable, Sendable {
    /// Dimensions in all.
    let count: Int
    /// Nil for an image of one channel without a dimension for it.
    let channel: Int?
    /// Planes of a stack; nil without such a dimension.
    let depth: Int?
    /// Time points; nil without such a dimension.
    let time: Int?
    var row: Int { count - 2 }
    var column: Int { count - 1 }

    /// The axes that OME-Zarr names, and their types.
    private static let types = ["t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"]

    /// Reads `axes` of OME-Zarr: some of t, c and z, and then y and x; in letters of either case, which some programs write.
    ///
    /// - Throws: `ImageError.corrupt` for what breaks the format, `unsupported` for other axes.
    init(_ axes: MetadataValue) throws(ImageError) {
        var names: [String] = []
        for axis in try axes.elements() {
            let name = try axis.required("name", "a name")
            let letter = try name.text().lowercased()
            guard let expected = Self.types[letter] else { throw name.unsupported("the axes t, c, z, y and x") }
            if let type = try axis.member("type"), type.value != .string(expected) {
                throw type.wrong("\"\(expected)\" for the axis \(letter)")
            }
            guard !names.contains(letter) else { throw name.wrong("each axis once") }
            names.append(letter)
        }
        guard names.suffix(2) == ["y", "x"] else {
            let found = names.isEmpty ? "none" : names.joined(separator: ", ")
            throw .unsupported(path: axes.path, reason: "\(axes.place): expected y and x as the last axes, found \(found)")
        }
        count = names.count
        channel = names.firstIndex(of: "c")
        depth = names.firstIndex(of: "z")
        time = names.firstIndex(of: "t")
    }
}
