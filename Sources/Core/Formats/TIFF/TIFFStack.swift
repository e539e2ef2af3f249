internal import Imaging

/// How the images in a TIFF's chain form planes and channels, according to its description.
struct TIFFStack: Equatable {
    /// The dimensions of a stack besides rows and columns.
    enum Axis: Character {
        case channel = "C"
        case depth = "Z"
        case time = "T"
    }

    /// Which images of a stack have a directory: each, or the first, which the others follow. Where it is not stated, they follow one that is
    /// alone in its file.
    enum Directories {
        case each
        case firstIfAlone
        case first
    }

    /// Images that are the channels of one plane; 1 where each image has all of them.
    var channels = 1
    /// Planes in depth, and time points; nil for as many as there are images.
    var depth: Int?
    var times: Int?
    /// Which dimension goes fastest from image to image.
    var order: [Axis] = [.channel, .depth, .time]
    /// Where an image is in the chain, by its place in `order`; nil for one after the other. An image that is not in it is in another file.
    var places: [Int: Int]?
    /// Which of its images have a directory.
    var directories = Directories.each
    /// Empty without names.
    var channelNames: [String] = []
    /// Empty without colours.
    var channelColours: [RGBColour] = []
    /// Images that the description has besides the first, such as series of a microscope.
    var otherSeries = 0
    /// What the description says of the place of the first plane's pixels.
    var metadata = ImageMetadata.none
    /// The unit of the resolution, where the description names it in words.
    var resolutionUnit: String?
    /// The column and row whose coordinates are 0.
    var originX = 0.0
    var originY = 0.0
    /// Places of planes that are stated one by one, by the number of the page.
    var positions: [Int: PlanePosition] = [:]

    /// The most images of a stack.
    static let imagesMax = 1 << 20

    /// - Parameters:
    ///   - samplesPerImage: channels that are stored in each image.
    ///   - isPlanar: whether each of them lies in a plane of its own.
    ///   - size: columns and rows of each image; nil where they are not known.
    /// - Throws: `ImageError` for a description that contradicts itself.
    init(
        description: String?, samplesPerImage: Int, isPlanar: Bool, size: (width: Int, height: Int)? = nil, path: String
    ) throws(ImageError) {
        guard let description else { return }
        let image: (letters: [Character], shape: [Int])? = size.map { size in
            let plane: ([Character], [Int]) = (["Y", "X"], [size.height, size.width])
            guard samplesPerImage > 1 else { return plane }
            return isPlanar
                ? (["S"] + plane.0, [samplesPerImage] + plane.1) : (plane.0 + ["S"], plane.1 + [samplesPerImage])
        }
        if let axes = TIFFAxes(description, image: image) {
            self = try axes.stack(samplesPerImage: samplesPerImage, isPlanar: isPlanar, path: path).checked(path: path)
            return
        }
        if description.hasPrefix("ImageJ=") {
            self = try Self.ofImageJ(description, samplesPerImage: samplesPerImage, path: path)
        } else if description.hasPrefix("<"), description.contains("OME") {
            self =
                try OMEXML(description, fileName: String(path.split(separator: "/").last ?? "")).map { (xml) throws(ImageError) in
                    try Self.of(xml, samplesPerImage: samplesPerImage, path: path)
                } ?? self
        }
    }

    init() {}

    /// The place in the chain of one channel of a plane; nil if it is in another file.
    ///
    /// - Parameter page: planes in depth come first, then time points.
    func place(ofChannel channel: Int, page: Int) -> Int? {
        guard let depth, let times else { return page }
        let indices: [Axis: (index: Int, count: Int)] = [
            .channel: (channel, channels), .depth: (page % depth, depth), .time: (page / depth, times),
        ]
        var place = 0
        for axis in order.reversed() {
            guard let (index, count) = indices[axis] else { continue }
            place = place * count + index
        }
        return places.map { $0[place] } ?? place
    }

    /// Images of all channels and planes; nil for as many as there are.
    var imageCount: Int? { depth.flatMap { depth in times.map { channels * depth * $0 } } }

    /// Whether only the first of several images has a directory, in a file of `count` directories.
    func followsFirst(of count: Int) -> Bool {
        guard let imageCount, imageCount > 1, places == nil else { return false }
        return directories == .first || directories == .firstIfAlone && count == 1
    }

    /// Throws unless the numbers are ones of a stack.
    private func checked(path: String) throws(ImageError) -> TIFFStack {
        var product = 1
        for count in [channels, depth ?? 1, times ?? 1] {
            guard count >= 1, count <= Self.imagesMax else {
                throw .corrupt(
                    path: path, reason: "description: expected 1 to \(Self.imagesMax) images a dimension, found \(count)")
            }
            product *= count
            guard product <= Self.imagesMax else {
                throw .unsupported(path: path, reason: "description: expected at most \(Self.imagesMax) images, found more")
            }
        }
        return self
    }

