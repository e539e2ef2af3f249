package import Imaging

/// One format of images: what its names end in, how its content is told from others, and how it is read and written.
///
/// **To add one:** a file with an `ImageFormat`, and its name in `all`. All else follows from the list: images found in folders, what
/// messages expect, outputs that may be asked for.
package struct ImageFormat: Sendable {
    /// The name in messages: `PNG`.
    package let name: String
    /// Endings of the names of its files or folders, without the dot and in lower case, the usual one first.
    package let endings: [String]
    /// What its content is known by.
    let signature: Signature
    /// Opens an image of this format.
    let open: @Sendable (ImageBytes, ImageSelection, ImageLimits) throws(ImageError) -> ImageSource
    /// Opens a label map of this format, as it is stored; nil where the format cannot hold exact labels.
    let openLabels: (@Sendable (ImageBytes, ImageSelection, ImageLimits) throws(ImageError) -> LabelPixels)?
    /// What an image holds; nil for a format that holds one plane in one resolution, and nothing to note.
    var contents: (@Sendable (ImageBytes, ImageLimits) throws(ImageError) -> ImageContents)?
    /// Whether `open` reads only the channels that are selected; otherwise they are taken from all.
    var choosesChannels = false
    /// Whether an image has one plane in one resolution.
    var holdsOnePlane = false
    /// Where the pixels of a plane lie, in one resolution; nil for a format that does not say it.
    var metadata: (@Sendable (ImageBytes, ImageSelection, ImageLimits) throws(ImageError) -> ImageMetadata)?
    /// Whether images behind a URL can be opened: those that are read part by part.
    var isReadInParts = false
    /// Whether files in a folder are taken for images by the endings of their names.
    var isFoundInFolders = true
    /// Creates a file of this format; nil where none is written, or where only a map can be (OME-Zarr, by `ZarrMapWriter`).
    var create: Create?

    /// Creates the file of an image: path, width and height in pixels, how a pixel is stored, how overviews are made if the format has some,
    /// and what is written besides the pixels as far as the format holds it.
    typealias Create = @Sendable (String, Int, Int, PixelKind, OverviewRule, ImageCaption) throws(ImageError) -> any RegionWriter

    /// What the content of a format is known by.
    enum Signature: Sendable {
        /// The first bytes of a file, up to `headByteCount`.
        case head(@Sendable (_ head: [UInt8]) -> Bool)
        /// More of a file than its head. Asked before any head, as such files may begin like those of another format.
        case file(@Sendable (InputFile, _ head: [UInt8]) -> Bool)
        /// Files in a folder, any one of which makes it an image.
        case folder(documents: Set<String>)
    }

    /// Every format that is read.
    static let all: [ImageFormat] = [
        .png, .jpeg, .tiff, .jpeg2000, .wholeSlide, .numpy, .omeZarr, .zippedOMEZarr,
    ]

    /// Bytes of a file's start by which formats are told.
    static let headByteCount = 16
}

/// Where the bytes of an image lie.
enum ImageBytes {
    case file(InputFile)
    case remote(RemoteFile)
    /// A folder, here or behind a URL.
    case store(any ChunkStore)

    /// Names it in messages.
    var path: String {
        switch self {
        case .file(let file): file.path
        case .remote(let file): file.url.text
        case .store(let store): store.name(of: .root)
        }
    }

    /// - Throws: `ImageError.unsupported` for anything but a file of this machine.
    func file() throws(ImageError) -> InputFile {
        guard case .file(let file) = self else { throw .unsupported(path: path, reason: "expected a file") }
        return file
    }

    /// - Throws: `ImageError.unsupported` for anything but a folder.
    func store() throws(ImageError) -> any ChunkStore {
        guard case .store(let store) = self else { throw .unsupported(path: path, reason: "expected a folder") }
        return store
    }
}

// MARK: - Reading

