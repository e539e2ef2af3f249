internal import Foundation

/// What this process has used so far, as the kernel accounts it.
package struct ProcessUsage: Sendable {
    /// Peak resident memory in bytes.
    package let peakMemory: Int
    /// Processor time of all threads, in user and kernel mode.
    package let processorSeconds: Double

    package init() {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else {
            (peakMemory, processorSeconds) = (0, 0)
            return
        }
        peakMemory = Self.peakOfProgram ?? usage.ru_maxrss * 1024
        let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        processorSeconds = ((seconds(usage.ru_utime) + seconds(usage.ru_stime)) * 1000).rounded() / 1000
    }

    /// The peak since the program was started, where the kernel tells: `ru_maxrss` is at least that of the process which started it.
    private static var peakOfProgram: Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kibibytes * 1024
    }
}
