/// Images that are named by URL: TIFF files and OME-Zarr folders, read part by part.
public enum RemoteImage {
    /// Whether text is meant as a URL.
    public static func isURL(_ text: String) -> Bool { RemoteURL.matches(text) }

    /// The URL below which an image's objects lie.
    public static func folder(of url: String) -> String {
        let path = url.prefix { $0 != "?" }
        guard let slash = path.lastIndex(of: "/") else { return url }
        return String(path[..<slash])
    }

    /// A hash that stands for the content: of the URL, the size and the version that the server tells.
    static func hash(of url: String) throws(ImageError) -> ContentHash {
        let (_, identity) = try open(url, limits: ImageLimits(), cache: nil)
        return ContentHash(of: Array("\(url)\n\(identity.byteCount)\n\(identity.tag)".utf8))
    }

    /// Opens an image.
    ///
    /// - Throws: `ImageError`, as `ImageFile.source`.
    static func open(
        _ text: String, limits: ImageLimits, cache: RangeCache?
    ) throws(ImageError) -> (source: ImageSource, ImageIdentity) {
        let url: RemoteURL
        do {
            url = try RemoteURL(text)
        } catch {
            throw .io(path: text, reason: error.description)
        }
        if isStore(text) { return try openStore(url, limits, cache) }
        let file = try RemoteFile(url, cache: cache)
        let head = try [UInt8](filled: min(file.byteCount, ImageFormat.headByteCount)) { (head) throws(ImageError) in
            _ = try file.read(UnsafeMutableRawBufferPointer(head), at: 0)
        }
        guard let format = ImageFormat.all.first(where: { $0.matches(head) }) else {
            throw .unknownFormat(
                path: text, expected: "a TIFF file, or an OME-Zarr folder whose name ends in .zarr",
                found: ContentDescription.of(head))
        }
        guard let openRemote = format.openRemote else {
            throw .unsupported(
                path: text, reason: "expected a TIFF file, found \(format.name), which is not read in parts; copy it here first")
        }
        return (try openRemote(file, limits), ImageIdentity(byteCount: file.byteCount, tag: file.tag))
    }

    /// Whether a URL names a folder of OME-Zarr, by a component that ends in `.zarr`.
    private static func isStore(_ text: String) -> Bool {
        text.prefix { $0 != "?" }.split(separator: "/").contains { $0.lowercased().hasSuffix(".zarr") }
    }

    private static func openStore(
        _ url: RemoteURL, _ limits: ImageLimits, _ cache: RangeCache?
    ) throws(ImageError) -> (ImageSource, ImageIdentity) {
        let identity = try ImageIdentity(RemoteStore(url, cache: nil))
        let store = RemoteStore(url, cache: cache, version: identity.tag)
        return (.windows(try OMEImage.open(store, limits: limits)), identity)
    }
}
