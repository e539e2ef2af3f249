internal import Imaging

extension ImageFormat {
    /// JPEG 2000: a codestream, or one in the boxes of a JP2 or JPX file.
    static let jpeg2000 = ImageFormat(
        name: "JPEG 2000", endings: ["jp2", "j2k", "jpx", "j2c"],
        signature: .head { $0.starts(with: JP2Boxes.signature) || $0.starts(with: JP2Boxes.codestreamSignature) },
        open: { (bytes, selection, limits) throws(ImageError) in
            let image = try JPEG2000Image(try bytes.file(), withAlpha: selection.masksByAlpha, limits: limits)
            let source = try image.source(scaled: true, limits)
            return image.hasAlphaLast ? MaskedImage.source(alphaLast: source) : source
        },
        openLabels: { (bytes, _, limits) throws(ImageError) in
            let image = try JPEG2000Image(try bytes.file(), withAlpha: true, limits: limits)
            guard image.isExact else {
                throw .unsupported(
                    path: bytes.path, reason: "expected a label map that is kept exactly, found JPEG 2000 with losses")
            }
            return try LabelPixels(
                try image.source(scaled: false, limits).rowReader, opacity: image.hasAlphaLast ? image.info.channels - 1 : nil,
                path: bytes.path)
        },
        contents: { (bytes, limits) throws(ImageError) in
            try JPEG2000Image(try bytes.file(), withAlpha: false, limits: limits).contents
        },
        holdsOnePlane: true)
}

/// An image in a JPEG 2000 file. Not safe to share between threads.
final class JPEG2000Image {
    let info: ImageInfo
    /// Whether opacity follows the channels.
    let hasAlphaLast: Bool
    private let path: String
    private let decoder: JPEG2000Decoder
    private let boxes: JP2Boxes
    /// The components that are channels, in their order.
    private let channels: [Int]
    private let isYCbCr: Bool

    /// Images that take more while they are decoded are read in parts.
    private static let workBytesMax = 256 << 20
    private static let partSide = 1024

    /// Reads the boxes and markers.
    ///
    /// - Parameter withAlpha: whether opacity is decoded, where the image has it.
    /// - Throws: `ImageError` for what is damaged, a size beyond `limits`, and colours and values that are not read.
    init(_ file: InputFile, withAlpha: Bool, limits: ImageLimits) throws(ImageError) {
        let source = JPEG2000Source(file)
        path = file.path
        boxes = try JP2Boxes(source)
        if boxes.hasPalette { throw source.unsupported("expected grey levels, RGB or channels, found a palette in JPEG 2000") }
        if case .other(let number) = boxes.colour {
            let name =
                [12: "CMYK", 13: "YCCK", 14: "CIE L*a*b*", 15: "a bi-level picture"][number] ?? "the colours of number \(number)"
            guard number == 15 else { throw source.unsupported("expected grey levels, RGB or channels, found \(name)") }
        }
        decoder = try JPEG2000Decoder(source, at: boxes.codestreamOffset)
        let codestream = decoder.codestream
        let roles = boxes.roles
        let alpha = codestream.components.indices.first { [1, 2].contains(roles[$0]?.type) }
        var colours = codestream.components.indices.filter { ![1, 2].contains(roles[$0]?.type) }
        if colours.allSatisfy({ (1...colours.count).contains(roles[$0]?.colour ?? 0) }) {
            colours.sort { roles[$0]?.colour ?? 0 < roles[$1]?.colour ?? 0 }
        }
        guard let first = colours.first.map({ codestream.components[$0] }) else {
            throw source.unsupported("expected grey levels, RGB or channels, found opacity alone")
        }
        let last = withAlpha ? alpha.map { [$0] } ?? [] : []
        let channels = colours + last
        (self.channels, hasAlphaLast) = (channels, !last.isEmpty)
        guard channels.allSatisfy({ codestream.components[$0].isSigned == first.isSigned }) else {
            throw source.unsupported("expected channels of one type, found signed and unsigned ones")
        }
        let bits = channels.reduce(1) { max($0, codestream.components[$1].bits) }
        isYCbCr =
            colours == [0, 1, 2] && !codestream.transformsColours
            && colours.allSatisfy { codestream.components[$0].bits == first.bits && !codestream.components[$0].isSigned }
            && (boxes.colour == .ycc || boxes.colour != .rgb && codestream.hasThinnedColours)
        let types: (SampleType, SampleType) = bits <= 8 ? (.uint8, .int8) : bits <= 16 ? (.uint16, .int16) : (.uint32, .int32)
        info = ImageInfo(
            width: codestream.image.width, height: codestream.image.height, channels: channels.count,
            sampleType: first.isSigned ? types.1 : types.0)
        try limits.check(width: info.width, height: info.height, path: path)
        try limits.check(heldRows: 1, of: info.rowByteCount, because: "one row of the image", path: path)
    }

    /// Whether values come out as they went in.
    var isExact: Bool { decoder.codestream.isExact && !isYCbCr }

