extension ImageFormat {
    /// TIFF and BigTIFF, told by byte order and version.
    static let tiff = ImageFormat(
        name: "TIFF",
        matches: { head in
            [Array("II*\0".utf8), Array("MM\0*".utf8), Array("II+\0".utf8), Array("MM\0+".utf8)].contains {
                head.starts(with: $0)
            }
        },
        open: { (file, limits) throws(ImageError) in
            try TIFFDecoder(file: file, interpretation: .pixels, limits: limits).source(limits)
        },
        openLabels: { (file, limits) throws(ImageError) in
            let decoder = try TIFFDecoder(file: file, interpretation: .storedValues, limits: limits)
            return try PixelLabelRows(try decoder.source(limits).rowReader, palette: decoder.palette, path: file.path)
        },
        openRemote: { (file, limits) throws(ImageError) in
            try TIFFDecoder(remote: file, interpretation: .pixels, limits: limits).source(limits)
        })
}
