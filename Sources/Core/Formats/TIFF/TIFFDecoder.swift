internal import CTIFF
internal import Imaging

/// One image of a TIFF file being decoded by libtiff, chunk by chunk: tiles, or strips of whole rows.
///
/// Compression is whatever the installed libtiff knows. Not safe to share between threads.
final class TIFFDecoder {
    /// What the decoded pixels hold.
    enum Interpretation {
        /// Colour: palettes looked up, greys of fewer than 8 bits scaled to 8, alpha dropped.
        case pixels
        /// Values, palette indices and alpha as they are stored; integers of 64 bits as the nearest of 32.
        case storedValues
    }

    let layout: TIFFLayout
    let info: ImageInfo
    /// The colours of a palette of at most 256; otherwise empty.
    let palette: [RGBColour]
    /// The stored value that stands for no data; nil where the directory names none.
    let noData: Double?
    private let session: TIFFSession
    private let interpretation: Interpretation
    /// What decodes chunks that libtiff does not; nil for those that it does.
    private let codestreams: TIFFCodestreams?
    /// Where the rows lie of a plane that has no directory; nil for one that has.
    private let rows: TIFFPlaneRows?
    /// A chunk or row as libtiff delivers it.
    private var stored: [UInt8] = []
    /// The values of a stored row that are no whole bytes.
    private var unpacked: [UInt16] = []

    /// Reads the session's current directory, at which it stays.
    ///
    /// - Throws: `ImageError` for a broken directory, a size beyond `limits`, or values that are not read.
    ///
    /// - Parameters:
    ///   - channels: positions of the channels that are wanted, in their order; nil for all.
    ///   - withAlpha: whether alpha, where there is one, follows them.
    ///   - plane: of a stack whose first plane alone has a directory; nil for the image of the directory.
    init(
        _ session: TIFFSession, interpretation: Interpretation, channels: [Int]? = nil, withAlpha: Bool = false,
        plane: TIFFPlaneRows? = nil, limits: ImageLimits
    ) throws(ImageError) {
        let stored = try TIFFLayout(
            try session.directory(), channels: channels, withAlpha: withAlpha, asLabels: interpretation == .storedValues,
            path: session.path, limits: limits)
        layout = plane == nil ? stored : stored.inBands
        rows = plane
        noData = session.noData
        let colours = layout.isPalette ? try Self.colours(session, bits: layout.values.bits) : []
        palette = interpretation == .storedValues && layout.values.bits <= 8 ? colours : []
        let isColoured = layout.isPalette && interpretation == .pixels
        info = ImageInfo(
            width: layout.width, height: layout.height, channels: isColoured ? 3 : layout.channels.count,
            sampleType: isColoured ? .uint8 : layout.values.sampleType)
        lookup = isColoured ? colours : []
        self.session = session
        self.interpretation = interpretation
        codestreams =
            if case .jpeg2000(let isYCbCr) = layout.compression { TIFFCodestreams(session, isYCbCr: isYCbCr) } else { nil }
    }

    /// The colours of stored values; empty unless they are looked up.
    private let lookup: [RGBColour]

    /// The best way to read this image.
    ///
    /// - Throws: `ImageError.unsupported` when its chunks are too large to be decoded.
    func source(_ limits: ImageLimits) throws(ImageError) -> ImageSource {
        if layout.isTiled, layout.hasBoundedChunks(limits) { return .windows(TIFFWindowReader(self, limits)) }
        let isByRow = !layout.isTiled && !layout.isPlanar && codestreams == nil
        if !layout.isTiled, codestreams != nil, let rowCount = layout.bandRowCount(limits) {
            try limits.check(
                heldRows: 1, of: layout.workByteCount(rows: rowCount), because: "some rows of the image", path: session.path)
            return .rows(
                BufferedRowReader(info) { [self] (row) throws(ImageError) in
                    let (strip, line) = row.quotientAndRemainder(dividingBy: layout.chunkHeight)
                    let end = min(line + rowCount, layout.chunkHeight, layout.height - strip * layout.chunkHeight)
                    return try pixels(row: strip, column: 0, lines: line..<end)
                })
        }
        guard layout.hasBoundedChunks(limits) || isByRow else {
            throw .unsupported(
                path: session.path,
                reason: "expected \(layout.isTiled ? "tiles" : "strips") of at most \(TIFFLayout.chunkBytesMax) bytes, "
                    + "found \(layout.decodedChunkByteCount)")
        }
        // Large strips are decoded row by row, in order.
        if isByRow, layout.decodedChunkByteCount > min(Self.stripBytesMax, limits.heldBytesMax) {
            return .rows(BufferedRowReader(info) { [self] (row) throws(ImageError) in try self.row(row) })
        }
        return .rows(
            BufferedRowReader(info) { [self] (row) throws(ImageError) in
                try chunk(row: row / layout.chunkHeight, column: 0)
            })
    }

