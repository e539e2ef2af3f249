internal import CTIFF
internal import Imaging

/// How a TIFF's chunks are compressed.
enum TIFFCompression: Equatable {
    /// In one of the ways that the installed libtiff decodes, or not at all.
    case library
    /// JPEG 2000, which libopenjp2 decodes. `isYCbCr`: whether three components are luminance and colour differences, unless the codestream
    /// itself says how they become colours.
    case jpeg2000(isYCbCr: Bool)

    private static let names = [
        2: "CCITT RLE", 3: "CCITT Group 3", 4: "CCITT Group 4", 5: "LZW", 6: "old-style JPEG", 7: "JPEG", 8: "Deflate",
        9: "JBIG (T.85)", 10: "JBIG (T.43)", 99: "JPEG of Leaf", 262: "Kodak 262", 22610: "JPEG XR of Hamamatsu",
        32766: "NeXT RLE",
        32767: "Sony ARW", 32769: "packed raw values", 32770: "Samsung SRW", 32771: "CCITT RLE on words", 32773: "PackBits",
        32809: "ThunderScan", 32867: "Kodak KDC", 32895: "IT8 CT", 32896: "IT8 LW", 32897: "IT8 MP", 32898: "IT8 BL",
        32908: "PixarFilm", 32909: "PixarLog", 32946: "Deflate", 32947: "Kodak DCS", 33003: "JPEG 2000 of Aperio",
        33004: "lossy JPEG 2000", 33005: "JPEG 2000 of Aperio", 33007: "JPEG of Aperio", 34661: "JBIG", 34676: "SGILog",
        34677: "SGILog24", 34692: "LuraDocument", 34712: "JPEG 2000", 34713: "Nikon NEF", 34715: "JBIG2", 34718: "MDI binary",
        34719: "MDI progressive", 34720: "MDI vector", 34887: "LERC", 34892: "lossy JPEG of DNG", 34925: "LZMA",
        34926: "Zstandard", 34927: "WebP", 34933: "PNG", 34934: "JPEG XR", 48124: "Jetraw", 50000: "Zstandard", 50001: "WebP",
        50002: "JPEG XL", 50013: "PIXTIFF", 52546: "JPEG XL of DNG", 65000: "Kodak DCR", 65535: "Pentax PEF",
    ]

    /// 33003 are the luminance and colour differences of Aperio's scanners, also where the photometric interpretation says RGB.
    ///
    /// - Parameter photometric: the photometric interpretation.
    /// - Throws: `ImageError.unsupported` with the name of a compression that is not decoded.
    init(_ number: UInt16, photometric: UInt16, path: String) throws(ImageError) {
        switch number {
        case 33003, 33004, 33005, 34712:
            let isYCbCr = Int32(photometric) == PHOTOMETRIC_YCBCR || number == 33003 && Int32(photometric) == PHOTOMETRIC_RGB
            self = .jpeg2000(isYCbCr: isYCbCr)
        default:
            guard TIFFIsCODECConfigured(number) != 0 else {
                throw .unsupported(
                    path: path,
                    reason: "expected a compression that is decoded here, found \(Self.name(of: number)); save it with another")
            }
            self = .library
        }
    }

    /// The name of a number in messages: `LERC (34887)`.
    static func name(of number: UInt16) -> String { names[Int(number)].map { "\($0) (\(number))" } ?? "number \(number)" }
}
