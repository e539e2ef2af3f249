/// Serves windows of an image from the top to the bottom, whatever its format.
///
/// Holds the rows of the current band of an image that is decoded row by row, or what the reader of an image in chunks keeps. Not safe to
/// share between threads.
package final class ImageWindows {
    /// What the image is.
    package let info: ImageInfo
    private let path: String
    private let access: Access

    private enum Access {
        case band(BandReader)
        case windows(any WindowReader)
    }

    /// - Parameter path: names the image in messages.
    /// - Precondition: no row of the source has been read yet.
    package init(_ source: ImageSource, path: String) {
        info = source.info
        self.path = path
        access =
            switch source {
            case .rows(let reader): .band(BandReader(reader))
            case .windows(let reader): .windows(reader)
            }
    }

    /// Whether any window can be read at any time, without a band.
    package var isRandomAccess: Bool {
        if case .windows = access { true } else { false }
    }

    /// Size of the pieces that are decoded as one, in pixels.
    package var chunkSize: (width: Int, height: Int) {
        switch access {
        case .band: (info.width, 1)
        case .windows(let reader): (reader.chunkWidth, reader.chunkHeight)
        }
    }

    /// Whether none of the chunks of `rect` is stored, as far as that is known without decoding: all its pixels are alike then.
    ///
    /// - Throws: `ImageError` of the reader.
    package func isMissing(_ rect: PixelRect) throws(ImageError) -> Bool {
        switch access {
        case .band: false
        case .windows(let reader): try reader.isMissing(rect)
        }
    }

    /// The rows from which windows can be taken now.
    package var rows: Range<Int> {
        switch access {
        case .band(let band): band.rows
        case .windows: 0..<info.height
        }
    }

    /// Makes rows `range` ready for windows.
    ///
    /// - Precondition: neither bound lies above that of the last call, and both lie in `0...info.height`.
    /// - Throws: `ImageError` of the reader; the windows must not be used afterwards.
    package func advance(to range: Range<Int>) throws(ImageError) {
        if case .band(let band) = access { try band.advance(to: range) }
    }

    /// The pixels of `rect`, in image coordinates, with the mask of those that have data: of floats, NaN in any channel says that a pixel
    /// has none.
    ///
    /// - Precondition: `rect` lies inside the rows that are ready and the image's columns.
    /// - Throws: `ImageError` of the reader; `unsupported` for infinite values in pixels that have data.
    package func window(_ rect: PixelRect) throws(ImageError) -> PixelBuffer {
        var pixels: PixelBuffer
        switch access {
        case .band(let band): pixels = band.window(rect)
        case .windows(let reader): pixels = try reader.read(rect)
        }
        pixels.maskNotNumbers()
        if let bad = pixels.firstNonFinite() {
            let channel = info.channels > 1 ? ", channel \(bad.channel)" : ""
            throw .unsupported(
                path: path,
                reason:
                    "row \(rect.y + bad.row), column \(rect.x + bad.column)\(channel): expected a finite value, found \(bad.value)"
            )
        }
        return pixels
    }
}
