internal import Imaging

extension ImageFormat {
    /// PNG, told by its eight-byte signature.
    static let png = ImageFormat(
        name: "PNG", endings: ["png"],
        signature: .head { $0.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) },
        open: { (bytes, _, limits) throws(ImageError) in .rows(try PNGRowReader(file: try bytes.file(), limits: limits)) },
        openLabels: { (bytes, _, limits) throws(ImageError) in try PNGLabelReader(file: try bytes.file(), limits: limits) },
        create: { (path, width, height, kind, _) throws(ImageError) in
            try PNGRegionWriter(path: path, width: width, height: height, kind: kind)
        })
}
