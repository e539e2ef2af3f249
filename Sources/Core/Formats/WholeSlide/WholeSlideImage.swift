internal import COpenSlide
internal import Foundation
package import Imaging

/// A slide that OpenSlide has opened. Not safe to share between threads.
package final class WholeSlideImage {
    package let path: String
    private let library: copenslide_library
    private let slide: OpaquePointer
    /// Keeps open the file that OpenSlide opens by its number.
    private let file: InputFile
    /// `[level]`.
    private let levels: [(width: Int, height: Int, downsample: Double)]

    /// The most levels that are read.
    private static let levelsMax = 64

    /// - Throws: `ImageError`: `unsupported` where OpenSlide is not installed, for what it does not know and sizes beyond `limits`;
    ///   `corrupt` when it cannot open the slide.
    package init(_ file: InputFile, limits: ImageLimits) throws(ImageError) {
        path = file.path
        guard let library = OpenSlideLibrary.shared else {
            throw .unsupported(
                path: path, reason: "expected OpenSlide to read a whole-slide image, found none; install libopenslide0")
        }
        // A slide in one file is opened as the file that was checked, whatever has its name by now.
        let own = "/proc/self/fd/\(fileno(file.stream))"
        guard let name = [own, path].first(where: { (name: String) in library.detect_vendor(name) != nil }) else {
            throw .unsupported(path: path, reason: "expected a whole-slide image that OpenSlide reads, found another one")
        }
        guard let slide = library.open(name) else {
            throw .corrupt(path: path, reason: "OpenSlide cannot open it")
        }
        if let error = library.get_error(slide).map({ String(cString: $0) }) {
            library.close(slide)
            throw LibraryMessage.error(Self.line(error), path: path)
        }
        (self.library, self.slide, self.file) = (library, slide, file)
        levels = (0..<min(max(Int(library.get_level_count(slide)), 0), Self.levelsMax)).map { level in
            var (width, height) = (Int64(0), Int64(0))
            library.get_level_dimensions(slide, Int32(level), &width, &height)
            return (Int(width), Int(height), library.get_level_downsample(slide, Int32(level)))
        }
        guard let first = levels.first, levels.allSatisfy({ $0.width >= 1 && $0.height >= 1 && $0.downsample >= 1 }) else {
            throw .corrupt(path: path, reason: "expected levels with pixels, found none")
        }
        try limits.check(width: first.width, height: first.height, path: path)
    }

    deinit { library.close(slide) }

    /// What the slide holds.
    package var contents: ImageContents {
        ImageContents(
            channels: 3,
            levels: levels.indices.map { level in
                .init(width: levels[level].width, height: levels[level].height, metadata: metadata(ofLevel: level))
            })
    }

    /// The size of a level's pixels, which the scanner states of the first.
    package func metadata(ofLevel level: Int) -> ImageMetadata {
        func axis(_ name: String) -> AxisSampling? {
            guard let size = property(name).flatMap(Double.init), size > 0 else { return nil }
            return AxisSampling(step: size, unit: PhysicalUnit.micrometre.name)
        }
        let full = ImageMetadata(x: axis("openslide.mpp-x"), y: axis("openslide.mpp-y"))
        guard levels.indices.contains(level) else { return full }
        return full.scaled(x: levels[level].downsample, y: levels[level].downsample)
    }

    /// Windows of one level.
    ///
    /// - Throws: `ImageError.unsupported` for a level that there is not.
    package func reader(level: Int, limits: ImageLimits) throws(ImageError) -> WholeSlideReader {
        try ImageSelection(level: level).check(pages: 1, levels: levels.count, path: path)
        return WholeSlideReader(self, level: level, width: levels[level].width, height: levels[level].height, limits)
    }

    /// The colour of what was not scanned; white where the slide does not say.
    package var background: RGBColour {
        property("openslide.background-color").flatMap { RGBColour(hex: "#\($0)") } ?? RGBColour(red: 255, green: 255, blue: 255)
    }

    /// Pixels of a level, premultiplied ARGB.
    ///
    /// - Throws: `ImageError.corrupt` with what OpenSlide says.
    package func read(_ window: PixelRect, level: Int) throws(ImageError) -> [UInt32] {
        let downsample = levels[level].downsample
        // OpenSlide fills all of it, also where there is nothing.
        let pixels = [UInt32](unsafeUninitializedCapacity: window.area) { buffer, count in
            count = window.area
            guard let base = buffer.baseAddress else { return }
            base.initialize(repeating: 0, count: count)
            library.read_region(
                slide, base, Int64((Double(window.x) * downsample).rounded()), Int64((Double(window.y) * downsample).rounded()),
                Int32(level), Int64(window.width), Int64(window.height))
        }
        if let error = library.get_error(slide).map({ String(cString: $0) }) {
            throw LibraryMessage.error(Self.line(error), place: "pixels at (\(window.x), \(window.y))", path: path)
        }
        return pixels
    }

    private func property(_ name: String) -> String? {
        library.get_property_value(slide, name).map { String(cString: $0) }
    }

    private static func line(_ text: String) -> String {
        String(text.prefix(200).map { $0.isNewline || !$0.isASCII ? " " : $0 })
    }
}

