internal import CPNG
internal import Imaging

/// What the IHDR and PLTE chunks of a PNG say.
struct PNGHeader: Equatable {
    /// How a pixel is stored.
    enum ColourType: Equatable {
        case grey
        case greyAlpha
        case rgb
        case rgbAlpha
        case palette

        /// Colour channels after a palette is looked up and alpha dropped.
        var channels: Int { self == .grey || self == .greyAlpha ? 1 : 3 }

        /// The name in messages.
        var text: String {
            switch self {
            case .grey: "grey"
            case .greyAlpha: "grey with alpha"
            case .rgb: "RGB"
            case .rgbAlpha: "RGB with alpha"
            case .palette: "palette"
            }
        }
    }

    let width: Int
    let height: Int
    /// Bits per stored value: 1, 2, 4, 8 or 16.
    let bitDepth: Int
    let colourType: ColourType
    let isInterlaced: Bool
    /// The palette's colours; empty for other colour types.
    let palette: [RGBColour]

    /// - Precondition: `header` was filled by libpng, which refuses other colour types.
    init(_ header: cpng_header) {
        width = Int(header.width)
        height = Int(header.height)
        bitDepth = Int(header.bit_depth)
        isInterlaced = header.is_interlaced != 0
        colourType =
            switch header.colour_type {
            case PNG_COLOR_TYPE_GRAY: .grey
            case PNG_COLOR_TYPE_GRAY | PNG_COLOR_MASK_ALPHA: .greyAlpha
            case PNG_COLOR_TYPE_RGB: .rgb
            case PNG_COLOR_TYPE_RGB | PNG_COLOR_MASK_ALPHA: .rgbAlpha
            case PNG_COLOR_MASK_COLOR | PNG_COLOR_MASK_PALETTE: .palette
            default: preconditionFailure("PNG colour type \(header.colour_type)")
            }
        palette = withUnsafeBytes(of: header.palette) { bytes in
            (0..<Int(header.palette_count)).map {
                RGBColour(red: bytes[3 * $0], green: bytes[3 * $0 + 1], blue: bytes[3 * $0 + 2])
            }
        }
    }
}