    /// ImageJ's `key=value` lines: channels go fastest, then planes in depth, then time points.
    private static func ofImageJ(_ description: String, samplesPerImage: Int, path: String) throws(ImageError) -> TIFFStack {
        var values: [Substring: Substring] = [:]
        for line in description.split(whereSeparator: \.isNewline) {
            guard let sign = line.firstIndex(of: "=") else { continue }
            values[line[..<sign]] = line[line.index(after: sign)...]
        }
        func number(_ name: Substring) -> Int? { values[name].flatMap { Int($0) } }
        var stack = TIFFStack()
        stack.channels = number("channels") ?? 1
        stack.times = number("frames") ?? 1
        // A stack that names no dimension is one of planes.
        let named = (number("slices") ?? 1, number("frames") ?? 1, stack.channels)
        stack.depth = named == (1, 1, 1) ? number("images") ?? 1 : number("slices") ?? 1
        stack.readCalibration { key in values[key[...]].map(String.init) }
        // Some programs count the samples of a pixel as channels.
        if samplesPerImage > 1, stack.channels == samplesPerImage, let images = number("images"),
            let (planes, overflow) = stack.depth.map({ $0.multipliedReportingOverflow(by: stack.times ?? 1) }), !overflow,
            images == planes
        {
            stack.channels = 1
        }
        stack.directories = .firstIfAlone
        return try stack.checked(path: path)
    }

    /// The first image that OME-XML describes.
    private static func of(_ xml: OMEXML, samplesPerImage: Int, path: String) throws(ImageError) -> TIFFStack {
        var stack = TIFFStack()
        let channelCount = xml.sizeC ?? samplesPerImage
        guard channelCount >= 1, channelCount.isMultiple(of: samplesPerImage) else {
            throw .corrupt(
                path: path,
                reason: "description: expected a multiple of the \(samplesPerImage) channels of an image, found \(channelCount)")
        }
        stack.channels = channelCount / samplesPerImage
        (stack.depth, stack.times) = (xml.sizeZ ?? 1, xml.sizeT ?? 1)
        let axes = xml.dimensionOrder.compactMap(Axis.init)
        if Set(axes).count == 3, axes.count == 3 { stack.order = axes }
        stack.channelNames = xml.channelNames.count == channelCount ? xml.channelNames.compactMap { $0 } : []
        if stack.channelNames.count != channelCount { stack.channelNames = [] }
        let colours = xml.channelColours.compactMap { $0.map(RGBColour.init(ome:)) }
        if colours.count == channelCount, xml.channelColours.count == channelCount { stack.channelColours = colours }
        stack.otherSeries = max(0, xml.imageCount - 1)
        stack = try stack.checked(path: path)
        stack.metadata = xml.metadata
        stack.positions = xml.positions(depth: stack.depth ?? 1, times: stack.times ?? 1)
        stack.places = try places(xml.blocks, stack, path: path)
        return stack
    }

    /// Where images are, by the blocks of consecutive ones; nil if they are one after the other.
    private static func places(_ blocks: [OMEXML.Block], _ stack: TIFFStack, path: String) throws(ImageError) -> [Int: Int]? {
        let total = stack.channels * (stack.depth ?? 1) * (stack.times ?? 1)
        guard blocks.contains(where: { $0.isElsewhere || $0.directory != nil }) else { return nil }
        var places: [Int: Int] = [:]
        for block in blocks {
            let first = stack.linear(channel: block.firstC, depth: block.firstZ, time: block.firstT)
            let count = block.count ?? (block.directory == nil ? total : 1)
            let directory = block.directory ?? 0
            guard let first, count >= 0, count <= total - first, (0...imagesMax).contains(directory) else {
                throw .corrupt(path: path, reason: "description: expected blocks of the \(total) images, found others")
            }
            if block.isElsewhere { continue }
            for index in 0..<count { places[first + index] = directory + index }
        }
        return places
    }

    private func linear(channel: Int, depth: Int, time: Int) -> Int? {
        let (depthCount, timeCount) = (self.depth ?? 1, times ?? 1)
        guard (0..<channels).contains(channel), (0..<depthCount).contains(depth), (0..<timeCount).contains(time) else {
            return nil
        }
        var plain = self
        plain.places = nil
        return plain.place(ofChannel: channel, page: time * depthCount + depth)
    }
}

extension RGBColour {
    /// A colour of OME-XML: red, green, blue and alpha, from the highest byte on.
    fileprivate init(ome value: Int32) {
        let bits = UInt32(bitPattern: value)
        self.init(
            red: UInt8(truncatingIfNeeded: bits >> 24), green: UInt8(truncatingIfNeeded: bits >> 16),
            blue: UInt8(truncatingIfNeeded: bits >> 8))
    }
}
