package import Imaging
internal import Primitives

/// Images that are named by URL: TIFF files and OME-Zarr folders, read part by part.
package enum RemoteImage {
    /// Whether text is meant as a URL.
    package static func isURL(_ text: String) -> Bool { RemoteURL.matches(text) }

    /// The URL below which an image's objects lie.
    package static func folder(of url: String) -> String {
        let path = url.prefix { $0 != "?" }
        guard let slash = path.lastIndex(of: "/") else { return url }
        return String(path[..<slash])
    }

    /// A hash that stands for the content: of the URL, the size and the version that the server tells.
    static func hash(of url: String) throws(ImageError) -> ContentHash {
        let (_, identity) = try open(url, .first, limits: ImageLimits(), cache: nil, ReadCancellation())
        return ContentHash(of: Array("\(url)\n\(identity.byteCount)\n\(identity.tag)".utf8))
    }

    /// Opens an image.
    ///
    /// - Throws: `ImageError`, as `ImageFile.source`.
    package static func open(
        _ text: String, _ selection: ImageSelection, limits: ImageLimits, cache: RangeCache?,
        _ cancellation: ReadCancellation
    ) throws(ImageError) -> (source: ImageSource, ImageIdentity) {
        if isStore(text) { return try openStore(try url(text), selection, limits, cache, cancellation) }
        let file = try RemoteFile(try url(text), cache: cache, cancellation)
        let format = try format(of: file, text)
        guard let openRemote = format.openRemote else {
            throw .unsupported(
                path: text, reason: "expected a TIFF file, found \(format.name), which is not read in parts; copy it here first")
        }
        return (try openRemote(file, selection, limits), ImageIdentity(byteCount: file.byteCount, tag: file.tag))
    }

    /// What the URL's file or folder holds.
    static func contents(
        _ text: String, limits: ImageLimits, _ cancellation: ReadCancellation
    ) throws(ImageError) -> ImageContents {
        if isStore(text) { return try OMEImage(RemoteStore(try url(text), cache: nil, cancellation), limits: limits).contents }
        let file = try RemoteFile(try url(text), cache: nil, cancellation)
        if let contents = try format(of: file, text).contents { return try contents(.remote(file), limits) }
        let info = try open(text, .first, limits: limits, cache: nil, cancellation).source.info
        return ImageContents(levels: [.init(width: info.width, height: info.height)])
    }

    private static func url(_ text: String) throws(ImageError) -> RemoteURL {
        do {
            return try RemoteURL(text)
        } catch {
            throw .io(path: text, reason: error.description)
        }
    }

    private static func format(of file: RemoteFile, _ text: String) throws(ImageError) -> ImageFormat {
        let head = try [UInt8](filled: min(file.byteCount, ImageFormat.headByteCount)) { (head) throws(ImageError) in
            _ = try file.read(UnsafeMutableRawBufferPointer(head), at: 0)
        }
        guard let format = ImageFormat.all.first(where: { $0.matches(head) }) else {
            throw .unknownFormat(
                path: text, expected: "a TIFF file, or an OME-Zarr folder whose name ends in .zarr",
                found: ContentDescription.of(head))
        }
        return format
    }

    /// Whether a URL names a folder of OME-Zarr, by a component that ends in `.zarr`.
    private static func isStore(_ text: String) -> Bool {
        text.prefix { $0 != "?" }.split(separator: "/").contains { $0.lowercased().hasSuffix(".zarr") }
    }

    private static func openStore(
        _ url: RemoteURL, _ selection: ImageSelection, _ limits: ImageLimits, _ cache: RangeCache?,
        _ cancellation: ReadCancellation
    ) throws(ImageError) -> (ImageSource, ImageIdentity) {
        let identity = try ImageIdentity(RemoteStore(url, cache: nil, cancellation))
        let store = RemoteStore(url, cache: cache, version: identity.tag, cancellation)
        return (.windows(try OMEImage(store, limits: limits).open(selection)), identity)
    }
}
