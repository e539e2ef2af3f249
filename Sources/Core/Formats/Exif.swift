internal import Imaging

/// What Exif says of a picture, as PNG (`eXIf`) and JPEG (`APP1`) hold it: a small TIFF of its own (CIPA DC-008).
enum Exif {
    private static let orientationTag = 0x0112
    private static let shortType = 3

    /// The orientation that the first directory states; upright where it states none, or what it says cannot be read.
    ///
    /// - Parameter bytes: from the byte order mark on.
    static func orientation(_ bytes: [UInt8]) -> Orientation {
        let isLittle = bytes.starts(with: Array("II*\0".utf8))
        guard isLittle || bytes.starts(with: Array("MM\0*".utf8)) else { return .upright }
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset >= 0, offset <= bytes.count - count else { return nil }
            let digits = bytes[offset..<offset + count]
            return (isLittle ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
        }
        guard let directory = number(4, 4), let entryCount = number(directory, 2) else { return .upright }
        for index in 0..<entryCount {
            let entry = directory + 2 + 12 * index
            guard let tag = number(entry, 2), let type = number(entry + 2, 2) else { return .upright }
            guard tag == orientationTag, type == shortType, let value = number(entry + 8, 2) else { continue }
            return Orientation(rawValue: value) ?? .upright
        }
        return .upright
    }
}
