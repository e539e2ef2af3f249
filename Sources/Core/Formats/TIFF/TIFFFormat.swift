internal import CTIFF
internal import Imaging

extension ImageFormat {
    /// TIFF and BigTIFF, recognised by byte order and version. Written as a tiled BigTIFF with overviews.
    package static let tiff = ImageFormat(
        name: "TIFF", endings: ["tif", "tiff"],
        signature: .head { head in
            ["II*\0", "MM\0*", "II+\0", "MM\0+"].contains { head.starts(with: $0.utf8) }
        },
        open: { (bytes, selection, limits) throws(ImageError) in
            try TIFFImage(bytes, limits: limits).source(of: selection)
        },
        openLabels: { (bytes, selection, limits) throws(ImageError) in
            try TIFFImage(bytes, limits: limits).labels(of: selection)
        },
        contents: { (bytes, limits) throws(ImageError) in try TIFFImage(bytes, limits: limits).contents },
        choosesChannels: true,
        metadata: { (bytes, selection, limits) throws(ImageError) in
            try TIFFImage(bytes, limits: limits).metadata(of: selection)
        },
        isReadInParts: true,
        create: { (path, width, height, kind, rule, caption) throws(ImageError) in
            try TIFFPyramidWriter(path: path, width: width, height: height, kind: kind, overviews: rule, caption: caption)
        })
}

/// The stack of planes in a TIFF: one of them, in one resolution, is an image.
struct TIFFImage {
    private let bytes: ImageBytes
    private let limits: ImageLimits
    /// At the first directory, until something else is opened with it.
    let session: TIFFSession
    let stack: TIFFStack
    let firstOrientation: Orientation
    /// Of one image of the chain, alpha excluded.
    private let channelsPerImage: Int

    /// Reads the first directory and its description.
    ///
    /// - Throws: `ImageError` for a broken directory, or a description that contradicts itself.
    init(_ bytes: ImageBytes, limits: ImageLimits) throws(ImageError) {
        (self.bytes, self.limits) = (bytes, limits)
        session = try TIFFSession(bytes, limits: limits)
        let directory = try session.directory()
        let samples = max(1, Int(directory.samples_per_pixel))
        stack = try TIFFStack(
            description: session.description, samplesPerImage: samples,
            isPlanar: Int32(directory.planar_config) == PLANARCONFIG_SEPARATE,
            size: (Int(directory.width), Int(directory.height)), path: bytes.path)
        let layout = try? TIFFLayout(directory, channels: nil, path: bytes.path, limits: limits)
        firstOrientation = layout?.orientation ?? .upright
        channelsPerImage = layout.map { $0.isPalette ? 3 : $0.channels.count } ?? samples
    }

    /// - Throws: `ImageError` for a page, level or channel that there is not, and for what is not read.
    func source(of selection: ImageSelection) throws(ImageError) -> ImageSource {
        var parts: [ImageSource] = []
        let decoders = try decoders(of: selection, .pixels)
        var limits = limits
        limits.cachedBytesMax /= decoders.count
        for decoder in decoders {
            if decoder.hasNoPixels {
                throw .corrupt(path: bytes.path, reason: "expected pixels, found none of its \(decoder.missingChunks.of) chunks")
            }
            var part = try decoder.source(limits)
            if decoder.layout.hasAlphaLast { part = MaskedImage.source(alphaLast: part) }
            if selection.noData == nil || selection.noData == .fill, let values = decoder.noDataValues {
                part = MaskedImage.source(part, noData: values)
            }
            parts.append(part)
        }
        var source = try ChannelStack.source(parts, path: bytes.path)
        if let channels = selection.channels, decoders[0].layout.isPalette {
            source = try ChosenChannels.source(source, channels, path: bytes.path)
        }
        if selection.noData != NoDataChoice.none, let mask = try mask(of: selection, source.info) {
            source = try MaskedImage.source(source, mask: mask, path: bytes.path)
        }
        return try TurnedImage.source(source, orientation(of: decoders[0].layout), limits: limits, path: bytes.path)
    }

