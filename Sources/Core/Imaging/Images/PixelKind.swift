/// How a pixel of an image that is written is stored.
package enum PixelKind: Hashable, Sendable {
    case grey8
    case grey16
    case rgb8
    case rgb16
    /// One index a pixel, into 1…256 colours.
    case palette8([RGBColour])

    /// Bytes per pixel in the rows that are written.
    package var byteCount: Int {
        switch self {
        case .grey8, .palette8: 1
        case .grey16: 2
        case .rgb8: 3
        case .rgb16: 6
        }
    }
}
