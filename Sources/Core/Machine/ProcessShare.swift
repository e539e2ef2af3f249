private import CProcess
private import Foundation

/// The cores and the memory that this process was given, which may be far less than the machine has: they decide how many local workers
/// there are, how many slots a worker has, and what it keeps in memory.
package struct ProcessShare: Equatable, Sendable {
    /// Jobs that can be computed at the same time, 1 or more.
    package let coreCount: Int
    /// Memory of the process and those that it starts, in bytes.
    package let memoryBytes: Int

    /// That of this process, as it was at the first look.
    package static let current = ProcessShare(
        Machine(
            coreCount: max(1, ProcessInfo.processInfo.activeProcessorCount), allowedCoreCount: Int(cprocess_cores()),
            memoryBytes: Int(clamping: ProcessInfo.processInfo.physicalMemory)),
        environment: ProcessInfo.processInfo.environment,
        limitBytes: [ProcessLimit.memory, .data].compactMap(\.value).min()
    ) { path in FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } }

    /// What the machine has.
    struct Machine {
        var coreCount: Int
        /// Cores that the scheduler lets the process use (affinity, cpusets); 0 if unknown.
        var allowedCoreCount: Int
        var memoryBytes: Int
    }

    /// The least of what the machine has, what control groups allow, and what a batch system has granted.
    ///
    /// - Parameters:
    ///   - environment: of which Slurm's variables count: `SLURM_CPUS_PER_TASK`, else `SLURM_CPUS_ON_NODE`; `SLURM_MEM_PER_NODE`, else
    ///     `SLURM_MEM_PER_CPU`, in MiB.
    ///   - limitBytes: the process's own limit of memory (`ulimit -v`, `-d`); nil without one.
    ///   - files: as of `ControlGroups`.
    init(_ machine: Machine, environment: [String: String], limitBytes: Int?, files: @escaping ControlGroups.Files) {
        func number(_ names: String...) -> Int? {
            names.compactMap { environment[$0].flatMap { Int($0) } }.first { $0 > 0 }
        }
        let groups = ControlGroups(files)
        let allowed = machine.allowedCoreCount > 0 ? machine.allowedCoreCount : machine.coreCount
        let granted = number("SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE")
        coreCount = max(1, [allowed, granted, groups.cores].compactMap { $0 }.min() ?? 1)
        let perCore = number("SLURM_MEM_PER_CPU").map { Self.bytes(ofMebibytes: $0, times: granted ?? 1) }
        let perNode = number("SLURM_MEM_PER_NODE").map { Self.bytes(ofMebibytes: $0, times: 1) }
        memoryBytes = [machine.memoryBytes, groups.memoryBytes, perNode ?? perCore, limitBytes].compactMap { $0 }.min() ?? 0
    }

    private static func bytes(ofMebibytes count: Int, times: Int) -> Int {
        let (product, overflow) = count.multipliedReportingOverflow(by: times)
        return overflow || product > Int.max >> 20 ? Int.max : product << 20
    }
}
