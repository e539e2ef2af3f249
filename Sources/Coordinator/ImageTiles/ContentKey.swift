internal import Formats
internal import Imaging
internal import Primitives

/// Names the content of an image: another file, or the same one after a change, has another key.
///
/// A file is known by its path, number (inode), size and time of change; a folder by the content of its metadata and its own time of change,
/// as of `ImageIdentity`: a chunk that is rewritten in place is not noticed; a URL by the version that the server tells. Working copies
/// and overviews do not change a key, as the tiles are the same with them.
enum ContentKey {
    /// To be raised when tiles are made in another way.
    private static let version = 1

    /// - Returns: 24 hexadecimal digits.
    /// - Throws: `ImageError` when the image is not there.
    static func of(_ path: String, _ selection: ImageSelection, cache: RangeCache?) throws(ImageError) -> String {
        hash("\(version)\n\(place(path, selection))\n\(try identity(of: path, selection, cache))")
    }

    /// Names the place of an image, whatever its content.
    static func ofPlace(_ path: String, _ selection: ImageSelection) -> String { hash(place(path, selection)) }

    private static func hash(_ text: String) -> String { String(ContentHash(of: Array(text.utf8)).hex.prefix(24)) }

    private static func place(_ path: String, _ selection: ImageSelection) -> String {
        let place = RemoteImage.isURL(path) ? path : FileSystem.resolved(path) ?? path
        let channels = selection.channels.map { "\($0)" } ?? "all"
        return "\(place)\n\(channels)\n\(selection.masksByAlpha)\n\(selection.noData.map { "\($0)" } ?? "stated")"
    }

    private static func identity(
        of path: String, _ selection: ImageSelection, _ cache: RangeCache?
    ) throws(ImageError) -> String {
        if RemoteImage.isURL(path) {
            let opened = try RemoteImage.open(path, selection, limits: ImageLimits(), cache: cache, ReadCancellation())
            return "\(opened.1.byteCount) \(opened.1.tag)"
        }
        if FileSystem.isFolder(path) {
            let identity = try ImageIdentity(FolderStore(path: path))
            return "\(identity.byteCount) \(identity.tag) \(FileSystem.modifiedNanoseconds(path) ?? 0)"
        }
        do {
            let identity = try InputFile(path: path).identity
            return "\(identity.device) \(identity.inode) \(identity.byteCount) \(identity.modifiedNanoseconds)"
        } catch {
            throw ImageError(error)
        }
    }
}
