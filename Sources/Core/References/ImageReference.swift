/// Pixels named instead of sent: a file that the worker can read, or a URL, and the rectangle of it that is meant.
public struct ImageReference: Codable, Hashable, Sendable {
    /// A path below one of the worker's data roots. Either this or `url` is given.
    public var path: String?
    public var url: String?
    /// Bytes of the file, as the sender knows it: another size is another image.
    public var size: Int
    /// When the file was last changed, in nanoseconds since 1970; checked as `size` is.
    public var modified: Int
    /// In the image's coordinates.
    public var window: PixelRect

    /// A window of a file.
    public init(path: String, size: Int, modified: Int, window: PixelRect) {
        self.path = path
        self.size = size
        self.modified = modified
        self.window = window
    }
}
