/// One file format: how its content is told, and how it is opened.
///
/// A new format is one file with an `ImageFormat` and one entry in `all`.
struct ImageFormat: Sendable {
    /// The name in messages: `PNG`.
    let name: String
    /// Whether a file that starts with these bytes (up to `headByteCount`) is of this format.
    let matches: @Sendable (_ head: [UInt8]) -> Bool
    /// Opens an image of this format.
    let open: @Sendable (InputFile, ImageLimits) throws(ImageError) -> ImageSource
    /// Opens a label map of this format; nil where the format cannot hold exact labels.
    let openLabels: (@Sendable (InputFile, ImageLimits) throws(ImageError) -> any LabelRowReader)?

    /// Opens an image of this format that is read over HTTP; nil where it is not read in parts.
    var openRemote: (@Sendable (RemoteFile, ImageLimits) throws(ImageError) -> ImageSource)?

    /// Every format that is read.
    static let all: [ImageFormat] = [.png, .jpeg, .tiff]

    /// Bytes of a file's start by which formats are told.
    static let headByteCount = 16

    /// The names of `formats` in a sentence: `a PNG, JPEG or TIFF image`.
    static func sentence(_ formats: [ImageFormat], noun: String) -> String {
        let names = formats.map(\.name)
        let all = names.count < 2 ? names.first ?? "" : "\(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1])"
        return "a \(all) \(noun)"
    }
}
