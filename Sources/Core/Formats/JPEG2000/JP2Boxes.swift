internal import Imaging

/// What the boxes around a JPEG 2000 codestream say (ISO/IEC 15444-1, annex I). A codestream without boxes is one that says nothing.
struct JP2Boxes {
    /// What the channels are, as the file names them.
    enum Colour: Equatable {
        case grey
        case rgb
        case ycc
        /// By a profile.
        case profile
        /// A number of the standard for something else, such as CMYK.
        case other(Int)
    }

    /// Where the first codestream begins.
    let codestreamOffset: Int
    /// The first one that is stated; nil where none is.
    private(set) var colour: Colour?
    private(set) var hasPalette = false
    /// For each component that has a role: 0 colour, 1 or 2 opacity; and the number of its colour from 1 on, 0 for all.
    private(set) var roles: [Int: (type: Int, colour: Int)] = [:]
    /// Images of the file.
    private(set) var codestreamCount = 1

    /// The most boxes of a file that are looked at.
    private static let boxesMax = 10000

    /// The signature of files with boxes.
    static let signature: [UInt8] = [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 0x0D, 0x0A, 0x87, 0x0A]
    /// The first markers of a codestream.
    static let codestreamSignature: [UInt8] = [0xFF, 0x4F, 0xFF, 0x51]

    /// - Throws: `ImageError` where the boxes hold no codestream, or are damaged.
    init(_ source: JPEG2000Source) throws(ImageError) {
        let head = try source.bytes(min(12, source.byteCount), at: 0)
        guard head == Self.signature else {
            codestreamOffset = 0
            return
        }
        var first: Int?
        var count = 0
        var boxes: [(type: String, body: Range<Int>)] = []
        try Self.walk(source, 0..<source.byteCount) { (type, body) throws(ImageError) in
            if type == "jp2c" {
                first = first ?? body.lowerBound
                count += 1
            }
            if type == "jp2h" { boxes.append((type, body)) }
        }
        guard let first else { throw source.corrupt("expected a JPEG 2000 codestream in its boxes, found none") }
        (codestreamOffset, codestreamCount) = (first, count)
        var inner: [(type: String, body: Range<Int>)] = []
        if let header = boxes.first {
            try Self.walk(source, header.body) { (type, body) throws(ImageError) in inner.append((type, body)) }
        }
        for (type, body) in inner {
            switch type {
            case "colr": if colour == nil { colour = try Self.colour(source, body) }
            case "pclr": hasPalette = true
            case "cdef":
                for at in stride(from: body.lowerBound + 2, through: body.upperBound - 6, by: 6) where roles.count < 16384 {
                    let (component, kind) = (try source.number(2, at: at), try source.number(2, at: at + 2))
                    roles[component] = (kind, try source.number(2, at: at + 4))
                }
            default: break
            }
        }
    }

    /// Hands over the boxes that lie in a range of bytes, without their heads.
    private static func walk(
        _ source: JPEG2000Source, _ range: Range<Int>, _ body: (String, Range<Int>) throws(ImageError) -> Void
    ) throws(ImageError) {
        var position = range.lowerBound
        for _ in 0..<boxesMax where position <= range.upperBound - 8 {
            var (byteCount, headCount) = (try source.number(4, at: position), 8)
            let type = String(decoding: try source.bytes(4, at: position + 4), as: UTF8.self)
            if byteCount == 1 {
                (byteCount, headCount) = (try source.number(8, at: position + 8), 16)
            } else if byteCount == 0 {
                byteCount = range.upperBound - position
            }
            // The codestream's own end is looked at when it is read.
            let isCodestream = type == "jp2c"
            guard byteCount >= headCount, isCodestream || byteCount <= range.upperBound - position else {
                throw source.corrupt("expected boxes in its bytes, found one that is cut off")
            }
            let end = min(byteCount, range.upperBound - position)
            guard headCount <= end else { return }
            try body(type, position + headCount..<position + end)
            position += end
        }
    }

    private static func colour(_ source: JPEG2000Source, _ body: Range<Int>) throws(ImageError) -> Colour? {
        guard body.count >= 3 else { return nil }
        guard try source.number(1, at: body.lowerBound) == 1, body.count >= 7 else { return .profile }
        return switch try source.number(4, at: body.lowerBound + 3) {
        case 16: .rgb
        case 17: .grey
        case 18: .ycc
        case let number: .other(number)
        }
    }
}
