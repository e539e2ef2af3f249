internal import CTIFF
internal import Imaging

/// The compression of a TIFF's chunks, by its number.
enum TIFFCompression {
    private static let names = [
        6: "old-style JPEG", 7: "JPEG", 8: "Deflate", 32946: "Deflate", 32773: "PackBits", 32809: "ThunderScan",
        32908: "PixarFilm", 32909: "PixarLog", 33003: "JPEG 2000 of Aperio", 33005: "JPEG 2000 of Aperio", 34661: "JBIG",
        34676: "SGILog", 34712: "JPEG 2000", 34887: "LERC", 34892: "lossy JPEG of DNG", 34925: "LZMA", 50000: "Zstandard",
        50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL of DNG",
    ]

    /// Throws for a compression that the installed libtiff does not decode.
    ///
    /// - Throws: `ImageError.unsupported` with its name.
    static func check(_ number: UInt16, path: String) throws(ImageError) {
        guard TIFFIsCODECConfigured(number) == 0 else { return }
        let name = names[Int(number)].map { "\($0) (\(number))" } ?? "\(number)"
        throw .unsupported(
            path: path, reason: "expected a compression that libtiff decodes here, found \(name); save it with another")
    }
}