    /// What the file holds.
    var contents: ImageContents {
        var notes: [ImageNote] = []
        if channels.count < decoder.codestream.components.count {
            notes.append(ImageNote(.alpha, "its alpha is not used; --alpha mask leaves out transparent pixels"))
        }
        if boxes.colour == .profile { notes.append(.profile("")) }
        if boxes.codestreamCount > 1 {
            notes.append(ImageNote(.series, "\(boxes.codestreamCount) images, of which the first is used"))
        }
        return ImageContents(channels: info.channels, levels: [.init(width: info.width, height: info.height)], notes: notes)
    }

    /// The pixels: decoded at once, or in parts where that would take too much memory.
    ///
    /// - Parameter scaled: whether unsigned values of fewer than 8 bits are scaled to 8.
    func source(scaled: Bool, _ limits: ImageLimits) throws(ImageError) -> ImageSource {
        let count = decoder.codestream.components.count
        let most = min(Self.workBytesMax, limits.heldBytesMax / 2)
        if JPEG2000Decoder.workBytes(width: info.width, height: info.height, components: count) <= most {
            return .rows(
                BufferedRowReader(info) { [self] (_) throws(ImageError) in
                    try pixels(PixelRect(x: 0, y: 0, width: info.width, height: info.height), scaled: scaled)
                })
        }
        // Whole tiles, where they are small enough.
        let room = Double(most) / Double(JPEG2000Decoder.workBytes(width: 1, height: 1, components: count))
        let largest = min(Self.partSide, max(1, Int(room.squareRoot())))
        func side(_ tile: Int, _ whole: Int) -> Int { min(tile <= largest ? largest / tile * tile : largest, whole) }
        let width = side(decoder.codestream.tileWidth, info.width)
        let height = side(decoder.codestream.tileHeight, info.height)
        let work = JPEG2000Decoder.workBytes(width: width, height: height, components: count)
        try limits.check(heldRows: 1, of: work, because: "a part of the image", path: path)
        return .windows(JPEG2000Windows(self, width: width, height: height, scaled: scaled, limits))
    }

    /// Decodes a part of the image.
    fileprivate func pixels(_ area: PixelRect, scaled: Bool) throws(ImageError) -> PixelBuffer {
        let (codestream, size) = (decoder.codestream, info.sampleType.byteCount)
        let (count, rowBytes) = (area.width * channels.count, area.width * channels.count * size)
        let factors = channels.map { index -> (from: Int32, to: Int32) in
            let component = codestream.components[index]
            return scaled && component.bits < 8 && !component.isSigned ? (1 << Int32(component.bits) - 1, 255) : (1, 1)
        }
        let isScaled = factors.contains { $0.from != $0.to }
        var bytes = [UInt8](repeating: 0, count: rowBytes * area.height)
        var row = [Int32](repeating: 0, count: count)
        try decoder.decode(area) { (planes) throws(ImageError) in
            bytes.withUnsafeMutableBytes { bytes in
                row.withUnsafeMutableBufferPointer { row in
                    for line in 0..<area.height {
                        planes.write(line, channels, to: row)
                        if isYCbCr { JPEG2000Planes.colour(row, pixels: area.width, bits: codestream.components[0].bits) }
                        if isScaled {
                            for index in 0..<count {
                                let factor = factors[index % factors.count]
                                row[index] = row[index] &* factor.to / factor.from
                            }
                        }
                        StoredValues.write(
                            row, count: count, bits: 8 * size,
                            to: UnsafeMutableRawBufferPointer(rebasing: bytes[line * rowBytes..<(line + 1) * rowBytes]))
                    }
                }
            }
        }
        return PixelBuffer(
            width: area.width, height: area.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes)
    }
}

/// Reads windows of a JPEG 2000 file. The parts decoded last are kept for neighbouring windows.
private final class JPEG2000Windows: WindowReader {
    let info: ImageInfo
    let chunkWidth: Int
    let chunkHeight: Int
    private let image: JPEG2000Image
    private let isScaled: Bool
    private var parts: RecentValues<PixelRect, PixelBuffer>

    init(_ image: JPEG2000Image, width: Int, height: Int, scaled: Bool, _ limits: ImageLimits) {
        self.image = image
        info = image.info
        (chunkWidth, chunkHeight, isScaled) = (width, height, scaled)
        parts = RecentValues(byteCountMax: limits.cachedBytesMax)
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        try PixelBuffer(of: window, in: info, chunkWidth, chunkHeight) { (row, column) throws(ImageError) in
            let (x, y) = (column * chunkWidth, row * chunkHeight)
            let place = PixelRect(x: x, y: y, width: min(chunkWidth, info.width - x), height: min(chunkHeight, info.height - y))
            if let held = parts.value(of: place) { return held }
            let part = try image.pixels(place, scaled: isScaled)
            parts.insert(part, of: place, byteCount: part.bytes.count)
            return part
        }
    }
}