    /// - Throws: as `source`; `unsupported` for channels that are neither numbers nor colours.
    func labels(of selection: ImageSelection) throws(ImageError) -> LabelPixels {
        let decoders = try decoders(of: selection, .storedValues)
        var parts: [ImageSource] = []
        for decoder in decoders { parts.append(try decoder.source(limits)) }
        let (first, isOne) = (decoders[0], decoders.count == 1)
        let orientation = orientation(of: first.layout)
        let source = try TurnedImage.source(
            try ChannelStack.source(parts, path: bytes.path), orientation, limits: limits, path: bytes.path)
        // Where there is no data, there is no label.
        let noData = first.noData.flatMap { UInt16(exactly: $0) }.map { LabelValue(number: $0) }
        let isColoured = source.info.channels > 2
        return try LabelPixels(
            source.rowReader, palette: isOne ? first.palette : [], opacity: isOne ? first.layout.opacityChannel : nil,
            transparent: isColoured ? [] : Set([noData].compactMap { $0 }),
            notes: [TurnedImage.note(orientation)].compactMap { $0 },
            path: bytes.path)
    }

    /// The mask page of a plane in a resolution, which GDAL and TIFF 6.0 call a transparency mask: the one of the same size among those
    /// that follow the plane; nil without one.
    private func mask(of selection: ImageSelection, _ info: ImageInfo) throws(ImageError) -> ImageSource? {
        let session = try TIFFSession(bytes, limits: limits)
        // The masks of the first plane come before the second one.
        let isFirst = selection.page == 0 && stack.channels == 1 && stack.place(ofChannel: 0, page: 0) == 0
        let index = TIFFIndex(session, imagesMax: isFirst ? 1 : .max)
        let (entry, place) = try entry(ofChannel: 0, of: selection, in: index)
        if place > 0, stack.followsFirst(of: index.entries.count) { return nil }
        for offset in entry.masks {
            try session.go(to: offset)
            let directory = try session.directory()
            guard (Int(directory.width), Int(directory.height)) == (info.width, info.height) else { continue }
            return try TIFFDecoder(session, interpretation: .storedValues, limits: limits).source(limits)
        }
        return nil
    }

    /// A resolution that does not say how it lies does so as the first directory.
    private func orientation(of layout: TIFFLayout) -> Orientation { layout.orientation ?? firstOrientation }

    /// One for each image that has channels of the plane, in the order of the channels.
    private func decoders(
        of selection: ImageSelection, _ interpretation: TIFFDecoder.Interpretation
    ) throws(ImageError) -> [TIFFDecoder] {
        // Most files hold one image: their chain is not walked.
        if selection.page == 0, selection.level == 0, stack.channels == 1, stack.place(ofChannel: 0, page: 0) == 0 {
            return [
                try TIFFDecoder(
                    session, interpretation: interpretation, channels: selection.channels, withAlpha: selection.masksByAlpha,
                    limits: limits)
            ]
        }
        let index = TIFFIndex(session)
        var decoders: [TIFFDecoder] = []
        for part in try parts(of: selection) {
            let (entry, place) = try entry(ofChannel: part.image, of: selection, in: index)
            let session = decoders.isEmpty ? session : try TIFFSession(bytes, limits: limits)
            try session.go(to: entry.levels[selection.level])
            var plane: TIFFPlaneRows?
            if let imageCount = stack.imageCount, selection.level == 0, stack.followsFirst(of: index.entries.count) {
                plane = try TIFFPlaneRows(place, of: imageCount, session, limits: limits)
            }
            decoders.append(
                try TIFFDecoder(
                    session, interpretation: interpretation, channels: part.channels, withAlpha: selection.masksByAlpha,
                    plane: plane, limits: limits))
        }
        return decoders
    }

    /// Which images of the chain have the channels that are wanted, and which of its channels are theirs; nil for all.
    private func parts(of selection: ImageSelection) throws(ImageError) -> [(image: Int, channels: [Int]?)] {
        guard let channels = selection.channels else { return (0..<stack.channels).map { ($0, nil) } }
        let perImage = channelsPerImage
        try ImageSelection.check(channels: channels, of: stack.channels * perImage, path: bytes.path)
        var parts: [(image: Int, channels: [Int]?)] = []
        for channel in channels {
            let (image, own) = channel.quotientAndRemainder(dividingBy: perImage)
            if let last = parts.indices.last, parts[last].image == image {
                parts[last].channels?.append(own)
            } else {
                parts.append((image, [own]))
            }
        }
        return parts
    }

