internal import Imaging

/// What a library says of an image that it does not decode. Libraries tell in words alone whether the image is damaged, or of a kind that
/// they do not know.
enum LibraryMessage {
    /// Words of what is well formed, but not decoded.
    private static let signs = [
        "not support", "n't support", "unsupported", "only support", "not allowed", "not configured", "not compiled",
        "not implemented",
        "unimplemented", "cannot handle", "can not handle", "can't handle", "not handled", "unhandled",
    ]
    /// Names of what libjpeg knows by the number of a marker.
    private static let markers = [
        "SOF type 0xc3": "lossless JPEG", "SOF type 0xc5": "hierarchical JPEG", "SOF type 0xc6": "hierarchical JPEG",
        "SOF type 0xc7": "lossless JPEG", "SOF type 0xcb": "lossless JPEG", "SOF type 0xcd": "hierarchical JPEG",
        "SOF type 0xce": "hierarchical JPEG", "SOF type 0xcf": "lossless JPEG", "marker type 0xf7": "JPEG-LS",
    ]

    /// The error that a message stands for.
    static func error(_ message: String, place: String? = nil, path: String) -> ImageError {
        let located = (place.map { "\($0): " } ?? "") + named(message)
        return isOfUnknownKind(message) ? .unsupported(path: path, reason: located) : .corrupt(path: path, reason: located)
    }

    /// Whether a message says that an image is of a kind that the library does not know.
    static func isOfUnknownKind(_ message: String) -> Bool {
        // A marker that does not exist is damage.
        if message.hasPrefix("Unsupported marker type") { return named(message) != message }
        let text = message.lowercased()
        return signs.contains { text.contains($0) }
    }

    /// The message, with the name of what it has only a number for.
    static func named(_ message: String) -> String {
        for (sign, name) in markers where message.contains(sign) { return "\(message) (\(name))" }
        return message
    }
}
