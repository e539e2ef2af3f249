internal import AnnotationFormats
internal import ArgumentParser
internal import Coordinator
internal import Formats
internal import Imaging

extension AlphaUse: ExpressibleByArgument {}

/// Which of the planes and resolutions of image files are worked on.
struct PlaneOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The plane of a stack [0, the first]: planes in depth come first, then time points.", valueName: "number"))
    var page: Int?

    @Flag(help: "All planes of each stack, each as an image of its own.")
    var allPages = false

    @Option(help: ArgumentHelp("The resolution of a pyramid [0, the full one].", valueName: "number"))
    var level: Int?

    @Option(
        help: ArgumentHelp(
            "The resolution of a pyramid whose pixels are nearest to this size, as the file states it.", valueName: "microns"))
    var micronsPerPixel: Double?

    @Option(
        help: ArgumentHelp(
            "The channels that are used, by name or number: \"DAPI,GFP\" or 0,3,5-8 [those of the model, or all].",
            valueName: "list"))
    var channels: String?

    @Option(
        help: ArgumentHelp(
            "What transparency is used for: mask, so that transparent pixels have no data, or ignore.", valueName: "use"))
    var alpha: AlphaUse = .ignore

    @Option(
        help: ArgumentHelp(
            "The value of pixels without data: a number, fill (the fill value of OME-Zarr) or none [what the file says].",
            valueName: "value"))
    var noData: String?

    mutating func validate() throws {
        let numbers = 0...ImageSelection.numberMax
        if let page, !numbers.contains(page) { throw ValidationError("--page: expected 0 or more, found \(page)") }
        if let level, !numbers.contains(level) { throw ValidationError("--level: expected 0 or more, found \(level)") }
        guard page == nil || !allPages else { throw ValidationError("expected either --page or --all-pages, found both") }
        _ = try channels.map(ChannelChoice.init)
        if let noData, NoDataChoice(noData) == nil {
            throw ValidationError("--no-data: expected a number, fill or none, found \"\(noData)\"")
        }
        guard level == nil || micronsPerPixel == nil else {
            throw ValidationError("expected either --level or --microns-per-pixel, found both")
        }
        if let size = micronsPerPixel, !(size > 0 && size.isFinite) {
            throw ValidationError("--microns-per-pixel: expected a length above 0, found \(size)")
        }
    }

    /// The options that were given, by their names.
    var texts: [String: String] {
        var texts: [String: String] = [:]
        texts["page"] = page.map(String.init)
        texts["level"] = level.map(String.init)
        texts["microns-per-pixel"] = micronsPerPixel.map { "\($0)" }
        texts["channels"] = channels
        texts["no-data"] = noData
        if alpha != .ignore { texts["alpha"] = alpha.rawValue }
        if allPages { texts["all-pages"] = "yes" }
        return texts
    }

    /// The images that are meant by files.
    ///
    /// A file that cannot be read stands for one image, which then fails as such.
    /// - Throws: bad input for a file that does not state the size of its pixels, if it is asked for.
    func inputs(_ paths: [String]) throws(CoordinatorError) -> [ImageInput] {
        var inputs: [ImageInput] = []
        for path in paths { inputs += try self.inputs(path) }
        return inputs
    }

    /// The images that are meant by one file.
    func inputs(_ path: String) throws(CoordinatorError) -> [ImageInput] {
        var selection = ImageSelection(
            page: page ?? 0, level: level ?? 0, masksByAlpha: alpha == .mask, noData: noData.flatMap { NoDataChoice($0) })
        guard allPages || micronsPerPixel != nil || channels != nil, let contents = try? ImageFile.contents(path: path) else {
            return [ImageInput(path: path, selection: selection, choosesPage: page != nil)]
        }
        selection.channels = try channels.map(ChannelChoice.init)?.positions(in: contents, of: path)
        if let micronsPerPixel {
            guard let level = contents.level(nearestTo: micronsPerPixel) else {
                throw CoordinatorError(
                    .badInput, "--microns-per-pixel: \(path): expected the size of its pixels, found none; take --level")
            }
            selection.level = level
        }
        guard allPages else { return [ImageInput(path: path, selection: selection, choosesPage: page != nil)] }
        let digits = String(contents.pages - 1).count
        return (0..<contents.pages).map { page in
            selection.page = page
            return ImageInput(path: path, selection: selection, choosesPage: true, pageDigits: digits)
        }
    }

    /// An image whose page is known, with the channels and the resolution that are asked for.
    private func chosen(_ image: ImageInput) throws(CoordinatorError) -> ImageInput {
        var one = self
        (one.page, one.allPages) = (image.selection.page, false)
        return try one.inputs(image.path).first ?? image
    }

    /// The resolution that is meant of one file, in its first plane.
    ///
    /// - Throws: bad input for a file that does not state the size of its pixels, if it is asked for.
    func input(_ path: String) throws(CoordinatorError) -> ImageInput {
        var one = self
        (one.page, one.allPages) = (nil, false)
        return try one.inputs(path).first ?? ImageInput(path: path)
    }

    /// The pairs of images and label maps that are meant by pairs of files.
    ///
    /// The labels of a plane are the same plane of the label file, or the label file's only one.
    /// - Throws: bad input when a label file has another number of planes than its image.
    func pairs(_ pairs: [TrainingPair]) throws(CoordinatorError) -> [TrainingPair] {
        guard !texts.isEmpty else { return pairs }
        var found: [TrainingPair] = []
        for pair in pairs {
            // What a manifest says of one pair comes before what is said of all.
            let images = pair.image.choosesPage ? [try chosen(pair.image)] : try inputs(pair.image.path)
            // Annotations say themselves of which planes they are.
            let isAnnotated = AnnotationFile.recognises(path: pair.labels.path)
            let labelPages = isAnnotated ? 1 : (try? ImageFile.contents(path: pair.labels.path).pages) ?? 1
            guard images.count == 1 || isAnnotated || images.count == labelPages else {
                throw CoordinatorError(
                    .badInput, "\(pair.labels): expected \(images.count) pages as \(pair.image.path), found \(labelPages)")
            }
            for image in images {
                var labels = pair.labels
                if labelPages > 1 { labels.selection.page = image.selection.page }
                found.append(TrainingPair(image: image, labels: labels))
            }
        }
        return found
    }
}
