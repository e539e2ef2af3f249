internal import Coordinator
internal import Formats
internal import Imaging

/// An image that a client names: `"cells.npy"` for one of its files, or an object that also says which plane, resolution and channels are
/// meant, or names an image of the project.
struct ImageWish: Decodable, Sendable {
    enum Source: Sendable {
        /// A file of the client.
        case file(String)
        /// The id of an image of the project.
        case image(String)
    }

    var source: Source
    /// The plane of a stack; nil for the first.
    var page: Int?
    var level = 0
    /// As `--channels`; nil for all.
    var channels: String?
    var masksByAlpha = false
    var noData: NoDataChoice?

    init(from decoder: any Decoder) throws {
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            source = .file(name)
        } else {
            self = try ImageWishMembers(from: decoder).image
        }
    }

    fileprivate init(_ source: Source) { self.source = source }

    /// The image in a file.
    ///
    /// - Throws: an error of the channels.
    func input(at path: String) throws(CoordinatorError) -> ImageInput {
        var selection = ImageSelection(page: page ?? 0, level: level, masksByAlpha: masksByAlpha, noData: noData)
        if let channels, let contents = try? ImageFile.contents(path: path) {
            selection.channels = try ChannelChoice(channels).positions(in: contents, of: path)
        }
        return ImageInput(path: path, selection: selection, choosesPage: page != nil)
    }
}

/// The long form.
private struct ImageWishMembers: Wish {
    enum Member: String, CodingKey, CaseIterable { case file, image, page, level, channels, alpha, noData }

    let image: ImageWish

    init(_ members: Members<Member>) throws {
        switch (try members.optional(.file, as: String.self), try members.optional(.image, as: String.self)) {
        case (let file?, nil): image = try Self.image(.file(file), members)
        case (nil, let id?): image = try Self.image(.image(id), members)
        case (nil, nil): throw members.wrong(.file, "expected either file or image, found none")
        case (_?, _?): throw members.wrong(.file, "expected either file or image, found both")
        }
    }

    private static func image(_ source: ImageWish.Source, _ members: Members<Member>) throws -> ImageWish {
        var image = ImageWish(source)
        image.page = try members.number(.page, in: 0...ImageSelection.numberMax)
        image.level = try members.number(.level, in: 0...ImageSelection.numberMax) ?? 0
        if let positions = try? members.optional(.channels, as: [Int].self) {
            image.channels = positions.map(String.init).joined(separator: ",")
        } else {
            image.channels = try members.optional(.channels)
        }
        image.masksByAlpha = try members.optional(.alpha, as: AlphaUse.self) == .mask
        image.noData = try members.rule(.noData).map { text in
            guard let choice = NoDataChoice(text) else {
                throw members.wrong(.noData, "expected a number, fill or none, found \"\(text.prefix(40))\"")
            }
            return choice
        }
        return image
    }
}

/// A model that a client names: one of its files, or a revision of the project's.
enum ModelWish: Decodable, Sendable {
    case file(String)
    case revision(Int)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let revision = try? container.decode(Int.self) {
            self = .revision(revision)
        } else {
            self = .file(try container.decode(String.self))
        }
    }
}

/// How values of label images, and annotations, become labels: the options of the command line.
struct LabelRulesWish: Wish {
    enum Member: String, CodingKey, CaseIterable { case ignored, colours, isCentred, strokeWidth }

    var rules = LabelRules.none

    init() {}

    init(_ members: Members<Member>) throws {
        // Numbers, and colours as texts.
        let ignored: [String]
        if let numbers = try? members.optional(.ignored, as: [Int].self) {
            ignored = numbers.map(String.init)
        } else {
            ignored = try members.optional(.ignored) ?? []
        }
        do {
            rules = try LabelRules(ignoring: ignored, colours: try members.optional(.colours))
        } catch let error as LabelRulesError {
            throw members.wrong(error.description)
        }
        rules.isCentred = try members.optional(.isCentred) ?? false
        rules.strokeWidth = try members.length(.strokeWidth, atMost: 65_536) ?? LabelRules.usualStrokeWidth
    }
}
