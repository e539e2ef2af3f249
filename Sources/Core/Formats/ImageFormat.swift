internal import Imaging

/// One file format: how its content is told, and how it is opened.
///
/// A new format is one file with an `ImageFormat` and one entry in `all`.
struct ImageFormat: Sendable {
    /// The name in messages: `PNG`.
    let name: String
    /// Endings of the names of its files, without the dot and in lower case, the usual one first. Images are found in a folder by them.
    let endings: [String]
    /// Whether a file that starts with these bytes (up to `headByteCount`) is of this format.
    let matches: @Sendable (_ head: [UInt8]) -> Bool
    /// Opens an image of this format.
    let open: @Sendable (InputFile, ImageSelection, ImageLimits) throws(ImageError) -> ImageSource
    /// Opens a label map of this format; nil where the format cannot hold exact labels.
    let openLabels: (@Sendable (InputFile, ImageSelection, ImageLimits) throws(ImageError) -> any LabelRowReader)?

    /// Opens an image of this format that is read over HTTP; nil where it is not read in parts.
    var openRemote: (@Sendable (RemoteFile, ImageSelection, ImageLimits) throws(ImageError) -> ImageSource)?

    /// What a file holds; nil for a format that holds one image in one resolution.
    var contents: (@Sendable (ImageBytes, ImageLimits) throws(ImageError) -> ImageContents)?

    /// Whether a file is of this format, where its first bytes do not tell; asked before any format's `matches`.
    var matchesFile: (@Sendable (InputFile, _ head: [UInt8]) -> Bool)?

    /// Throws unless a file of this format can have the image.
    func check(_ selection: ImageSelection, path: String) throws(ImageError) {
        if contents == nil { try selection.check(pages: 1, levels: 1, path: path) }
    }

    /// Every format that is read.
    static let all: [ImageFormat] = [.png, .jpeg, .tiff, .wholeSlide]

    /// Bytes of a file's start by which formats are told.
    static let headByteCount = 16

    /// The names of `formats` in a sentence: `a PNG, JPEG, TIFF or whole-slide image`.
    static func sentence(_ formats: [ImageFormat], noun: String) -> String {
        let names = formats.map(\.name)
        let all = names.count < 2 ? names.first ?? "" : "\(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1])"
        return "a \(all) \(noun)"
    }
}
