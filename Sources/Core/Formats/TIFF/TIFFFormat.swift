internal import Imaging

extension ImageFormat {
    /// TIFF and BigTIFF, told by byte order and version. Written as a tiled BigTIFF with overviews.
    static let tiff = ImageFormat(
        name: "TIFF", endings: ["tif", "tiff"],
        signature: .head { head in
            ["II*\0", "MM\0*", "II+\0", "MM\0+"].contains { head.starts(with: $0.utf8) }
        },
        open: { (bytes, selection, limits) throws(ImageError) in
            try TIFFImage(bytes, limits: limits).source(of: selection)
        },
        openLabels: { (bytes, selection, limits) throws(ImageError) in
            try TIFFImage(bytes, limits: limits).labels(of: selection)
        },
        contents: { (bytes, limits) throws(ImageError) in try TIFFImage(bytes, limits: limits).contents },
        isReadInParts: true,
        create: { (path, width, height, kind, rule) throws(ImageError) in
            try TIFFPyramidWriter(path: path, width: width, height: height, kind: kind, overviews: rule)
        })
}
