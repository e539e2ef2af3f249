internal import Foundation

/// What the machine offers, as far as a worker cares.
enum Machine {
    /// Processors that this process may use.
    static var coreCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

    /// Physical memory, or the control group's limit if that is less, in bytes.
    static var memoryBytes: Int {
        let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        let limit = text(ofFile: "/sys/fs/cgroup/memory.max").flatMap { Int($0.prefix { $0.isNumber }) }
        return min(physical, limit ?? physical)
    }

    /// Instruction sets that matter to the kernels and that the processor has, in the kernel's spelling, sorted.
    static var instructionSets: [String] {
        let known: Set = [
            "avx", "avx2", "fma", "bmi2", "sha_ni", "avx512f", "avx512bw", "avx512vl", "avx512_vbmi", "avx512_vbmi2",
            "avx512_vnni",
            "asimd", "sve", "sve2", "sha2",
        ]
        let lines = text(ofFile: "/proc/cpuinfo")?.split(separator: "\n") ?? []
        let flags = lines.first { $0.hasPrefix("flags") || $0.hasPrefix("Features") } ?? ""
        return known.intersection(flags.split(separator: " ").map(String.init)).sorted()
    }

    /// Memory for a worker that was not told: half of the machine's, in proportion to the cores that it uses.
    static func defaultMemory(slots: Int) -> Int {
        max(WorkerLimits.memoryMin, memoryBytes / 2 / coreCount * min(slots, coreCount))
    }

    private static func text(ofFile path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