extension ImageFormat {
    /// Opens one plane of an image in one resolution.
    ///
    /// - Throws: `ImageError`, also for a plane or resolution that the format does not have.
    func source(of bytes: ImageBytes, _ selection: ImageSelection, _ limits: ImageLimits) throws(ImageError) -> ImageSource {
        try check(selection, path: bytes.path)
        var source = try open(bytes, selection, limits)
        if !choosesChannels, let channels = selection.channels {
            source = try ChosenChannels.source(source, channels, path: bytes.path)
        }
        if case .value(let value)? = selection.noData {
            source = MaskedImage.source(source, noData: [Double](repeating: value, count: source.info.channels))
        }
        guard source.info.channels <= ImageInfo.channelsMax else {
            throw .unsupported(
                path: bytes.path,
                reason: "expected at most \(ImageInfo.channelsMax) channels at once, found \(source.info.channels); "
                    + "choose some by --channels")
        }
        return source
    }

    /// What an image holds: its planes, channels and resolutions.
    func contents(of bytes: ImageBytes, _ limits: ImageLimits) throws(ImageError) -> ImageContents {
        if let contents { return try contents(bytes, limits) }
        let info = try open(bytes, .first, limits).info
        let metadata = self.metadata(of: bytes, .first, limits)
        return ImageContents(
            channels: info.channels, levels: [.init(width: info.width, height: info.height, metadata: metadata)])
    }

    /// Where the pixels of a plane lie, in one resolution. What cannot be read of it is left out, as no pixel depends on it.
    func metadata(of bytes: ImageBytes, _ selection: ImageSelection, _ limits: ImageLimits) -> ImageMetadata {
        (try? metadata?(bytes, selection, limits)) ?? .none
    }

    /// Throws unless an image of this format can have the plane and resolution.
    func check(_ selection: ImageSelection, path: String) throws(ImageError) {
        if holdsOnePlane || contents == nil { try selection.check(pages: 1, levels: 1, path: path) }
    }
}

// MARK: - Recognition

extension ImageFormat {
    /// Whether images of this format are folders.
    var isFolder: Bool { if case .folder = signature { true } else { false } }

    /// Whether a file that starts with these bytes is of this format.
    func matches(_ head: [UInt8]) -> Bool { if case .head(let matches) = signature { matches(head) } else { false } }

    /// The format of a file.
    ///
    /// - Parameter expected: what messages call a file of the right format.
    /// - Throws: `ImageError.unknownFormat` that says what the content seems to be.
    static func of(_ file: InputFile, expected: String) throws(ImageError) -> ImageFormat {
        let head: [UInt8]
        do {
            head = try file.bytes(headByteCount)
        } catch {
            throw ImageError(error)
        }
        for format in all {
            if case .file(let matches) = format.signature, matches(file, head) { return format }
        }
        return try of(head, path: file.path, expected: expected)
    }

    /// The format of a file by its first bytes.
    ///
    /// - Throws: as `of(_:expected:)`.
    static func of(_ head: [UInt8], path: String, expected: String) throws(ImageError) -> ImageFormat {
        guard let format = all.first(where: { $0.matches(head) }) else {
            throw .unknownFormat(path: path, expected: expected, found: ContentDescription.of(head))
        }
        return format
    }

    /// The format of a folder.
    ///
    /// - Throws: `ImageError.unknownFormat` for a folder of no format that is read.
    static func of(folder path: String) throws(ImageError) -> ImageFormat {
        for format in all {
            guard case .folder(let documents) = format.signature else { continue }
            if documents.contains(where: { FileSystem.exists("\(path)/\($0)") }) { return format }
        }
        let formats = all.filter(\.isFolder).map(\.name).joined(separator: " or ")
        throw .unknownFormat(
            path: path, expected: "an image file or a folder of \(formats)", found: "a folder without its metadata")
    }

    /// Names of the files of metadata in the folders that are images.
    static var documentNames: Set<String> {
        all.reduce(into: []) { names, format in
            if case .folder(let documents) = format.signature { names.formUnion(documents) }
        }
    }

    /// The names of `formats` in a sentence: `a PNG, JPEG, TIFF or whole-slide image`.
    static func sentence(_ formats: [ImageFormat], noun: String) -> String {
        let names = formats.map(\.name)
        let all = names.count < 2 ? names.first ?? "" : "\(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1])"
        return "\("AEIOU".contains(all.first ?? " ") ? "an" : "a") \(all) \(noun)"
    }
}

// MARK: - Writing

extension ImageFormat {
    /// Endings of the names of image files that can be written.
    package static var writtenEndings: [String] { all.filter { $0.create != nil }.flatMap(\.endings) }

