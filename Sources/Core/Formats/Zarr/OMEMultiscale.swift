internal import Imaging

/// The resolutions of an OME-Zarr image.
struct OMEMultiscale {
    struct Level {
        /// Of the array, below that of the group.
        let key: StoreKey
        /// Where its pixels lie, in the first plane.
        let metadata: ImageMetadata
    }

    /// Nil where the metadata do not name them, as before OME-Zarr 0.3.
    let axes: ImageAxes?
    /// From the full resolution on; at least one.
    let levels: [Level]
    /// Of `omero`, which is optional; empty unless all are named.
    let channelNames: [String]
    /// As `channelNames`.
    let channelColours: [RGBColour]
    /// The group of the masks of our own copies of images (`ZarrImageWriter`), whose arrays have the names of the levels; nil without.
    let maskKey: StoreKey?
    /// Whether missing chunks are errors, as of our own copies of images.
    let isComplete: Bool
    /// Of other images of the group, which are not used.
    let notes: [ImageNote]

    /// The axes of the image, whose array of full resolution has this shape.
    ///
    /// - Throws: `ImageError.unsupported` for axes without names, unless they are those of OME-Zarr 0.1 and 0.2, or y and x.
    func axes(of shape: [Int], path: String) throws(ImageError) -> ImageAxes {
        if let axes { return axes }
        switch shape.count {
        case 5: return ImageAxes(letters: ["t", "c", "z", "y", "x"])
        case 2: return ImageAxes(letters: ["y", "x"])
        default:
            throw .unsupported(
                path: path,
                reason: "expected named axes, or the five dimensions t, c, z, y and x of OME-Zarr 0.1, found the shape \(shape)")
        }
    }
}

extension OMEAttributes {
    /// The image that the group is.
    ///
    /// - Throws: `ImageError.corrupt` for what breaks the format, `unsupported` for groups that are no image, and other versions.
    func multiscale() throws(ImageError) -> OMEMultiscale {
        let (image, version, notes) = try firstImage()
        let isNamed = try image.member("axes") != nil || !(version.map(Self.versionsWithoutAxes.contains) ?? true)
        let axesValue = isNamed ? try image.required("axes", "a list of axes") : nil
        let axes: ImageAxes? = if let axesValue { try ImageAxes(axesValue) } else { nil }
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
        return OMEMultiscale(
            axes: axes, levels: levels, channelNames: channelNames, channelColours: channelColours, maskKey: try maskKey,
            isComplete: try value.member(ZarrImageWriter.member)?.member("isComplete")?.value == .bool(true),
            notes: notes)
    }

    /// Those in which axes need no names.
    private static let versionsWithoutAxes: Set = ["0.1", "0.2", "0.3"]

    private var channelNames: [String] { ofChannels("label") { $0 } }

    /// In OMERO's notation: six digits, without a sign before them.
    private var channelColours: [RGBColour] { ofChannels("color") { RGBColour(hex: "#\($0)") } }

    /// What `omero` says of each channel; nothing unless it is said of all.
    private func ofChannels<Value>(_ name: String, _ parse: (String) -> Value?) -> [Value] {
        guard let channels = try? value.member("omero")?.member("channels")?.elements() else { return [] }
        let values = channels.compactMap { channel in (try? channel.member(name)?.text()).flatMap { $0.flatMap(parse) } }
        return values.count == channels.count ? values : []
    }

    private var maskKey: StoreKey? {
        get throws(ImageError) {
            guard let mask = try value.member(ZarrImageWriter.member)?.member("mask") else { return nil }
            return try Self.key(mask)
        }
    }
}

/// The metadata of a group that OME-Zarr defines.
struct OMEAttributes {
    /// An object with such members as `multiscales`.
    let value: MetadataValue
    /// Of the whole; nil where each part says its own (0.4), or says none.
    let version: MetadataValue?
    /// The versions of OME-Zarr that are read in this version of Zarr.
    let versionsRead: [String]

    /// The layout of bioformats2raw: the images are groups of their own, below.
    var isSeries: Bool {
        get throws(ImageError) { try value.member("bioformats2raw.layout") != nil }
    }

