package import Imaging
internal import Primitives

/// Images that are named by URL: TIFF files and OME-Zarr folders, read part by part.
package enum RemoteImage {
    /// Whether a text is a URL.
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
        let url = try url(text)
        if let format = folderFormat(of: text) {
            let identity = try ImageIdentity(RemoteStore(url, cache: nil, cancellation))
            let store = RemoteStore(url, cache: cache, version: identity.tag, cancellation)
            return (try format.source(of: .store(store), selection, limits), identity)
        }
        let file = try RemoteFile(url, cache: cache, cancellation)
        let source = try format(of: file).source(of: .remote(file), selection, limits)
        return (source, ImageIdentity(byteCount: file.byteCount, tag: file.tag))
    }

    /// What the URL's file or folder holds.
    static func contents(
        _ text: String, limits: ImageLimits, _ cancellation: ReadCancellation
    ) throws(ImageError) -> ImageContents {
        let (format, bytes) = try find(text, cancellation)
        return try format.contents(of: bytes, limits)
    }

    /// Where the pixels of a plane of it lie; nothing, where that cannot be read.
    static func metadata(
        _ text: String, _ selection: ImageSelection, limits: ImageLimits, _ cancellation: ReadCancellation
    ) -> ImageMetadata {
        guard let (format, bytes) = try? find(text, cancellation) else { return .none }
        return format.metadata(of: bytes, selection, limits)
    }

    /// The format of a file or folder, and where its bytes lie.
    private static func find(_ text: String, _ cancellation: ReadCancellation) throws(ImageError) -> (ImageFormat, ImageBytes) {
        let url = try url(text)
        if let format = folderFormat(of: text) { return (format, .store(RemoteStore(url, cache: nil, cancellation))) }
        let file = try RemoteFile(url, cache: nil, cancellation)
        return (try format(of: file), .remote(file))
    }

    private static func url(_ text: String) throws(ImageError) -> RemoteURL {
        do {
            return try RemoteURL(text)
        } catch {
            throw .io(path: text, reason: error.description)
        }
    }

    /// The format of a URL's file.
    ///
    /// - Throws: `ImageError.unsupported` for a format that is not read in parts, `unknownFormat` for other content.
    private static func format(of file: RemoteFile) throws(ImageError) -> ImageFormat {
        let head = try [UInt8](filled: min(file.byteCount, ImageFormat.headByteCount)) { (head) throws(ImageError) in
            _ = try file.read(UnsafeMutableRawBufferPointer(head), at: 0)
        }
        let readInParts = ImageFormat.all.filter(\.isReadInParts)
        let files = ImageFormat.sentence(readInParts.filter { !$0.isFolder }, noun: "file")
        let folders = readInParts.filter(\.isFolder).map {
            ", or \(ImageFormat.sentence([$0], noun: "folder")) whose name ends in .\($0.endings[0])"
        }
        let format = try ImageFormat.of(head, path: file.url.text, expected: files + folders.joined())
        guard format.isReadInParts else {
            throw .unsupported(
                path: file.url.text,
                reason: "expected \(files), found \(format.name), which is not read in parts; copy it here first")
        }
        return format
    }

    /// The format of the folder that a URL names, by a component with one of its endings; nil for the URL of a file.
    private static func folderFormat(of text: String) -> ImageFormat? {
        let components = text.prefix { $0 != "?" }.split(separator: "/").map { $0.lowercased() }
        return ImageFormat.all.first { format in
            format.isFolder && components.contains { component in format.endings.contains { component.hasSuffix(".\($0)") } }
        }
    }
}

/// The version of an image that is read in parts.
package struct ImageIdentity: Equatable {
    /// Bytes of the object, or of a store's metadata.
    package let byteCount: Int
    /// The object's ETag or time of change; the hash of a store's metadata.
    package let tag: String

    package init(byteCount: Int, tag: String) { (self.byteCount, self.tag) = (byteCount, tag) }

    /// The version of a Zarr store, by the metadata of its root. A change of chunks alone is not noticed.
    ///
    /// - Throws: `ImageError` of the store, `unknownFormat` without metadata.
    package init(_ store: any ChunkStore) throws(ImageError) {
        var metadata: [UInt8] = []
        for name in ZarrNode.documentNames.sorted() {
            guard let key = StoreKey(path: name), let found = try store.read(key, .whole, byteCountMax: 16 << 20) else {
                continue
            }
            metadata += Array(name.utf8) + found
        }
        guard !metadata.isEmpty else {
            throw .unknownFormat(
                path: store.name(of: .root), expected: "a folder of OME-Zarr", found: "a place without its metadata")
        }
        self.init(byteCount: metadata.count, tag: ContentHash(of: metadata).hex)
    }
}
