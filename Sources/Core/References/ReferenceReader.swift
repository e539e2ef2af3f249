/// Reads the windows that jobs name, for one slot.
///
/// Keeps the last image open, so that windows that come from the top to the bottom decode each row once. One thread at a time.
public final class ReferenceReader {
    private let policy: ReferencePolicy
    private let limits: ImageLimits
    private var open: (identity: FileIdentity, band: BandReader)?

    /// Rows decoded between two looks at the cancellation.
    private static let rowsPerLook = 64

    /// - Parameter heldBytesMax: decoded bytes that are held at once.
    public init(_ policy: ReferencePolicy, heldBytesMax: Int) {
        self.policy = policy
        limits = ImageLimits(heldBytesMax: heldBytesMax)
    }

    /// The pixels of the window, as they would be if they had been sent.
    ///
    /// - Parameter cancellation: looked at while rows are decoded.
    /// - Throws: `JobError.invalid` when the policy forbids it, the file is another one or no image, or the window is not inside
    ///   it; `.cancelled`.
    func pixels(of source: ImageReference, cancellation: CancellationFlag?) throws(JobError) -> PixelBuffer {
        let file = try file(of: source)
        let identity = file.identity
        guard identity.byteCount == source.size, identity.modifiedNanoseconds == source.modified else {
            throw .invalid(
                "window.source: expected \(source.size) bytes changed at \(source.modified), "
                    + "found \(identity.byteCount) changed at \(identity.modifiedNanoseconds)")
        }
        // An image that fails in the middle is not gone on with.
        let last = open
        open = nil
        let band = try self.band(last, file, identity, source.window)
        try advance(band, to: source.window, path: file.path, cancellation)
        open = (identity, band)
        return band.window(source.window)
    }

    private func file(of source: ImageReference) throws(JobError) -> InputFile {
        do throws(ReferenceError) {
            switch (source.path, source.url) {
            case (let path?, nil): return try policy.open(path)
            case (nil, let url?):
                try policy.check(url: url)
                throw ReferenceError("url: expected a path, found a URL: images are not read from URLs yet")
            default: throw ReferenceError("expected either path or url")
            }
        } catch {
            throw .invalid("window.source: \(error)")
        }
    }

    /// The open band if it is of this file and not below the window yet, else a new one.
    private func band(
        _ last: (identity: FileIdentity, band: BandReader)?, _ file: InputFile, _ identity: FileIdentity, _ window: PixelRect
    ) throws(JobError) -> BandReader {
        if let last, last.identity == identity, window.y >= last.band.rows.lowerBound {
            try Self.require(window, in: last.band.info)
            if window.endY >= last.band.rows.upperBound { return last.band }
        }
        let reader = try Self.image { () throws(ImageError) in try ImageFile.open(file, limits: limits) }
        try Self.require(window, in: reader.info)
        return BandReader(reader)
    }

    private func advance(
        _ band: BandReader, to window: PixelRect, path: String, _ cancellation: CancellationFlag?
    ) throws(JobError) {
        try Self.image { () throws(ImageError) in
            try limits.check(heldRows: window.height, of: band.info.rowByteCount, because: "the window's rows", path: path)
        }
        while band.rows.upperBound < window.endY {
            if cancellation?.isRaised == true { throw .cancelled }
            let end = min(window.endY, band.rows.upperBound + Self.rowsPerLook)
            let start = max(band.rows.lowerBound, min(end, window.y))
            try Self.image { () throws(ImageError) in try band.advance(to: start..<end) }
        }
        try Self.image { () throws(ImageError) in try band.advance(to: window.y..<window.endY) }
    }

    private static func image<Value>(_ body: () throws(ImageError) -> Value) throws(JobError) -> Value {
        do {
            return try body()
        } catch {
            throw .invalid("window.source: \(error)")
        }
    }

    private static func require(_ window: PixelRect, in info: ImageInfo) throws(JobError) {
        guard window.x >= 0, window.y >= 0, window.width >= 1, window.height >= 1, window.width <= info.width,
            window.height <= info.height, window.x <= info.width - window.width, window.y <= info.height - window.height
        else {
            throw .invalid(
                "window.source.window: expected a rectangle inside \(info.width)×\(info.height) pixels, found \(window)")
        }
    }
}