    /// The first of the multiscale images, its version, which may be missing, and what is to be said of the others.
    ///
    /// - Throws: `ImageError.corrupt` for what breaks the format, `unsupported` for groups that are no image, and other versions.
    func firstImage() throws(ImageError) -> (image: MetadataValue, version: String?, notes: [ImageNote]) {
        var version = try checked(version)
        guard let multiscales = try value.member("multiscales") else {
            throw .unsupported(path: value.path, reason: "expected an OME-Zarr image, found \(try kind())")
        }
        let images = try multiscales.elements()
        guard let image = images.first else { throw multiscales.wrong("an image") }
        if version == nil { version = try checked(try image.member("version")) }
        guard images.count > 1 else { return (image, version, []) }
        let name = (try? image.member("name")?.text()).flatMap { $0 }.map { ", \(JSONValue.string($0))," } ?? ""
        let note = ImageNote(.series, "\(images.count) multiscale images in the group, of which only the first\(name) is used")
        return (image, version, [note])
    }

    /// The key of the first image of bioformats2raw's layout, and how many there are; nil where that is not said.
    ///
    /// - Parameter list: the attributes of its group `OME`; nil if there is none.
    static func firstSeries(_ list: OMEAttributes?) throws(ImageError) -> (key: StoreKey, count: Int?) {
        if let series = try list?.value.member("series")?.elements(), let first = series.first {
            return (try key(first), series.count)
        }
        return (StoreKey.root.appending("0"), nil)
    }

    static func key(_ path: MetadataValue) throws(ImageError) -> StoreKey {
        guard let key = StoreKey(path: try path.text()) else { throw path.wrong("a path below this group") }
        return key
    }

    /// The text of a version, which some programs write as a number; nil if there is none.
    private func checked(_ version: MetadataValue?) throws(ImageError) -> String? {
        guard let version else { return nil }
        if case .number(let number) = version.value, versionsRead.contains("\(number)") { return "\(number)" }
        return try version.text(outOf: versionsRead)
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
    let row: Int
    let column: Int

    /// The axes that OME-Zarr names, and their types.
    private static let types = ["t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"]

    /// - Parameter letters: each once; y and x among them.
    /// - Precondition: there are y and x.
    init(letters: [String]) {
        guard let row = letters.firstIndex(of: "y"), let column = letters.firstIndex(of: "x") else {
            preconditionFailure("axes \(letters)")
        }
        (self.row, self.column) = (row, column)
        count = letters.count
        channel = letters.firstIndex(of: "c")
        depth = letters.firstIndex(of: "z")
        time = letters.firstIndex(of: "t")
    }

    /// Reads `axes` of OME-Zarr: y and x, and some of t, c and z, in any order, although the specification has but one; in letters
    /// of either case, which some programs write; as names alone (0.3) or with their types. An axis of another name is known by its
    /// type where that is time or channel.
    ///
    /// - Throws: `ImageError.corrupt` for what breaks the format, `unsupported` for other axes.
    init(_ axes: MetadataValue) throws(ImageError) {
        var names: [String] = []
        for axis in try axes.elements() {
            let letter: String
            if case .string(let name) = axis.value {
                letter = name.lowercased()
                guard Self.types[letter] != nil else { throw axis.unsupported("the axes t, c, z, y and x") }
            } else {
                letter = try Self.letter(axis)
            }
            guard !names.contains(letter) else {
                throw (try? axis.member("name")).flatMap { $0 }?.wrong("each axis once") ?? axis.wrong("each axis once")
            }
            names.append(letter)
        }
        guard names.contains("y"), names.contains("x") else {
            let found = names.isEmpty ? "none" : names.joined(separator: ", ")
            throw .unsupported(path: axes.path, reason: "\(axes.place): expected y and x among the axes, found \(found)")
        }
        self.init(letters: names)
    }

    private static func letter(_ axis: MetadataValue) throws(ImageError) -> String {
        let name = try axis.required("name", "a name")
        let letter = try name.text().lowercased()
        let type = try axis.member("type")
        guard let expected = types[letter] else {
            switch type?.value {
            case .string("time"): return "t"
            case .string("channel"): return "c"
            default: throw name.unsupported("the axes t, c, z, y and x")
            }
        }
        if let type, type.value != .string(expected) { throw type.wrong("\"\(expected)\" for the axis \(letter)") }
        return letter
    }
}
