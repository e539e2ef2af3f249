internal import Foundation

/// What the machine offers, as far as a worker cares.
enum Machine {
    /// Processors that this process may use.
    static var coreCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

    /// As the machine calls itself.
    static var name: String { ProcessInfo.processInfo.hostName }

    /// Physical memory, or the control group's limit if that is less, in bytes.
    static var memoryBytes: Int {
        let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        let limit = text(ofFile: "/sys/fs/cgroup/memory.max").flatMap { Int($0.prefix { $0.isNumber }) }
        return min(physical, limit ?? physical)
    }

    /// Memory for a worker that was not told: half of the machine's, in proportion to the cores that it uses.
    static func defaultMemory(slots: Int) -> Int {
        max(WorkerLimits.memoryMin, memoryBytes / 2 / coreCount * min(slots, coreCount))
    }

    private static func text(ofFile path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
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