/// Windows of one level of a slide, as RGB: transparent pixels are laid over the slide's background. What is wholly transparent, because it
/// was not scanned, has no data.
///
/// Pixels are read in chunks of a fixed grid, which are kept for neighbouring windows. Where a level's size is no whole fraction of the
/// slide's, OpenSlide interpolates from the corner of each request: fixed chunks give the same pixels whatever the window.
package final class WholeSlideReader: WindowReader {
    package let info: ImageInfo
    package let chunkWidth = WholeSlideReader.chunkSide
    package let chunkHeight = WholeSlideReader.chunkSide
    package let isMasked = true
    private let image: WholeSlideImage
    private let level: Int
    private let background: RGBColour
    private var chunks: RecentValues<PixelRect, PixelBuffer>

    private static let chunkSide = 512

    package init(_ image: WholeSlideImage, level: Int, width: Int, height: Int, _ limits: ImageLimits) {
        info = ImageInfo(width: width, height: height, channels: 3, sampleType: .uint8)
        self.image = image
        self.level = level
        background = image.background
        chunks = RecentValues(byteCountMax: limits.cachedBytesMax)
    }

    package func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        try PixelBuffer(of: window, in: info, Self.chunkSide, Self.chunkSide) { (row, column) throws(ImageError) in
            let (x, y) = (column * Self.chunkSide, row * Self.chunkSide)
            return try chunk(
                PixelRect(x: x, y: y, width: min(Self.chunkSide, info.width - x), height: min(Self.chunkSide, info.height - y)))
        }
    }

    private func chunk(_ place: PixelRect) throws(ImageError) -> PixelBuffer {
        if let held = chunks.value(of: place) { return held }
        let pixels = try image.read(place, level: level)
        let bytes = [UInt8](unsafeUninitializedCapacity: 3 * pixels.count) { bytes, count in
            for (index, pixel) in pixels.enumerated() {
                let missing = 255 - (pixel >> 24)
                bytes[3 &* index] = Self.over(pixel >> 16, background.red, missing)
                bytes[3 &* index &+ 1] = Self.over(pixel >> 8, background.green, missing)
                bytes[3 &* index &+ 2] = Self.over(pixel, background.blue, missing)
            }
            count = 3 * pixels.count
        }
        let chunk = PixelBuffer(
            width: place.width, height: place.height, channels: 3, sampleType: .uint8, bytes: bytes,
            validity: pixels.contains { $0 >> 24 == 0 } ? pixels.map { $0 >> 24 == 0 ? 0 : 1 } : nil)
        chunks.insert(chunk, of: place, byteCount: bytes.count)
        return chunk
    }

    /// Composites a premultiplied value, in the lowest byte, over the background.
    @inline(__always)
    private static func over(_ value: UInt32, _ background: UInt8, _ missing: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(255, value & 255 &+ (UInt32(background) &* missing &+ 127) / 255))
    }
}

/// OpenSlide, if it is installed; loaded when it is first asked for.
enum OpenSlideLibrary {
    /// Nil where it is not installed.
    static let shared: copenslide_library? = {
        // Every member is set before the library is said to be there.
        withUnsafeTemporaryAllocation(of: copenslide_library.self, capacity: 1) { library in
            guard let base = library.baseAddress, copenslide_load(base) == 1 else { return nil }
            return base.pointee
        }
    }()
}
