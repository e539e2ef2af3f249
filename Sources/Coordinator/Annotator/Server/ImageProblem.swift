internal import Projects

/// What is wrong with an image of the project, for people and for what they can do about it.
struct ImageProblem: Hashable, Sendable {
    enum Kind: String, Sendable {
        /// It lies elsewhere now.
        case moved
        /// Something else has its name.
        case changed
        /// It is nowhere that was looked at.
        case missing
        /// It is there, and cannot be read.
        case unreadable
    }

    var kind: Kind
    /// One line.
    var text: String
    /// Where a moved one was found.
    var foundPath: String?

    /// Nil of an image that is as it was.
    init?(_ check: ImageIdentity.Check) {
        switch check {
        case .ok: return nil
        case .moved(let path):
            (kind, text, foundPath) = (.moved, "the file was moved to \(path): relink it", path)
        case .changed:
            (kind, text) = (.changed, "the file has changed since it was added: strokes may lie beside what they meant")
        case .missing: (kind, text) = (.missing, "the file is not there any more: relink it")
        }
    }

    init(unreadable text: String) { (kind, self.text) = (.unreadable, text) }
}

/// Whether a file can take the place of an image: the answer of `GET images/{image}/match`.
struct ImageMatch: Encodable, Sendable {
    /// Whether it is the same content.
    var isSame: Bool
    /// Why it cannot be used; nil if it can. Of another content it should be asked for.
    var problem: String?

    /// - Parameters:
    ///   - found: the file, as an image.
    ///   - known: what is known of the image.
    init(_ found: ProjectImage, for image: ProjectImage, known: ImageIdentity?) {
        let isKnown = known?.sha256 != nil && known?.sha256 == found.identity?.sha256
        (isSame, problem) = (isKnown, Self.problem(found, image))
    }

    /// Strokes are of pixels: an image of another size has no place for them.
    static func problem(_ found: ProjectImage, _ image: ProjectImage) -> String? {
        // Of an image that was never read nothing is known.
        guard image.width > 0, Self.shape(found) != Self.shape(image) else { return nil }
        return "\(image.name): expected an image of \(Self.words(image)), found one of \(Self.words(found))"
    }

    private static func shape(_ image: ProjectImage) -> [Int] {
        [image.width, image.height, image.channels, max(1, image.depth), max(1, image.times)]
    }

    private static func words(_ image: ProjectImage) -> String {
        let planes = max(1, image.depth) * max(1, image.times)
        return "\(image.width)×\(image.height) pixels, channels: \(image.channels), planes: \(planes)"
    }
}
