/// A number of bytes on a command line: `512M`, `2G`, `1048576`.
enum ByteSize {
    /// Reads digits and at most one of the suffixes K, M, G, T (powers of 1024), in either case and with or without `iB` or `B`.
    ///
    /// - Returns: nil when the text is anything else or the number has more than 62 bits.
    static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let shift: Int
        switch text.dropFirst(digits.count).uppercased() {
        case "", "B": shift = 0
        case "K", "KB", "KIB": shift = 10
        case "M", "MB", "MIB": shift = 20
        case "G", "GB", "GIB": shift = 30
        case "T", "TB", "TIB": shift = 40
        default: return nil
        }
        guard let count = Int(digits), count <= (1 << 62) >> shift else { return nil }
        return count << shift
    }
}
