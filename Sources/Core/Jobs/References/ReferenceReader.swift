package import Formats
internal import Imaging
internal import Primitives

/// Reads the windows that jobs name, for one slot.
///
/// Keeps the last image open, so that windows that come from the top to the bottom decode each row once, or each chunk. One thread
/// at a time.
package final class ReferenceReader {
    private let policy: ReferencePolicy
    private let limits: ImageLimits
    private var open: OpenFile?
    /// The image that was last read from a URL or a folder.
    private var parted: (name: String, identity: ImageIdentity, selection: ImageSelection, windows: ImageWindows)?
    private let cache: RangeCache?
    /// Of all that is read here, for the current job.
    private let cancellation = ReadCancellation()

    private struct OpenFile {
        let identity: FileIdentity
        let selection: ImageSelection
        let windows: ImageWindows
    }

    /// Rows decoded between two checks of the cancellation.
    private static let rowsPerCheck = 64

    /// - Parameters:
    ///   - heldBytesMax: decoded bytes that are held at once.
    ///   - cache: parts of what URLs name.
    package init(_ policy: ReferencePolicy, heldBytesMax: Int, cache: RangeCache? = nil) {
        self.policy = policy
        self.cache = cache
        limits = ImageLimits(heldBytesMax: heldBytesMax)
    }

    /// The pixels of the window, as they would be if they had been sent.
    ///
    /// - Parameter cancellation: ends the reading, also of what a server does not send.
    /// - Throws: `JobError.invalid` when the policy forbids it, the file is another one or no image, or the window is not inside
    ///   it; `.cancelled`.
    func pixels(of source: ImageReference, cancellation: CancellationFlag?) throws(JobError) -> PixelBuffer {
        self.cancellation.flag = cancellation ?? CancellationFlag()
        if source.tag != nil || source.url != nil { return try parts(of: source) }
        let file = try file(of: source)
        let identity = file.identity
        guard identity.byteCount == source.size, identity.modifiedNanoseconds == source.modified else {
            throw .invalid(
                "window.source: expected \(source.size) bytes changed at \(source.modified), "
                    + "found \(identity.byteCount) changed at \(identity.modifiedNanoseconds)")
        }
        // An image that failed is not read on.
        let last = open
        open = nil
        let windows = try self.windows(last, file, source)
        if !windows.isRandomAccess { try advance(windows, to: source.window, path: file.path) }
        let pixels = try image { () throws(ImageError) in try windows.window(source.window) }
        open = OpenFile(identity: identity, selection: source.selection, windows: windows)
        return pixels
    }

    /// The pixels of an image that is read in parts: one that a URL names, or a folder.
    private func parts(of source: ImageReference) throws(JobError) -> PixelBuffer {
        let name: String
        do throws(ReferenceError) {
            switch (source.path, source.url) {
            case (let path?, nil): name = try policy.folder(path)
            case (nil, let url?):
                try policy.check(url: url)
                name = url
            default: throw ReferenceError("expected either path or url")
            }
        } catch {
            throw .invalid("window.source: \(error)")
        }
        let expected = ImageIdentity(byteCount: source.size, tag: source.tag ?? "")
        let last = parted
        parted = nil
        let windows: ImageWindows
        if let last, last.name == name, last.identity == expected, last.selection == source.selection {
            windows = last.windows
        } else {
            let (opened, found) = try image { () throws(ImageError) in
                if source.url != nil {
                    return try RemoteImage.open(name, source.selection, limits: limits, cache: cache, cancellation)
                }
                return (
                    try ImageFile.source(path: name, source.selection, limits: limits, cancellation: cancellation),
                    try ImageIdentity(FolderStore(path: name, cancellation))
                )
            }
            guard found == expected else {
                throw .invalid(
                    "window.source: expected \(expected.byteCount) bytes of version \(expected.tag), "
                        + "found \(found.byteCount) of \(found.tag)")
            }
            windows = ImageWindows(opened, path: name)
        }
        guard windows.isRandomAccess else { throw .invalid("window.source: expected an image in tiles or chunks") }
        try Self.require(source.window, in: windows.info)
        let pixels = try image { () throws(ImageError) in try windows.window(source.window) }
        parted = (name, expected, source.selection, windows)
        return pixels
    }

    private func file(of source: ImageReference) throws(JobError) -> InputFile {
        do throws(ReferenceError) {
            switch (source.path, source.url) {
            case (let path?, nil):
                let file = try policy.open(path)
                file.cancellation = cancellation
                return file
            default: throw ReferenceError("expected either path or url")
            }
        } catch {
            throw .invalid("window.source: \(error)")
        }
    }

    /// The open image if it is of this file and not below the window yet, else a new one.
    private func windows(
        _ last: OpenFile?, _ file: InputFile, _ reference: ImageReference
    ) throws(JobError) -> ImageWindows {
        let window = reference.window
        if let last, last.identity == file.identity, last.selection == reference.selection,
            last.windows.isRandomAccess || window.y >= last.windows.rows.lowerBound
        {
            try Self.require(window, in: last.windows.info)
            if last.windows.isRandomAccess || window.endY >= last.windows.rows.upperBound { return last.windows }
        }
        let source = try image { () throws(ImageError) in try ImageFile.source(file, reference.selection, limits: limits) }
        try Self.require(window, in: source.info)
        return ImageWindows(source, path: file.path)
    }

    private func advance(_ windows: ImageWindows, to window: PixelRect, path: String) throws(JobError) {
        try image { () throws(ImageError) in
            try limits.check(heldRows: window.height, of: windows.info.rowByteCount, because: "the window's rows", path: path)
        }
        while windows.rows.upperBound < window.endY {
            if cancellation.flag.isRaised { throw .cancelled }
            let end = min(window.endY, windows.rows.upperBound + Self.rowsPerCheck)
            let start = max(windows.rows.lowerBound, min(end, window.y))
            try image { () throws(ImageError) in try windows.advance(to: start..<end) }
        }
        try image { () throws(ImageError) in try windows.advance(to: window.y..<window.endY) }
    }

    private func image<Value>(_ body: () throws(ImageError) -> Value) throws(JobError) -> Value {
        do {
            return try body()
        } catch {
            if cancellation.flag.isRaised { throw .cancelled }
            // Whoever gave the job names the image, perhaps by another path.
            throw .invalid(error.reason)
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
