internal import Imaging

extension ImageFormat {
    /// JPEG, told by its start-of-image marker and the marker after it. It loses exactness, hence holds no labels.
    static let jpeg = ImageFormat(
        name: "JPEG", endings: ["jpg", "jpeg"],
        signature: .head { $0.starts(with: [0xFF, 0xD8, 0xFF]) },
        open: { (bytes, _, limits) throws(ImageError) in .rows(try JPEGRowReader(file: try bytes.file(), limits: limits)) },
        openLabels: nil)
}
