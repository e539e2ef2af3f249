internal import AnnotationFormats
internal import Imaging

/// Values as operations have them.
extension JSONPlace {
    /// Refuses what is no object, members other than these, and members that are there twice.
    func only(_ names: Set<String>) throws(ImageError) {
        guard case .object(let members) = value else { throw wrong("an object") }
        var known: Set<String> = []
        for member in members {
            let name = place.isEmpty ? member.name : "\(place).\(member.name)"
            guard names.contains(member.name), known.insert(member.name).inserted else {
                let expected = names.contains(member.name) ? "one" : "none"
                let shown = String(name.prefix(100).filter { !$0.isNewline })
                throw .unsupported(
                    path: path,
                    reason: "\(shown): expected \(expected) of this name (there are \(names.sorted().joined(separator: ", ")))")
            }
        }
    }

    /// A UUID in lower case.
    func identifier() throws(ImageError) -> String {
        guard let string, string.isIdentifier else { throw wrong("a UUID in lower case") }
        return string
    }

    func identifiers() throws(ImageError) -> [String] {
        var ids: [String] = []
        for element in try requiredElements("a list of ids") { ids.append(try element.identifier()) }
        return ids
    }

    /// Characters of a name, at most.
    private static var nameMax: Int { 200 }

    /// A name in one line.
    func name() throws(ImageError) -> String {
        let text = try text()
        let isPlain = text.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && $0 != "\u{2028}" && $0 != "\u{2029}"
        }
        guard !text.isEmpty, text.count <= Self.nameMax, isPlain else {
            throw wrong("a name of 1…\(Self.nameMax) characters in one line")
        }
        return text
    }

    /// A file, a folder or a URL.
    func path() throws(ImageError) -> String {
        let text = try text()
        guard !text.isEmpty, text.utf8.count <= 4096, !text.utf8.contains(0) else { throw wrong("a path of 1…4096 bytes") }
        return text
    }

    func colour() throws(ImageError) -> RGBColour {
        guard let colour = string.flatMap(RGBColour.init(hex:)) else { throw wrong("a colour #RRGGBB") }
        return colour
    }
}
