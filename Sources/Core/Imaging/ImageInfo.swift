/// What is known of an image before its pixels are read.
package struct ImageInfo: Codable, Hashable, Sendable {
    /// Columns.
    package var width: Int
    /// Rows.
    package var height: Int
    /// Colour channels, alpha excluded: 1 for grey, 3 for RGB.
    package var channels: Int
    package var sampleType: SampleType

    package init(width: Int, height: Int, channels: Int, sampleType: SampleType) {
        self.width = width
        self.height = height
        self.channels = channels
        self.sampleType = sampleType
    }

    /// The most channels that are used at once: features of each take their share of memory and time.
    package static let channelsMax = 64
    /// The most channels of a file, of which some are chosen.
    package static let storedChannelsMax = 1024

    /// Bytes of one row of decoded pixels.
    package var rowByteCount: Int { width * channels * sampleType.byteCount }
}

/// The type of one stored channel value of an image; its name is NumPy's.
package enum SampleType: String, Codable, Hashable, Sendable, CaseIterable {
    case uint8
    case uint16
    case uint32
    case int8
    case int16
    case int32
    /// Any finite number, used as it is.
    case float32

    /// Bytes per value.
    package var byteCount: Int {
        switch self {
        case .uint8, .int8: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        }
    }

    /// The value that stands for full intensity, 1.0 in float.
    package var maximum: Double {
        switch self {
        case .uint8: 255
        case .uint16: 65535
        case .uint32: 4_294_967_295
        case .int8: 127
        case .int16: 32767
        case .int32: 2_147_483_647
        case .float32: 1
        }
    }

    /// Whether values need not be whole numbers.
    package var isFloat: Bool { self == .float32 }
}

/// One of the images in a file: a plane of its stack, in one of its resolutions, with some of its channels.
package struct ImageSelection: Codable, Hashable, Sendable {
    /// Position among the planes of a stack, from 0 on: planes in depth come first, then time points.
    package var page: Int
    /// Position in a pyramid of resolutions: 0 is the full one.
    package var level: Int
    /// Positions of the channels that are used, in their order; nil for all as they are stored.
    package var channels: [Int]?
    /// Whether wholly transparent pixels have no data; otherwise alpha is not used.
    package var masksByAlpha: Bool
    /// Which value stands for no data; nil for the one that the file states.
    package var noData: NoDataChoice?

    package init(
        page: Int = 0, level: Int = 0, channels: [Int]? = nil, masksByAlpha: Bool = false, noData: NoDataChoice? = nil
    ) {
        (self.page, self.level, self.channels) = (page, level, channels)
        (self.masksByAlpha, self.noData) = (masksByAlpha, noData)
    }

    /// The first plane, in full resolution, with all channels.
    package static let first = ImageSelection()

    /// Throws unless an image of `count` channels has all of `channels`, each of them once.
    ///
    /// - Throws: `ImageError.unsupported` that says which there are.
    package static func check(channels: [Int], of count: Int, path: String) throws(ImageError) {
        guard (1...ImageInfo.channelsMax).contains(channels.count), Set(channels).count == channels.count else {
            throw .unsupported(
                path: path, reason: "expected 1 to \(ImageInfo.channelsMax) different channels, found \(channels.count)")
        }
        if let wrong = channels.first(where: { !(0..<count).contains($0) }) {
            let expected = count == 1 ? "channel 0, the only one" : "channels from 0 to \(count - 1)"
            throw .unsupported(path: path, reason: "expected \(expected), found channel \(wrong)")
        }
    }

    /// The largest number of a page or level that is accepted.
    package static let numberMax = 1 << 24

    /// Throws unless there is such an image.
    ///
    /// - Throws: `ImageError.unsupported` that says which there are.
    package func check(pages: Int, levels: Int, path: String) throws(ImageError) {
        guard (0..<pages).contains(page) else {
            let expected = pages == 1 ? "page 0, the only one" : "a page from 0 to \(pages - 1)"
            throw .unsupported(path: path, reason: "expected \(expected), found page \(page)")
        }
        guard (0..<levels).contains(level) else {
            let expected = levels == 1 ? "level 0, the only one" : "a level from 0 to \(levels - 1)"
            throw .unsupported(path: path, reason: "expected \(expected), found level \(level)")
        }
    }
}

/// What a file holds: its planes, channels and resolutions.
package struct ImageContents: Hashable, Sendable {
    /// One resolution of a pyramid.
    package struct Level: Hashable, Sendable {
        /// Columns.
        package var width: Int
        /// Rows.
        package var height: Int
        /// Where its pixels lie, in the first plane.
        package var metadata: ImageMetadata

        package init(width: Int, height: Int, metadata: ImageMetadata) {
            (self.width, self.height, self.metadata) = (width, height, metadata)
        }

        /// A resolution of square pixels.
        package init(width: Int, height: Int, micronsPerPixel: Double? = nil) {
            let side = micronsPerPixel.flatMap { AxisSampling(step: $0, unit: PhysicalUnit.micrometre.name) }
            self.init(width: width, height: height, metadata: ImageMetadata(x: side, y: side))
        }

        /// Side of a pixel; nil where the file does not say it.
        package var micronsPerPixel: Double? { metadata.micronsPerPixel }
    }

    /// Planes of the stack in depth.
    package var depth: Int
    /// Time points.
    package var times: Int
    /// Channels of a plane, alpha excluded.
    package var channels: Int
    /// Names of the channels in order, where the file has any; otherwise empty.
    package var channelNames: [String]
    /// In which colour the file wants each channel shown, where it says so of all; otherwise empty.
    package var channelColours: [RGBColour] = []
    /// From the full resolution on; at least one.
    package var levels: [Level]
    /// What of the file is not used, or read otherwise than it is stored.
    package var notes: [ImageNote]

    package init(
        depth: Int = 1, times: Int = 1, channels: Int, channelNames: [String] = [], levels: [Level], notes: [ImageNote] = []
    ) {
        (self.depth, self.times, self.channels, self.channelNames) = (depth, times, channels, channelNames)
        (self.levels, self.notes) = (levels, notes)
    }

    /// Where the pixels of the first plane lie, in full resolution.
    package var metadata: ImageMetadata { levels.first?.metadata ?? .none }

    /// Planes in all: the pages that an `ImageSelection` numbers.
    package var pages: Int { depth * times }

    /// The level whose pixels are nearest in size to `micronsPerPixel`, by their ratio; nil if the file does not say its sizes.
    package func level(nearestTo micronsPerPixel: Double) -> Int? {
        levels.indices.compactMap { index in
            levels[index].micronsPerPixel.map { (index, distance: abs($0 / micronsPerPixel).logarithm) }
        }.min { $0.distance < $1.distance }?.0
    }
}

extension Double {
    /// The distance of a ratio from 1, the same for its inverse: a measure that needs no library of functions.
    fileprivate var logarithm: Double { self >= 1 ? self : 1 / self }
}