    /// Where an image with channels of a plane is described, and its place in the stack.
    func entry(
        ofChannel channel: Int, of selection: ImageSelection, in index: TIFFIndex
    ) throws(ImageError) -> (TIFFIndex.Entry, place: Int) {
        try ImageSelection(page: selection.page).check(pages: pages(in: index), levels: 1, path: bytes.path)
        guard let place = stack.place(ofChannel: channel, page: selection.page) else {
            throw .unsupported(
                path: bytes.path,
                reason: "expected all channels of page \(selection.page) in this file, found one in another file")
        }
        if let first = index.entries.first, place > 0, stack.followsFirst(of: index.entries.count) {
            try ImageSelection(level: selection.level).check(pages: 1, levels: 1, path: bytes.path)
            return (first, place)
        }
        guard index.entries.indices.contains(place) else {
            throw .corrupt(
                path: bytes.path,
                reason:
                    "expected an image in directory \(place), as the description says, found \(index.entries.count) directories")
        }
        let entry = index.entries[place]
        try ImageSelection(level: selection.level).check(pages: 1, levels: entry.levels.count, path: bytes.path)
        return (entry, place)
    }

    private func pages(in index: TIFFIndex) -> Int {
        guard let depth = stack.depth, let times = stack.times else { return index.entries.count }
        return depth * times
    }

    /// What the file holds.
    var contents: ImageContents {
        get throws(ImageError) {
            let index = TIFFIndex(session)
            let entry = try entry(ofChannel: 0, of: .first, in: index).0
            var levels: [ImageContents.Level] = []
            var notes: [ImageNote] = []
            // As it is stored.
            var full: (metadata: ImageMetadata, width: Int, height: Int)?
            for (number, offset) in entry.levels.enumerated() {
                // A smaller resolution that cannot be read is none.
                let directory: ctiff_directory
                do throws(ImageError) {
                    try session.go(to: offset)
                    directory = try session.directory()
                } catch {
                    if number == 0 { throw error }
                    notes.append(ImageNote(.levels, "\(entry.levels.count) resolutions, of which level \(number) cannot be read"))
                    break
                }
                let orientation = Orientation(rawValue: Int(directory.orientation)) ?? firstOrientation
                let (width, height) = (Int(directory.width), Int(directory.height))
                let metadata: ImageMetadata
                if let full {
                    metadata = try self.metadata(ofLevelBelow: full.metadata, width: full.width, height: full.height)
                } else {
                    // Also of label maps, whose integers may have 64 bits.
                    let decoder = try TIFFDecoder(session, interpretation: .storedValues, limits: limits)
                    notes = TIFFNotes.of(decoder, session, stack, orientation: orientation)
                    metadata = session.metadata(stack)
                    full = (metadata, width, height)
                    if let count = stack.imageCount, stack.followsFirst(of: index.entries.count) {
                        notes += TIFFNotes.ofPlanes(count, session, decoder.layout)
                    }
                }
                let shown = orientation.shown(width: width, height: height)
                levels.append(
                    .init(
                        width: shown.width, height: shown.height,
                        metadata: metadata.shown(orientation, width: width, height: height)))
            }
            var contents = ImageContents(
                depth: stack.depth ?? index.entries.count, times: stack.times ?? 1,
                channels: stack.channels * channelsPerImage, channelNames: stack.channelNames, levels: levels, notes: notes)
            contents.channelColours = stack.channelColours
            return contents
        }
    }
}

/// Reads windows of a TIFF in tiles. The tiles decoded last are kept for neighbouring windows.
final class TIFFWindowReader: WindowReader {
    let info: ImageInfo
    let chunkWidth: Int
    let chunkHeight: Int
    private let decoder: TIFFDecoder
    private var tiles: RecentValues<Int, PixelBuffer>

    init(_ decoder: TIFFDecoder, _ limits: ImageLimits) {
        self.decoder = decoder
        info = decoder.info
        (chunkWidth, chunkHeight) = (decoder.layout.chunkWidth, decoder.layout.chunkHeight)
        tiles = RecentValues(byteCountMax: limits.cachedBytesMax)
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        try PixelBuffer(of: window, in: info, chunkWidth, chunkHeight) { (row, column) throws(ImageError) in
            try tile(row: row, column: column)
        }
    }

    private func tile(row: Int, column: Int) throws(ImageError) -> PixelBuffer {
        let index = row * decoder.layout.chunkColumns + column
        if let held = tiles.value(of: index) { return held }
        let tile = try decoder.chunk(row: row, column: column)
        tiles.insert(tile, of: index, byteCount: tile.bytes.count)
        return tile
    }
}
