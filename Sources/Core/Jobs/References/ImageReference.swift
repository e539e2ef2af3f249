internal import Formats
internal import Foundation
package import Imaging

/// Pixels that a job names instead of sending them: a file or URL that the worker reads, and a rectangle of its image.
package struct ImageReference: Codable, Hashable, Sendable {
    /// A path below one of the worker's data roots. Either this or `url` is given.
    package var path: String?
    package var url: String?
    /// Bytes of the file, as the sender knows it: another size is another image.
    package var size: Int
    /// When the file was last changed, in nanoseconds since 1970; checked as `size` is.
    package var modified: Int
    /// The version of what a URL names, as the server tells it or as its metadata say; checked as `size` is.
    package var tag: String?
    /// The plane of the stack that is meant; nil for the first.
    package var page: Int?
    /// The resolution that is meant; nil for the full one.
    package var level: Int?
    /// Positions of the channels that are meant, in their order; nil for all.
    package var channels: [Int]?
    /// "mask" if wholly transparent pixels have no data; nil if alpha is not used.
    package var alpha: AlphaUse?
    /// Which value stands for no data; nil for the one that the file states.
    package var noData: NoDataChoice?
    /// In the image's coordinates.
    package var window: PixelRect

    /// The image that is meant.
    package var selection: ImageSelection {
        get {
            ImageSelection(
                page: page ?? 0, level: level ?? 0, channels: channels, masksByAlpha: alpha == .mask, noData: noData)
        }
        set {
            (page, level) = (newValue.page == 0 ? nil : newValue.page, newValue.level == 0 ? nil : newValue.level)
            channels = newValue.channels
            (alpha, noData) = (newValue.masksByAlpha ? .mask : nil, newValue.noData)
        }
    }

    /// A window of a file.
    package init(path: String, size: Int, modified: Int, window: PixelRect) {
        self.path = path
        self.size = size
        self.modified = modified
        self.window = window
    }

    /// An image that a URL names, as it is now, and its whole.
    ///
    /// - Throws: `ImageError` when it cannot be read.
    package init?(url: String, _ selection: ImageSelection = .first) throws(ImageError) {
        let (source, identity) = try RemoteImage.open(url, selection, limits: ImageLimits(), cache: nil, ReadCancellation())
        guard case .windows = source else { return nil }
        self.url = url
        (size, modified, tag) = (identity.byteCount, 0, identity.tag)
        window = PixelRect(x: 0, y: 0, width: source.info.width, height: source.info.height)
        self.selection = selection
    }

    /// A file or folder as it is now, and its whole image; nil for a format that gives no windows, or whose images are several files.
    ///
    /// - Parameter allowsRows: whether also a format will do that is decoded from the top to the bottom.
    /// - Throws: `ImageError` when it cannot be read.
    package init?(
        file path: String, _ selection: ImageSelection = .first, allowsRows: Bool = false
    ) throws(ImageError) {
        if FileSystem.isFolder(path) {
            try self.init(folder: path, selection)
            return
        }
        let source = try ImageFile.source(path: path, selection)
        switch source {
        case .windows(let reader): if reader is WholeSlideReader, !WholeSlideImage.isOneFile(path) { return nil }
        case .rows: if !allowsRows { return nil }
        }
        guard let resolved = FileSystem.resolved(path) else { return nil }
        let identity: FileIdentity
        do {
            identity = try InputFile(path: path).identity
        } catch {
            throw ImageError(error)
        }
        self.init(
            path: resolved, size: identity.byteCount, modified: identity.modifiedNanoseconds,
            window: PixelRect(x: 0, y: 0, width: source.info.width, height: source.info.height))
        self.selection = selection
    }

    /// A folder of OME-Zarr as it is now, and its whole image.
    private init?(folder path: String, _ selection: ImageSelection) throws(ImageError) {
        guard case .windows(let reader) = try ImageFile.source(path: path, selection), let resolved = FileSystem.resolved(path)
        else { return nil }
        let identity = try ImageIdentity(FolderStore(path: path))
        self.init(
            path: resolved, size: identity.byteCount, modified: 0,
            window: PixelRect(x: 0, y: 0, width: reader.info.width, height: reader.info.height))
        tag = identity.tag
        self.selection = selection
    }

    private enum CodingKeys: String, CodingKey {
        case path, url, size, modified, tag, page, level, channels, alpha, noData, window
    }

    /// - Throws: `DecodingError` unless there is either a path or a URL, of 1 to 4096 characters.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.contains(.path) != container.contains(.url) else {
            throw DecodingError.dataCorruptedError(
                forKey: .path, in: container, debugDescription: "expected either path or url, found both or none")
        }
        func text(_ key: CodingKeys) throws -> String? {
            guard container.contains(key) else { return nil }
            let text = try container.decode(String.self, forKey: key)
            guard (1...4096).contains(text.unicodeScalars.count) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container,
                    debugDescription: "expected 1 to 4096 characters, found \(text.unicodeScalars.count)")
            }
            return text
        }
        path = try text(.path)
        url = try text(.url)
        size = try container.decode(Int.self, forKey: .size)
        guard size >= 0 else {
            throw DecodingError.dataCorruptedError(
                forKey: .size, in: container, debugDescription: "expected 0 bytes or more, found \(size)")
        }
        modified = try container.decode(Int.self, forKey: .modified)
        tag = try text(.tag)
        func number(_ key: CodingKeys) throws -> Int? {
            guard container.contains(key) else { return nil }
            let number = try container.decode(Int.self, forKey: key)
            guard (0...ImageSelection.numberMax).contains(number) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "expected 0 to \(ImageSelection.numberMax), found \(number)")
            }
            return number
        }
        page = try number(.page)
        level = try number(.level)
        if container.contains(.channels) {
            let positions = try container.decode([Int].self, forKey: .channels)
            let stored = 0..<ImageInfo.storedChannelsMax
            guard (1...ImageInfo.channelsMax).contains(positions.count), positions.allSatisfy(stored.contains) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .channels, in: container,
                    debugDescription: "expected 1 to \(ImageInfo.channelsMax) channels of \(stored.count), found others")
            }
            channels = positions
        }
        alpha = try container.decodeIfPresent(AlphaUse.self, forKey: .alpha)
        noData = try container.decodeIfPresent(NoDataChoice.self, forKey: .noData)
        window = try container.decode(PixelRect.self, forKey: .window)
    }
}
