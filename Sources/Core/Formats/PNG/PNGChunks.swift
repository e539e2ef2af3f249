internal import Imaging

/// What the ancillary chunks of a PNG say that libpng is not asked for: Exif, the colour profile, frames of an animation.
///
/// The list of chunks is read from the file's start on, eight bytes a chunk, as chunks may also follow the pixels. A file whose list is
/// damaged tells nothing more; libpng finds what is wrong with it.
struct PNGChunks {
    private(set) var orientation = Orientation.upright
    /// The name of an embedded colour profile other than sRGB.
    private(set) var profile: String?
    /// Images of an animation; 0 for a picture without one.
    private(set) var frameCount = 0

    /// The most chunks that are looked at.
    private static let countMax = 1 << 20
    private static let exifByteCountMax = 1 << 16

    /// - Throws: `ImageError.io` when the file cannot be read.
    init(_ file: InputFile) throws(ImageError) {
        do {
            try walk(file)
        } catch {
            throw ImageError(error)
        }
    }

    private mutating func walk(_ file: InputFile) throws(FileError) {
        var offset = 8
        for _ in 0..<Self.countMax {
            let head = try file.bytes(8, at: offset)
            guard head.count == 8 else { return }
            let length = Self.number(head[0..<4])
            let body = offset + 8
            guard length <= file.byteCount - body else { return }
            switch String(decoding: head[4..<8], as: UTF8.self) {
            case "eXIf": orientation = Exif.orientation(try file.bytes(min(length, Self.exifByteCountMax), at: body))
            case "acTL": if length == 8 { frameCount = Self.number(try file.bytes(4, at: body)[...]) }
            case "iCCP":
                let name = try file.bytes(min(length, 80), at: body).prefix { $0 != 0 }
                let text = String(decoding: name.filter { (0x20...0x7E).contains($0) }, as: UTF8.self)
                if !text.lowercased().contains("srgb") { profile = text }
            case "IEND": return
            default: break
            }
            // Length, name, body, checksum.
            offset = body + length + 4
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

    /// What of the picture is not used, or read otherwise than it is stored.
    ///
    /// - Parameter header: of the same file.
    func notes(_ header: PNGHeader) -> [ImageNote] {
        var notes = [TurnedImage.note(orientation)].compactMap { $0 }
        if header.hasAlpha {
            notes.append(ImageNote(.alpha, "its alpha is not used; --alpha mask leaves out transparent pixels"))
        }
        if let profile { notes.append(.profile(profile)) }
        if frameCount > 1 { notes.append(ImageNote(.series, "an animation of \(frameCount) images, of which the first is used")) }
        return notes
    }
}

extension ImageNote {
    /// - Parameter name: of the profile, as the file states it.
    static func profile(_ name: String) -> ImageNote {
        ImageNote(
            .profile, "its colour profile\(name.isEmpty ? "" : " \"\(name)\"") is not applied: values are used as they are stored"
        )
    }
}
