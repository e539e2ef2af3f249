internal import Imaging

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