    /// Creates an image file, in the format that an ending stands for; PNG for an ending of no format that is written.
    ///
    /// - Parameters:
    ///   - rule: how the overviews are made, of formats that have some.
    ///   - caption: what is written besides the pixels, as far as the format holds it.
    /// - Throws: `ImageError.io` with the system's reason.
    package static func writer(
        of path: String, ending: String, width: Int, height: Int, kind: PixelKind, overviews rule: OverviewRule,
        caption: ImageCaption = ImageCaption()
    ) throws(ImageError) -> any RegionWriter {
        let create = all.first { $0.create != nil && $0.endings.contains(ending) }?.create
        if let create { return try create(path, width, height, kind, rule, caption) }
        return try PNGRegionWriter(path: path, width: width, height: height, kind: kind, caption: caption)
    }
}

/// Describes, for error messages, what a file of no known format seems to be.
enum ContentDescription {
    private static let signatures: [(bytes: [UInt8], name: String)] = [
        (Array("GIF8".utf8), "a GIF image"),
        (Array("BM".utf8), "a BMP image"),
        (Array("RIFF".utf8), "a RIFF file, such as WebP"),
        (Array("%PDF".utf8), "a PDF document"),
        (Array("PK\u{3}\u{4}".utf8), "a ZIP archive"),
        ([0x1F, 0x8B], "a gzip archive"),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy array"),
        ([0x89, 0x50, 0x4E, 0x47], "a PNG signature that was altered, as by a text-mode transfer"),
        ([0x8A, 0x4D, 0x4E, 0x47], "an MNG animation"),
        ([0x8B, 0x4A, 0x4E, 0x47], "a JNG image"),
        ([0xFF, 0x0A], "a JPEG XL image"),
        ([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20], "a JPEG XL image"),
        ([0x49, 0x49, 0xBC], "a JPEG XR image"),
        (Array("8BPS".utf8), "a Photoshop document"),
        ([0x76, 0x2F, 0x31, 0x01], "an OpenEXR image"),
        (Array("SIMPLE  =".utf8), "a FITS file"),
        (Array("ZISRAWFILE".utf8), "a Zeiss CZI file"),
        ([0x70, 0, 0, 0], "a Leica LIF file"),
        ([0xDA, 0xCE, 0xBE, 0x0A], "a Nikon ND2 file"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an OLE file, such as Olympus OIB or Zeiss ZVI"),
        (Array("OLYMPUSRAWFORMAT".utf8), "an Olympus OIR file"),
        (Array("NRRD".utf8), "an NRRD file"),
        (Array("MATLAB".utf8), "a MATLAB file"),
        (Array("#?RADIANCE".utf8), "a Radiance image"),
        (Array("<svg".utf8), "an SVG drawing"),
        (Array("FUJIFILMCCD-RAW".utf8), "a Fujifilm raw image"),
        (Array("IIRO".utf8), "an Olympus raw image"),
        (Array("IIU\0".utf8), "a Panasonic raw image"),
    ]

    /// What the boxes of an ISO file hold, by the brand that its first box names.
    private static let brands = [
        "avif": "an AVIF image", "avis": "an AVIF image", "heic": "a HEIF image", "heix": "a HEIF image", "mif1": "a HEIF image",
        "hevc": "a HEIF image", "crx ": "a Canon CR3 image",
    ]

    /// Describes the content by its first bytes.
    static func of(_ head: [UInt8]) -> String {
        if head.isEmpty { return "an empty file" }
        if let known = signatures.first(where: { head.starts(with: $0.bytes) }) { return known.name }
        if head.count >= 12, head[4..<8].elementsEqual("ftyp".utf8) {
            return brands[String(decoding: head[8..<12], as: UTF8.self)] ?? "an ISO media file, such as a film"
        }
        // Netpbm: P1 to P7, and a space or line feed.
        if head.count >= 3, head[0] == 0x50, (0x31...0x37).contains(head[1]), head[2] <= 0x20 { return "a Netpbm image" }
        let isText = head.allSatisfy { (0x20...0x7E).contains($0) || (0x09...0x0D).contains($0) }
        if isText { return "text" }
        return "bytes " + head.prefix(8).map(hexadecimal).joined(separator: " ")
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}
