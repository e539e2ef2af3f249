internal import Imaging

extension ImageFormat {
    /// PNG, told by its eight-byte signature.
    static let png = ImageFormat(
        name: "PNG", endings: ["png"],
        matches: { $0.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) },
        open: { (file, _, limits) throws(ImageError) in .rows(try PNGRowReader(file: file, limits: limits)) },
        openLabels: { (file, _, limits) throws(ImageError) in try PNGLabelReader(file: file, limits: limits) })
}
