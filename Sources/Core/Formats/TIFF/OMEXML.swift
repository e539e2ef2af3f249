internal import CExpat

/// What OME-XML, the description of an OME-TIFF, says of the first of its images.
struct OMEXML {
    /// Consecutive images of the stack, and where they are: `TiffData`.
    struct Block {
        /// Position in the chain of directories; nil for the first, of a block that is everything.
        var directory: Int?
        var firstC = 0
        var firstZ = 0
        var firstT = 0
        /// Nil for 1, or for all if no directory is named.
        var count: Int?
        /// Whether another file holds them.
        var isElsewhere = false
    }

    /// Images that are described; the others are not read.
    fileprivate(set) var imageCount = 0
    fileprivate(set) var sizeC: Int?
    fileprivate(set) var sizeZ: Int?
    fileprivate(set) var sizeT: Int?
    fileprivate(set) var dimensionOrder = "XYCZT"
    /// The attributes of `Pixels`, which say how large they are.
    fileprivate(set) var pixels: [String: String] = [:]
    /// The attributes of each `Plane`.
    fileprivate(set) var planes: [[String: String]] = []
    /// One for each channel; nil without a name.
    fileprivate(set) var channelNames: [String?] = []
    /// As `channelNames`: red, green, blue and alpha from the highest byte on.
    fileprivate(set) var channelColours: [Int32?] = []
    fileprivate(set) var blocks: [Block] = []

    /// Nil for a text that is no OME-XML, or is damaged.
    ///
    /// - Parameter fileName: of the file itself, by which its own images are told from those of others; a single file may have been renamed.
    init?(_ text: String, fileName: String) {
        guard let parser = XML_ParserCreate("UTF-8") else { return nil }
        defer { XML_ParserFree(parser) }
        let reader = OMEXMLReader()
        XML_SetUserData(parser, Unmanaged.passUnretained(reader).toOpaque())
        XML_SetElementHandler(
            parser,
            { context, name, attributes in
                guard let context, let name, let attributes else { return }
                var values: [String: String] = [:]
                var next = attributes
                while let key = next[0], let value = next[1] {
                    values[String(cString: key)] = String(cString: value)
                    next += 2
                }
                Unmanaged<OMEXMLReader>.fromOpaque(context).takeUnretainedValue().begin(String(cString: name), values)
            }, { _, _ in })
        let bytes = Array(text.utf8CString.dropLast())
        guard bytes.count <= 64 << 20, XML_Parse(parser, bytes, Int32(bytes.count), 1) == XML_STATUS_OK, reader.isOME else {
            return nil
        }
        self = reader.found
        guard Set(reader.fileNames.values).count > 1 else { return }
        for (block, name) in reader.fileNames where name != fileName { blocks[block].isElsewhere = true }
    }

    fileprivate init() {}
}

/// Reads the elements of OME-XML as they begin.
private final class OMEXMLReader {
    var found = OMEXML()
    private(set) var isOME = false
    /// By the number of a block: the file that its images are in.
    private(set) var fileNames: [Int: String] = [:]

    /// The most images, channels and blocks that are read.
    private static let countMax = TIFFStack.imagesMax

    func begin(_ prefixed: String, _ attributes: [String: String]) {
        let name = prefixed.split(separator: ":").last.map(String.init) ?? prefixed
        func number(_ key: String) -> Int? { attributes[key].flatMap { Int($0) } }
        if name == "OME" { isOME = true }
        if name == "Image" { found.imageCount += 1 }
        guard found.imageCount == 1, found.blocks.count < Self.countMax, found.channelNames.count < Self.countMax else { return }
        switch name {
        case "Pixels":
            (found.sizeC, found.sizeZ, found.sizeT) = (number("SizeC"), number("SizeZ"), number("SizeT"))
            found.dimensionOrder = attributes["DimensionOrder"] ?? found.dimensionOrder
            found.pixels = attributes
        case "Plane":
            if found.planes.count < Self.countMax { found.planes.append(attributes) }
        case "Channel":
            let samples = min(max(number("SamplesPerPixel") ?? 1, 1), 16)
            found.channelNames += [String?](repeating: attributes["Name"], count: samples)
            let colour = samples == 1 ? attributes["Color"].flatMap { Int32($0) } : nil
            found.channelColours += [Int32?](repeating: colour, count: samples)
        case "TiffData":
            found.blocks.append(
                OMEXML.Block(
                    directory: number("IFD"), firstC: number("FirstC") ?? 0, firstZ: number("FirstZ") ?? 0,
                    firstT: number("FirstT") ?? 0, count: number("PlaneCount")))
        case "UUID":
            if let last = found.blocks.indices.last, let file = attributes["FileName"] { fileNames[last] = file }
        default: break
        }
    }
}