    /// Strips up to this size are decoded as one.
    private static let stripBytesMax = 16 << 20

    /// The pixels of a chunk, cut at the image's border.
    ///
    /// - Throws: `ImageError.corrupt` when it cannot be decoded.
    func chunk(row: Int, column: Int) throws(ImageError) -> PixelBuffer {
        try pixels(row: row, column: column, lines: 0..<min(layout.chunkHeight, layout.height - row * layout.chunkHeight))
    }

    /// The pixels of some rows of a chunk: of all that lie in the image, where libtiff decodes it.
    private func pixels(row: Int, column: Int, lines: Range<Int>) throws(ImageError) -> PixelBuffer {
        let width = min(layout.chunkWidth, layout.width - column * layout.chunkWidth)
        let height = lines.count
        var bytes = [UInt8](repeating: 0, count: width * height * info.channels * info.sampleType.byteCount)
        let perPlane = layout.chunkColumns * layout.chunkRows
        for plane in 0..<(layout.isPlanar ? layout.samplesPerPixel : 1) {
            guard !layout.isPlanar || layout.channels.contains(plane) else { continue }
            try load(plane * perPlane + row * layout.chunkColumns + column, lines, columns: width)
            for line in 0..<height {
                spread(line * rowByteCount, plane, width, into: &bytes, at: line * width)
            }
        }
        invert(&bytes)
        return PixelBuffer(width: width, height: height, channels: info.channels, sampleType: info.sampleType, bytes: bytes)
    }

    /// The pixels of one row, of an image in strips that is not planar. Rows come in order.
    ///
    /// - Throws: `ImageError.corrupt` when it cannot be decoded.
    private func row(_ row: Int) throws(ImageError) -> PixelBuffer {
        let byteCount = Int(ctiff_row_bytes(session.pointer))
        guard byteCount == storedRowByteCount else {
            throw .corrupt(path: session.path, reason: "expected rows of \(storedRowByteCount) bytes, found \(byteCount)")
        }
        reserve(rows: 1)
        guard stored.withUnsafeMutableBytes({ ctiff_read_row(session.pointer, $0.baseAddress, UInt32(row), 0) }) == 1 else {
            throw corrupt("row \(row)")
        }
        normalise(rows: 1)
        var bytes = [UInt8](repeating: 0, count: info.rowByteCount)
        spread(0, 0, layout.width, into: &bytes, at: 0)
        invert(&bytes)
        return PixelBuffer(width: info.width, height: 1, channels: info.channels, sampleType: info.sampleType, bytes: bytes)
    }

    private var rowValueCount: Int { layout.rowValueCount }

    private var storedRowByteCount: Int { layout.storedRowByteCount }

    /// Bytes of a row of a chunk in `stored`, once it is loaded.
    private var rowByteCount: Int {
        layout.values.isConverted ? 4 * rowValueCount : storedRowByteCount
    }

    private func reserve(rows: Int) {
        let byteCount = max(rows * storedRowByteCount, layout.values.workByteCount(rows * rowValueCount))
        if stored.count < byteCount { stored = [UInt8](repeating: 0, count: byteCount) }
    }

    private func normalise(rows: Int) {
        let (values, count) = (layout.values, rows * rowValueCount)
        stored.withUnsafeMutableBytes { values.normalise($0, count: count) }
    }

    /// Puts rows of a chunk into `stored`. One that the file leaves out holds the value for no data, or 0 where there is none, as GDAL reads
    /// it.
    private func load(_ index: Int, _ lines: Range<Int>, columns: Int) throws(ImageError) {
        // libtiff decodes a tile as a whole.
        let rowCount = layout.isTiled ? layout.chunkHeight : lines.count
        let byteCount = rowCount * storedRowByteCount
        reserve(rows: rowCount)
        if isMissing(index) {
            fill(byteCount)
        } else if let rows {
            let perPlane = layout.chunkRows
            let first = index % perPlane * layout.chunkHeight + lines.lowerBound
            try stored.withUnsafeMutableBufferPointer { (stored) throws(ImageError) in
                let bytes = UnsafeMutableRawBufferPointer(stored)
                try rows.read(first..<first + lines.count, sample: index / perPlane, into: bytes, layout, session)
            }
        } else if let codestreams {
            try stored.withUnsafeMutableBufferPointer { (stored) throws(ImageError) in
                try codestreams.read(index, lines, columns: columns, into: UnsafeMutableRawBufferPointer(stored), layout)
            }
        } else {
            let count = stored.withUnsafeMutableBytes {
                ctiff_read_chunk(session.pointer, layout.isTiled ? 1 : 0, UInt32(index), $0.baseAddress, Int64(byteCount))
            }
            guard count == byteCount else { throw corrupt("\(layout.isTiled ? "tile" : "strip") \(index)") }
        }
        normalise(rows: rowCount)
    }

