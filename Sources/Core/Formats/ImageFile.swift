package import Imaging
internal import Primitives

/// Opens image files, and folders that are images, of every format that is read. The content tells the format, never the name.
package enum ImageFile {
    /// Opens an image for reading row by row; its header is read and checked against `limits`.
    ///
    /// - Throws: as `source`.
    package static func open(
        path: String, _ selection: ImageSelection = .first, limits: ImageLimits = ImageLimits()
    ) throws(ImageError) -> any RowReader {
        let source = try source(path: path, selection, limits: limits)
        return source.rowReader
    }

    /// Opens an image for reading in the way that its format is stored; its header is read and checked against `limits`.
    ///
    /// - Throws: `ImageError`: `io` when the file cannot be read, `unknownFormat` for other content, `corrupt` for a broken
    ///   header, `unsupported` beyond `limits` or what is supported.
    ///
    /// - Parameters:
    ///   - cache: what was read of images that are named by URL.
    ///   - cancellation: calls off this and all later reads of the image.
    package static func source(
        path: String, _ selection: ImageSelection = .first, limits: ImageLimits = ImageLimits(), cache: RangeCache? = nil,
        cancellation: ReadCancellation = ReadCancellation()
    ) throws(ImageError) -> ImageSource {
        if RemoteImage.isURL(path) {
            return try RemoteImage.open(path, selection, limits: limits, cache: cache, cancellation).source
        }
        let (format, bytes) = try find(path, expected: expectedImage, cancellation)
        return try format.source(of: bytes, selection, limits)
    }

    /// Opens an image in a file that is open already.
    package static func source(
        _ file: InputFile, _ selection: ImageSelection, limits: ImageLimits
    ) throws(ImageError) -> ImageSource {
        try ImageFormat.of(file, expected: expectedImage).source(of: .file(file), selection, limits)
    }

    /// What a file or folder holds: its planes, channels and resolutions.
    ///
    /// - Throws: `ImageError`, as `source`.
    package static func contents(path: String, limits: ImageLimits = ImageLimits()) throws(ImageError) -> ImageContents {
        if RemoteImage.isURL(path) { return try RemoteImage.contents(path, limits: limits, ReadCancellation()) }
        let (format, bytes) = try find(path, expected: expectedImage, ReadCancellation())
        return try format.contents(of: bytes, limits)
    }

    /// Where the pixels of an image lie: what its file says of them besides their values. Nothing, where that cannot be read.
    package static func metadata(
        path: String, _ selection: ImageSelection = .first, limits: ImageLimits = ImageLimits()
    ) -> ImageMetadata {
        if RemoteImage.isURL(path) { return RemoteImage.metadata(path, selection, limits: limits, ReadCancellation()) }
        guard let (format, bytes) = try? find(path, expected: expectedImage, ReadCancellation()) else { return .none }
        return format.metadata(of: bytes, selection, limits)
    }

    /// Endings by which the images in a folder are found, of every format that is read, the usual one of a format first.
    package static var endings: [[String]] { ImageFormat.all.map(\.endings) }

    /// Whether `path` is a folder that is no image.
    package static func isPlainFolder(_ path: String) -> Bool {
        FileSystem.isFolder(path) && (try? ImageFormat.of(folder: path)) == nil
    }

    /// Opens a label map for reading row by row.
    ///
    /// - Throws: `ImageError`, as `open`; `unsupported` also for an image that has colours instead of labels.
    package static func openLabels(
        path: String, _ selection: ImageSelection = .first, limits: ImageLimits = ImageLimits()
    ) throws(ImageError) -> any LabelRowReader {
        if RemoteImage.isURL(path) {
            throw .unsupported(path: path, reason: "expected a label map in a file, found a URL; copy it here first")
        }
        let exact = ImageFormat.all.filter { $0.openLabels != nil && !$0.isFolder }
        let expected = ImageFormat.sentence(exact, noun: "label map")
        let (format, bytes) = try find(path, expected: expected, ReadCancellation())
        guard let openLabels = format.openLabels else {
            throw .unsupported(
                path: path, reason: "expected \(expected), found \(format.name), which does not keep labels exactly")
        }
        try format.check(selection, path: path)
        return try openLabels(bytes, selection, limits)
    }

    /// Reads a whole image; `limits.heldBytesMax` bounds its decoded size.
    ///
    /// - Throws: `ImageError`, as `open`.
    package static func readAll(
        path: String, _ selection: ImageSelection = .first, limits: ImageLimits = ImageLimits()
    ) throws(ImageError) -> PixelBuffer {
        let reader = try open(path: path, selection, limits: limits)
        let info = reader.info
        try limits.check(
            heldRows: info.height, of: ImageSource.rows(reader).heldRowByteCount, because: "the whole image", path: path)
        var validity = reader.isMasked ? [UInt8](repeating: 1, count: info.height * info.width) : nil
        let bytes = try [UInt8](filled: info.height * info.rowByteCount) { (rows) throws(ImageError) in
            let bytes = UnsafeMutableRawBufferPointer(rows)
            guard reader.isMasked else { return try reader.read(info.height, into: bytes) }
            try validity?.withUnsafeMutableBufferPointer { (mask) throws(ImageError) in
                try reader.read(info.height, into: bytes, validity: mask)
            }
        }
        return PixelBuffer(
            width: info.width, height: info.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes,
            validity: validity)
    }

    /// Reads a whole label map; `limits.heldBytesMax` bounds its decoded size.
    ///
    /// - Throws: `ImageError`, as `openLabels`.
    package static func readAllLabels(
        path: String, _ selection: ImageSelection = .first, limits: ImageLimits = ImageLimits()
    ) throws(ImageError) -> LabelMap {
        let reader = try openLabels(path: path, selection, limits: limits)
        try limits.check(heldRows: reader.height, of: 2 * reader.width, because: "the whole label map", path: path)
        let labels = try [UInt16](filled: reader.width * reader.height) { (rows) throws(ImageError) in
            try reader.read(reader.height, into: rows)
        }
        return LabelMap(width: reader.width, height: reader.height, labels: labels)
    }

    /// What messages call a file of any format that is read.
    private static var expectedImage: String {
        ImageFormat.sentence(ImageFormat.all.filter { !$0.isFolder }, noun: "image")
    }

    /// The format of a file or folder of this machine, and where its bytes lie.
    private static func find(
        _ path: String, expected: String, _ cancellation: ReadCancellation
    ) throws(ImageError) -> (ImageFormat, ImageBytes) {
        if FileSystem.isFolder(path) {
            return (try ImageFormat.of(folder: path), .store(try FolderStore(path: path, cancellation)))
        }
        let file: InputFile
        do {
            file = try InputFile(path: path)
        } catch {
            throw ImageError(error)
        }
        file.cancellation = cancellation
        return (try ImageFormat.of(file, expected: expected), .file(file))
    }
}
