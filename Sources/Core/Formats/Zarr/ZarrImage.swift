internal import Imaging
internal import Primitives

/// Reads windows of one plane of a Zarr array, with its channels.
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
    /// Channels of one chunk, and the distance between two of them in elements.
    private let chunkChannels: (count: Int, stride: Int)
    /// Nil for a chunk that is missing.
    private var chunks: RecentValues<[Int], [UInt8]?>

    /// - Parameter page: planes in depth come first, then time points.
    /// - Throws: `ImageError.unsupported` for an array that is no image, has no such page, or is beyond `limits`.
    init(_ array: ZarrArray, _ axes: ImageAxes, page: Int, limits: ImageLimits, path: String) throws(ImageError) {
        let shape = array.metadata.shape
        guard shape.count == axes.count else {
            throw .corrupt(path: path, reason: "expected \(axes.count) dimensions, one for each axis, found the shape \(shape)")
        }
        let channels = axes.channel.map { shape[$0] } ?? 1
        guard (1...16).contains(channels) else {
            throw .unsupported(path: path, reason: "expected 1 to 16 channels, found \(channels)")
        }
        let (width, height) = (shape[axes.column], shape[axes.row])
        try limits.check(width: width, height: height, path: path)
        let depth = axes.depth.map { shape[$0] } ?? 1
        let (pages, isTooLarge) = depth.multipliedReportingOverflow(by: axes.time.map { shape[$0] } ?? 1)
        try ImageSelection(page: page).check(pages: isTooLarge ? .max : pages, levels: 1, path: path)
        var plane = [Int](repeating: 0, count: axes.count)
        if let axis = axes.depth { plane[axis] = page % depth }
        if let axis = axes.time { plane[axis] = page / depth }
        self.plane = plane
        info = ImageInfo(width: width, height: height, channels: channels, sampleType: array.metadata.sampleType)
        self.array = array
        self.axes = axes
        let chunkShape = array.metadata.chunkShape
        self.chunkShape = chunkShape
        chunkChannels = axes.channel.map { (chunkShape[$0], chunkShape[($0 + 1)...].reduce(1, *)) } ?? (1, 0)
        (chunkWidth, chunkHeight) = (min(width, chunkShape[axes.column]), min(height, chunkShape[axes.row]))
        chunks = RecentValues(byteCountMax: limits.cachedBytesMax)
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        precondition(
            window.area > 0 && PixelRect(x: 0, y: 0, width: info.width, height: info.height).contains(window),
            "\(window) of \(info.width)×\(info.height)")
        let byteCount = window.area * info.channels * info.sampleType.byteCount
        let bytes = try [UInt8](filled: byteCount) { (target) throws(ImageError) in
            for chunkRow in Self.chunks(window.y..<window.endY, chunkShape[axes.row]) {
                for chunkColumn in Self.chunks(window.x..<window.endX, chunkShape[axes.column]) {
                    for chunkChannel in Self.chunks(0..<info.channels, chunkChannels.count) {
                        try copy(row: chunkRow, column: chunkColumn, channel: chunkChannel, window, into: target)
                    }
                }
            }
        }
        return PixelBuffer(
            width: window.width, height: window.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes)
    }

    /// The chunks that hold the indices `range` of a dimension.
    private static func chunks(_ range: Range<Int>, _ length: Int) -> ClosedRange<Int> {
        range.lowerBound / length...(range.upperBound - 1) / length
    }

    /// Copies the pixels that one chunk has in common with the window.
    private func copy(
        row: Int, column: Int, channel: Int, _ window: PixelRect, into target: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageError) {
        var position = zip(plane, chunkShape).map { $0 / $1 }
        (position[axes.row], position[axes.column]) = (row, column)
        if let axis = axes.channel { position[axis] = channel }
        let chunk = try self.chunk(at: position)
        let (chunkHeight, chunkWidth) = (chunkShape[axes.row], chunkShape[axes.column])
        let rows = (row * chunkHeight..<(row + 1) * chunkHeight).clamped(to: window.y..<window.endY)
        let columns = (column * chunkWidth..<(column + 1) * chunkWidth).clamped(to: window.x..<window.endX)
        let channels = (channel * chunkChannels.count..<(channel + 1) * chunkChannels.count).clamped(to: 0..<info.channels)
        var planeStart = 0
        for (axis, index) in plane.enumerated() {
            planeStart += (index % chunkShape[axis]) * chunkShape[(axis + 1)...].reduce(1, *)
        }
        for channel in channels {
            let start = planeStart + (channel % chunkChannels.count) * chunkChannels.stride
            for row in rows {
                let source = start + (row % chunkHeight) * chunkWidth + columns.lowerBound % chunkWidth
                let first = ((row - window.y) * window.width + columns.lowerBound - window.x) * info.channels + channel
                let samples = InterleavedSamples(
                    target: UnsafeMutableRawBufferPointer(target), first: first, step: info.channels, count: columns.count)
                if let chunk {
                    chunk.withUnsafeBytes { samples.copy($0, from: source, info.sampleType) }
                } else {
                    samples.fill(array.metadata.fillBits, info.sampleType)
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