    /// Fills `stored` with what stands in the place of a chunk that the file leaves out.
    private func fill(_ byteCount: Int) {
        let value = noData.flatMap { layout.values.bytes(of: $0) } ?? [0]
        stored.withUnsafeMutableBytes { target in
            for index in 0..<byteCount { target[index] = value[index % value.count] }
        }
    }

    /// Inverts whole values that are counted from white; others were inverted as they were unpacked.
    private func invert(_ bytes: inout [UInt8]) {
        guard layout.isInverted, !layout.values.isPacked else { return }
        for index in bytes.indices { bytes[index] ^= 0xFF }
    }

    /// The value of each channel that stands for no data, as channels are served; nil without one.
    var noDataValues: [Double]? {
        guard let noData else { return nil }
        if !lookup.isEmpty {
            guard let index = Int(exactly: noData), lookup.indices.contains(index) else { return nil }
            let colour = lookup[index]
            return [colour.red, colour.green, colour.blue].map(Double.init)
        }
        let bits = layout.values.bits
        let largest = layout.values.isUnsigned ? Double(UInt64(1) << UInt64(bits) - 1) : 0
        var value = layout.isInverted ? largest - noData : noData
        // Of fewer than 8 bits, values are served as parts of 255.
        if layout.values.isPacked, bits < 8 { value = (value * 255 / largest).rounded(.down) }
        return [Double](repeating: value, count: info.channels - (layout.hasAlphaLast ? 1 : 0))
    }

    /// Whether colours are turned into red, green and blue although the photometric interpretation says that they are.
    var convertsColoursUnasked: Bool {
        layout.photometric == PHOTOMETRIC_RGB && codestreams?.convertsColours(layout) == true
    }

    /// Chunks of the image that are not in the file, of all.
    ///
    /// - Complexity: O(chunks).
    var missingChunks: (count: Int, of: Int) {
        let all = layout.chunkColumns * layout.chunkRows * (layout.isPlanar ? layout.samplesPerPixel : 1)
        let missing = (0..<all).reduce(0) { $0 + (isMissing($1) ? 1 : 0) }
        return (missing, all)
    }

    /// Whether the file has no chunk of the image, and no value that would stand for them.
    var hasNoPixels: Bool {
        let all = layout.chunkColumns * layout.chunkRows * (layout.isPlanar ? layout.samplesPerPixel : 1)
        return noData == nil && (0..<all).allSatisfy(isMissing)
    }

    private func isMissing(_ chunk: Int) -> Bool {
        rows == nil && TIFFGetStrileByteCount(session.pointer.pointee.tiff, UInt32(chunk)) == 0
    }

    private func corrupt(_ place: String) -> ImageError { session.corrupt(place, "it is cut off") }

    private static func colours(_ session: TIFFSession, bits: Int) throws(ImageError) -> [RGBColour] {
        var (red, green, blue) = (UnsafePointer<UInt16>?.none, UnsafePointer<UInt16>?.none, UnsafePointer<UInt16>?.none)
        guard ctiff_colour_map(session.pointer, &red, &green, &blue) == 1, let red, let green, let blue else {
            throw .corrupt(path: session.path, reason: "expected the colours of its palette, found none")
        }
        return (0..<1 << bits).map {
            RGBColour(red: UInt8(red[$0] >> 8), green: UInt8(green[$0] >> 8), blue: UInt8(blue[$0] >> 8))
        }
    }
}

extension TIFFDecoder {
    /// Writes the pixels of a stored row to `bytes`: all channels of a row that is interleaved, one of a planar one.
    private func spread(_ start: Int, _ plane: Int, _ width: Int, into bytes: inout [UInt8], at firstPixel: Int) {
        if layout.values.isPacked { unpack(start, width * (layout.isPlanar ? 1 : layout.samplesPerPixel)) }
        stored.withUnsafeBytes { stored in
            bytes.withUnsafeMutableBytes { bytes in
                let stored = UnsafeRawBufferPointer(rebasing: stored[start...])
                if !lookup.isEmpty {
                    look(stored, width, to: bytes, at: firstPixel)
                } else if layout.values.isPacked {
                    place(plane, width, to: bytes, at: firstPixel)
                } else {
                    copy(stored, plane, width, to: bytes, at: firstPixel)
                }
            }
        }
    }

