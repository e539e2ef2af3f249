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
