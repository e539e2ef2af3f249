internal import Imaging

extension ImageFormat {
    /// TIFF and BigTIFF, told by byte order and version.
    static let tiff = ImageFormat(
        name: "TIFF", endings: ["tif", "tiff"],
        matches: { head in
            [Array("II*\0".utf8), Array("MM\0*".utf8), Array("II+\0".utf8), Array("MM\0+".utf8)].contains {
                head.starts(with: $0)
            }
        },
        open: { (file, selection, limits) throws(ImageError) in
            try TIFFImage(.file(file), limits: limits).source(of: selection)
        },
        openLabels: { (file, selection, limits) throws(ImageError) in
            try TIFFImage(.file(file), limits: limits).labels(of: selection)
        },
        openRemote: { (file, selection, limits) throws(ImageError) in
            try TIFFImage(.remote(file), limits: limits).source(of: selection)
        },
        contents: { (bytes, limits) throws(ImageError) in try TIFFImage(bytes, limits: limits).contents })
}
