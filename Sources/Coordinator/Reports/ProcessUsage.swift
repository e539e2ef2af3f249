internal import Foundation

/// What this process has used so far, as the kernel accounts it.
struct ProcessUsage: Sendable {
    /// Peak resident memory in bytes.
    let peakMemory: Int
    /// Processor time of all threads, in user and kernel mode.
    let processorSeconds: Double

    init() {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else {
            (peakMemory, processorSeconds) = (0, 0)
            return
        }
        peakMemory = usage.ru_maxrss * 1024
        let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        processorSeconds = ((seconds(usage.ru_utime) + seconds(usage.ru_stime)) * 1000).rounded() / 1000
    }
}
