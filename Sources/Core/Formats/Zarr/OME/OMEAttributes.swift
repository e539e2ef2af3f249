internal import Imaging

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
