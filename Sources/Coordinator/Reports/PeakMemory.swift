internal import Foundation

/// Peak resident memory as the kernel accounts it.
enum PeakMemory {
    /// Of this process, in bytes.
    static var ofThisProcess: Int {
        var usage = rusage()
        return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
    }
}
