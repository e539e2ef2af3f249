internal import Imaging
internal import Primitives

extension ImageFormat {
    /// A NumPy array of the shape (height, width) or (height, width, channels), recognised by its magic bytes.
    ///
    /// Folders are full of arrays that are no images, so that one has to be named.
    static let numpy = ImageFormat(
        name: "NumPy", endings: NPYHeader.endings,
        signature: .head { $0.starts(with: NPYHeader.magic) },
        open: { (bytes, _, limits) throws(ImageError) in .windows(try NPYImage(try bytes.file(), limits: limits)) },
        openLabels: { (bytes, _, limits) throws(ImageError) in
            let image = try NPYImage(try bytes.file(), holdsLabels: true, limits: limits)
            return try LabelPixels(ImageSource.windows(image).rowReader, path: bytes.path)
        },
        holdsOnePlane: true,
        isFoundInFolders: false)
}

/// The pixels of an array in C order. What becomes of its values is the same as of those of OME-Zarr: integers of 64 bits must fit 32,
/// float64 is rounded to float32.
///
/// Nothing is held: windows are read from the file as they are asked for.
final class NPYImage: WindowReader {
    let info: ImageInfo
    let chunkWidth: Int
    let chunkHeight: Int
    private let reader: NPYReader
    private let element: ElementType
    private let path: String
    private let holdsLabels: Bool

    /// Bytes of the rows that are best read at once, about.
    private static let chunkByteCount = 1 << 20

    /// - Parameter holdsLabels: whether integers that do not fit 32 bits become the nearest that do: whoever reads labels knows what is none.
    /// - Throws: `ImageError` for what is no array, for other shapes and orders, and for a size beyond `limits`.
    init(_ file: InputFile, holdsLabels: Bool = false, limits: ImageLimits) throws(ImageError) {
        (path, self.holdsLabels) = (file.path, holdsLabels)
        do throws(ArrayError) {
            reader = try NPYReader(file)
        } catch {
            throw ImageError(error)
        }
        let (header, shape) = (reader.header, reader.header.shape)
        guard (2...3).contains(shape.count), shape.allSatisfy({ $0 > 0 }),
            shape.count == 2 || shape[2] <= ImageInfo.storedChannelsMax
        else {
            throw .unsupported(
                path: path,
                reason: "expected an array of the shape (height, width) or (height, width, channels), "
                    + "found (\(shape.map(String.init).joined(separator: ", ")))")
        }
        guard !header.isFortranOrder else {
            throw .unsupported(
                path: path, reason: "expected an array in C order, as numpy.ascontiguousarray makes it, found Fortran order")
        }
        // Zarr names the types as NumPy does.
        guard let element = ElementType(v2: "<\(header.element.rawValue)") else {
            throw .unsupported(path: path, reason: "expected \(ElementType.namesRead), found \(header.element)")
        }
        try limits.check(width: shape[1], height: shape[0], path: path)
        self.element = element
        info = ImageInfo(
            width: shape[1], height: shape[0], channels: shape.count == 3 ? shape[2] : 1, sampleType: element.sampleType)
        let storedRow = info.width * info.channels * element.byteCount
        try limits.check(heldRows: 1, of: storedRow, because: "one row of the image", path: path)
        (chunkWidth, chunkHeight) = (info.width, max(1, min(info.height, Self.chunkByteCount / storedRow)))
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        precondition(
            window.area > 0 && PixelRect(x: 0, y: 0, width: info.width, height: info.height).contains(window),
            "\(window) of \(info.width)×\(info.height)")
        let pixelByteCount = info.channels * element.byteCount
        let stored = try [UInt8](filled: window.area * pixelByteCount) { (target) throws(ImageError) in
            let bytes = UnsafeMutableRawBufferPointer(target)
            // Whole rows lie side by side.
            let rowsAtOnce = window.width == info.width ? window.height : 1
            let byteCount = rowsAtOnce * window.width * pixelByteCount
            for row in stride(from: 0, to: window.height, by: rowsAtOnce) {
                let start = row * window.width * pixelByteCount
                do throws(ArrayError) {
                    try reader.read(
                        UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + byteCount]),
                        at: ((window.y + row) * info.width + window.x) * pixelByteCount)
                } catch {
                    throw ImageError(error)
                }
            }
        }
        let samples = try element.samples(stored, isBigEndian: reader.header.isBigEndian) { (index, value) throws(ImageError) in
            if holdsLabels { return }
            let pixel = index / info.channels
            throw .unsupported(
                path: path,
                reason: "row \(window.y + pixel / window.width), column \(window.x + pixel % window.width): "
                    + "expected a value of \(info.sampleType.rawValue), found \(value)")
        }
        return PixelBuffer(
            width: window.width, height: window.height, channels: info.channels, sampleType: info.sampleType, bytes: samples)
    }
}

extension ImageError {
    /// The same failure of an array that is read as an image.
    init(_ error: ArrayError) {
        self =
            switch error {
            case .io(let path, let reason): .io(path: path, reason: reason)
            case .corrupt(let path, let reason): .corrupt(path: path, reason: reason)
            case .unsupported(let path, let reason): .unsupported(path: path, reason: reason)
            }
    }
}