    /// Writes the colours of palette indices.
    private func look(_ stored: UnsafeRawBufferPointer, _ width: Int, to bytes: UnsafeMutableRawBufferPointer, at firstPixel: Int)
    {
        let bits = layout.values.bits
        lookup.withUnsafeBufferPointer { lookup in
            unpacked.withUnsafeBufferPointer { unpacked in
                for column in 0..<width {
                    let index =
                        switch bits {
                        case 8: Int(stored[column])
                        case 16: Int(stored.loadUnaligned(fromByteOffset: 2 &* column, as: UInt16.self))
                        default: Int(unpacked[column])
                        }
                    let colour = lookup[index]
                    let target = (firstPixel &+ column) &* 3
                    bytes[target] = colour.red
                    bytes[target &+ 1] = colour.green
                    bytes[target &+ 2] = colour.blue
                }
            }
        }
    }

    /// Copies whole values, which libtiff has put into the machine's order.
    private func copy(
        _ stored: UnsafeRawBufferPointer, _ plane: Int, _ width: Int, to bytes: UnsafeMutableRawBufferPointer, at firstPixel: Int
    ) {
        let (size, channels) = (info.sampleType.byteCount, layout.channels)
        let target = UnsafeMutableRawBufferPointer(rebasing: bytes[(firstPixel * channels.count * size)...])
        if !layout.isPlanar, channels.elementsEqual(0..<layout.samplesPerPixel) {
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: stored[..<(width * channels.count * size)]))
            return
        }
        let storedStep = layout.isPlanar ? 1 : layout.samplesPerPixel
        for (from, to) in places(plane) {
            for column in 0..<width {
                for byte in 0..<size {
                    target[(column * channels.count + to) * size + byte] = stored[(column * storedStep + from) * size + byte]
                }
            }
        }
    }

    /// Puts `count` values that are no whole bytes, packed with the highest bit first, into `unpacked`.
    private func unpack(_ start: Int, _ count: Int) {
        if unpacked.count < count { unpacked = [UInt16](repeating: 0, count: count) }
        let bits = layout.values.bits
        let mask = UInt32(1 << bits - 1)
        let inversion = layout.isInverted ? mask : 0
        stored.withUnsafeBytes { stored in
            unpacked.withUnsafeMutableBufferPointer { values in
                var window: UInt32 = 0
                var held = 0
                var next = start
                for index in 0..<count {
                    while held < bits {
                        window = window << 8 | UInt32(stored[next])
                        next &+= 1
                        held &+= 8
                    }
                    held &-= bits
                    values[index] = UInt16(truncatingIfNeeded: window >> UInt32(held) & mask ^ inversion)
                }
            }
        }
    }

    /// Writes values that were unpacked. Fewer than 8 bits of a pixel are scaled to 8, as in a PNG; more stay as they are.
    private func place(_ plane: Int, _ width: Int, to bytes: UnsafeMutableRawBufferPointer, at firstPixel: Int) {
        let (bits, channelCount) = (layout.values.bits, layout.channels.count)
        let largest = bits < 8 && interpretation == .pixels ? 1 << bits - 1 : 255
        let storedStep = layout.isPlanar ? 1 : layout.samplesPerPixel
        unpacked.withUnsafeBufferPointer { values in
            for (from, to) in places(plane) {
                for column in 0..<width {
                    let value = values[column &* storedStep &+ from]
                    let index = (firstPixel &+ column) &* channelCount &+ to
                    if bits > 8 {
                        bytes.storeBytes(of: value.littleEndian, toByteOffset: 2 &* index, as: UInt16.self)
                    } else {
                        bytes[index] = UInt8(truncatingIfNeeded: Int(value) &* 255 / largest)
                    }
                }
            }
        }
    }

    /// The stored values of a plane that become channels: the position among those of a pixel, and the channel.
    private func places(_ plane: Int) -> [(stored: Int, channel: Int)] {
        layout.isPlanar
            ? layout.channels.firstIndex(of: plane).map { [(0, $0)] } ?? []
            : layout.channels.enumerated().map { ($0.element, $0.offset) }
    }
}
