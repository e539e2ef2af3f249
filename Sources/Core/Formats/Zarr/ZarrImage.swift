internal import Imaging
internal import Primitives

/// Reads windows of one plane of a Zarr array, with all its channels or some of them.
///
/// Holds the chunks decoded last, at least one, within the limits.
final class ZarrImage: WindowReader {
    let info: ImageInfo
    let chunkWidth: Int
    let chunkHeight: Int
    private let array: ZarrArray
    private let axes: ImageAxes
    private let chunkShape: [Int]
    /// The index along each dimension besides channel, row and column, which are 0.
    private let plane: [Int]
    /// Samples of a decoded chunk from one index to the next along each dimension.
    private let strides: [Int]
    /// The channels that are read, by the position along their dimension of the chunks that hold them.
    private let channelGroups: [(chunk: Int, channels: [Channel])]
    /// Nil for a chunk that is missing.
    private var chunks: RecentValues<[Int], [UInt8]?>

    /// A channel that is read: its place among those of a chunk, and among those of a pixel.
    private struct Channel {
        let source: Int
        let target: Int
    }

    /// - Parameters:
    ///   - page: planes in depth come first, then time points.
    ///   - channels: the positions of those that are read, in the order in which pixels hold them; nil for all. Only their chunks
    ///     are read.
    /// - Throws: `ImageError.unsupported` for an array that is no image, has no such page or channel, or is beyond `limits`.
    init(
        _ array: ZarrArray, _ axes: ImageAxes, page: Int, channels chosen: [Int]? = nil, limits: ImageLimits, path: String
    ) throws(ImageError) {
        let shape = array.metadata.shape
        guard shape.count == axes.count else {
            throw .corrupt(path: path, reason: "expected \(axes.count) dimensions, one for each axis, found the shape \(shape)")
        }
        let channelCount = axes.channel.map { shape[$0] } ?? 1
        guard (1...ImageInfo.storedChannelsMax).contains(channelCount) else {
            throw .unsupported(path: path, reason: "expected 1 to \(ImageInfo.storedChannelsMax) channels, found \(channelCount)")
        }
        if let chosen { try ImageSelection.check(channels: chosen, of: channelCount, path: path) }
        let channels = chosen ?? Array(0..<channelCount)
        let (width, height) = (shape[axes.column], shape[axes.row])
        try limits.check(width: width, height: height, path: path)
        let depth = axes.depth.map { shape[$0] } ?? 1
        let (pages, isTooLarge) = depth.multipliedReportingOverflow(by: axes.time.map { shape[$0] } ?? 1)
        try ImageSelection(page: page).check(pages: isTooLarge ? .max : pages, levels: 1, path: path)
        var plane = [Int](repeating: 0, count: axes.count)
        if let axis = axes.depth { plane[axis] = page % depth }
        if let axis = axes.time { plane[axis] = page / depth }
        self.plane = plane
        info = ImageInfo(width: width, height: height, channels: channels.count, sampleType: array.metadata.sampleType)
        self.array = array
        self.axes = axes
        let chunkShape = array.metadata.chunkShape
        self.chunkShape = chunkShape
        strides = array.metadata.chunkStrides
        let channelsPerChunk = axes.channel.map { chunkShape[$0] } ?? 1
        channelGroups = Dictionary(grouping: channels.indices) { channels[$0] / channelsPerChunk }
            .sorted { $0.key < $1.key }
            .map { chunk, targets in (chunk, targets.map { Channel(source: channels[$0] % channelsPerChunk, target: $0) }) }
        (chunkWidth, chunkHeight) = (min(width, chunkShape[axes.column]), min(height, chunkShape[axes.row]))
        chunks = RecentValues(byteCountMax: limits.cachedBytesMax)
    }

    /// The value of pixels whose chunks are missing; nil if samples cannot hold it.
    var fillValue: Double? { array.fillValue }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        precondition(
            window.area > 0 && PixelRect(x: 0, y: 0, width: info.width, height: info.height).contains(window),
            "\(window) of \(info.width)×\(info.height)")
        let byteCount = window.area * info.channels * info.sampleType.byteCount
        let bytes = try [UInt8](filled: byteCount) { (target) throws(ImageError) in
            for chunkRow in Self.chunks(window.y..<window.endY, chunkShape[axes.row]) {
                for chunkColumn in Self.chunks(window.x..<window.endX, chunkShape[axes.column]) {
                    for (chunk, channels) in channelGroups {
                        try copy(channels, row: chunkRow, column: chunkColumn, channel: chunk, window, into: target)
                    }
                }
            }
        }
        return PixelBuffer(
            width: window.width, height: window.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes)
    }

    func isMissing(_ window: PixelRect) throws(ImageError) -> Bool {
        for row in Self.chunks(window.y..<window.endY, chunkShape[axes.row]) {
            for column in Self.chunks(window.x..<window.endX, chunkShape[axes.column]) {
                for (channel, _) in channelGroups {
                    guard try array.isMissing(at: position(row: row, column: column, channel: channel)) else { return false }
                }
            }
        }
        return true
    }

    /// The position of a chunk in the grid of all dimensions.
    private func position(row: Int, column: Int, channel: Int) -> [Int] {
        var position = zip(plane, chunkShape).map { $0 / $1 }
        (position[axes.row], position[axes.column]) = (row, column)
        if let axis = axes.channel { position[axis] = channel }
        return position
    }

    /// The chunks that hold the indices `range` of a dimension.
    private static func chunks(_ range: Range<Int>, _ length: Int) -> ClosedRange<Int> {
        range.lowerBound / length...(range.upperBound - 1) / length
    }

    /// Copies the pixels that one chunk has in common with the window.
    private func copy(
        _ channels: [Channel], row: Int, column: Int, channel: Int, _ window: PixelRect,
        into target: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageError) {
        let position = position(row: row, column: column, channel: channel)
        let chunk = try self.chunk(at: position)
        let fillBits = chunk == nil ? try array.fillBits(at: position) : 0
        let (chunkHeight, chunkWidth) = (chunkShape[axes.row], chunkShape[axes.column])
        let rows = (row * chunkHeight..<(row + 1) * chunkHeight).clamped(to: window.y..<window.endY)
        let columns = (column * chunkWidth..<(column + 1) * chunkWidth).clamped(to: window.x..<window.endX)
        var planeStart = columns.lowerBound % chunkWidth * strides[axes.column]
        for (axis, index) in plane.enumerated() { planeStart += index % chunkShape[axis] * strides[axis] }
        for channel in channels {
            let start = planeStart + channel.source * (axes.channel.map { strides[$0] } ?? 0)
            for row in rows {
                let source = start + row % chunkHeight * strides[axes.row]
                let first = ((row - window.y) * window.width + columns.lowerBound - window.x) * info.channels + channel.target
                let samples = InterleavedSamples(
                    target: UnsafeMutableRawBufferPointer(target), first: first, step: info.channels, count: columns.count)
                if let chunk {
                    chunk.withUnsafeBytes { samples.copy($0, from: source, by: strides[axes.column], info.sampleType) }
                } else {
                    samples.fill(fillBits, info.sampleType)
                }
            }
        }
    }

    private func chunk(at position: [Int]) throws(ImageError) -> [UInt8]? {
        if let held = chunks.value(of: position) { return held }
        let chunk = try array.chunk(at: position)
        chunks.insert(chunk, of: position, byteCount: chunk?.count ?? 0)
        return chunk
    }
}
