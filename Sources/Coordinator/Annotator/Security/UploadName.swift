internal import HTTPTypes
internal import Formats

/// The name under which an uploaded file is kept: the last part of what the client calls it, of harmless characters, with the ending of an
/// image format.
struct UploadName: Equatable {
    let text: String

    /// UTF-8 bytes of a name; file systems take 255, and a number may follow.
    private static let bytesMax = 200

    /// - Throws: `Refusal` for an ending that is no image's, and for nothing before it.
    init(_ given: String) throws(Refusal) {
        let last = given.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        let isPlain: (Unicode.Scalar) -> Bool = { scalar in
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || " -_.()+,=@µ".unicodeScalars.contains(scalar)
        }
        var name = String(String.UnicodeScalarView(last.unicodeScalars.map { isPlain($0) ? $0 : "_" }))
        // No hidden file, no option of a command, no ending dot or space.
        name = String(name.drop { " .-_".contains($0) })
        while let end = name.last, " .".contains(end) { name.removeLast() }
        let lower = name.lowercased()
        let endings = ImageFile.endings.flatMap(\.self).sorted { ($1.count, $0) < ($0.count, $1) }
        guard let ending = endings.first(where: { lower.hasSuffix(".\($0)") }), ending.count + 1 < name.count else {
            throw Refusal(
                .unprocessableContent, "bad_name",
                "name: expected one that ends in \(endings.sorted().map { ".\($0)" }.joined(separator: ", ")), "
                    + "found \"\(given.prefix(100))\"")
        }
        var stem = name.dropLast(ending.count + 1)
        while stem.utf8.count + ending.utf8.count + 1 > Self.bytesMax { stem.removeLast() }
        text = "\(stem).\(ending)"
    }

    /// The name, or the same with a number before its ending, so that `isTaken` says no.
    func free(_ isTaken: (String) -> Bool) -> String {
        guard isTaken(text) else { return text }
        let dot = text.lastIndex(of: ".") ?? text.endIndex
        for number in 2... {
            let name = "\(text[..<dot])-\(number)\(text[dot...])"
            if !isTaken(name) { return name }
        }
        preconditionFailure("numbers do not end")
    }
}
