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
    package static var endings: [[String]] { ImageFormat.all.filter(\.isFoundInFolders).map(\.endings) }

    /// Whether `path` is a folder that is no image.
    package static func isPlainFolder(_ path: String) -> Bool {
        FileSystem.isFolder(path) && (try? ImageFormat.of(folder: path)) == nil
    }

    /// Opens a label map for reading row by row, by itself: the colours of a file of colours become labels in their order.
    ///
    /// - Throws: `ImageError`, as `open`; `unsupported` also for what is no label map for sure.
    package static func openLabels(
        path: String, _ selection: ImageSelection = .first, limits: ImageLimits = ImageLimits()
    ) throws(ImageError) -> any LabelRowReader {
        let pixels = try labelPixels(path: path, selection, limits: limits)
        guard pixels.storage == .colours else { return PixelLabelRows(pixels, notes: pixels.notes) }
        let surveyor = LabelSurveyor(pixels)
        var collection = LabelCollection(.none, for: .comparison)
        while true {
            guard let survey = try surveyor.step() else { continue }
            try collection.add(survey)
            break
        }
        let reading = try collection.reading()
        let again = try labelPixels(path: path, selection, limits: limits)
        return PixelLabelRows(again, as: reading.tables[0], notes: reading.notes[0])
    }

    /// Opens a label map as it is stored.
    ///
    /// - Throws: `ImageError`, as `open`; `unsupported` also for a format that does not keep labels exactly.
    package static func labelPixels(
        path: String, _ selection: ImageSelection = .first, limits: ImageLimits = ImageLimits()
    ) throws(ImageError) -> LabelPixels {
        if RemoteImage.isURL(path) {
            throw .unsupported(path: path, reason: "expected a label map in a file, found a URL; copy it here first")
        }
        let exact = ImageFormat.all.filter { $0.openLabels != nil && !$0.isFolder }
        let expected = ImageFormat.sentence(exact, noun: "label map")
        let (format, bytes) = try find(path, expected: expected, ReadCancellation())
        guard let openLabels = format.openLabels else {
            let found = valueCount(of: format, bytes, limits).map { ": \($0); save labels as PNG" } ?? ""
            throw .unsupported(
                path: path, reason: "expected \(expected), found \(format.name), which does not keep labels exactly\(found)")
        }
        try format.check(selection, path: path)
        return try openLabels(bytes, selection, limits)
    }

    /// How many values an image that should hold labels has; nil where it cannot be told soon.
    private static func valueCount(of format: ImageFormat, _ bytes: ImageBytes, _ limits: ImageLimits) -> String? {
        guard case .rows(let reader)? = try? format.source(of: bytes, .first, limits), reader.info.channels == 1,
            reader.info.sampleType == .uint8
        else { return nil }
        return (try? valueCount(of: reader)).map { "\($0) grey values" }
    }

    /// How many values the first rows of a grey image of 8 bits have.
    private static func valueCount(of reader: any RowReader) throws(ImageError) -> Int {
        var isPresent = [Bool](repeating: false, count: 256)
        var row = [UInt8](repeating: 0, count: reader.info.rowByteCount)
        for _ in 0..<min(reader.info.height, max(1, valuePixelCount / reader.info.width)) {
            try row.withUnsafeMutableBufferPointer { (row) throws(ImageError) in
                try reader.read(1, into: UnsafeMutableRawBufferPointer(row))
            }
            for value in row { isPresent[Int(value)] = true }
        }
        return isPresent.count { $0 }
    }

    /// Pixels that are looked at to say how many values there are.
    private static let valuePixelCount = 1 << 24

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
