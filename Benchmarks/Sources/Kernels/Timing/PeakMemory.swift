internal import Foundation

/// The most memory that this process ever had in use at once.
enum PeakMemory {
    /// In MiB.
    static func mebibytes() -> Int {
        var usage = rusage()
        #if os(Linux)
            getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss / 1024
        #else
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss / 1_048_576
        #endif
    }
}
