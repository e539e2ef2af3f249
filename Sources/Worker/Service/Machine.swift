internal import Foundation
internal import Machine

/// What the machine offers, as far as a worker cares.
enum Machine {
    /// Cores that this process was given.
    static var coreCount: Int { ProcessShare.current.coreCount }

    /// As the machine calls itself.
    static var name: String { ProcessInfo.processInfo.hostName }

    /// Memory that this process was given, in bytes.
    static var memoryBytes: Int { ProcessShare.current.memoryBytes }

    /// Memory for a worker that was not told: half of what there is, in proportion to the cores that it uses.
    static func defaultMemory(slots: Int) -> Int {
        max(WorkerLimits.memoryMin, memoryBytes / 2 / coreCount * min(slots, coreCount))
    }
}

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
