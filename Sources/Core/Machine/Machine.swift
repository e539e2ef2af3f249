private import CMalloc
private import Foundation

/// The processor that this process runs on, as far as the kernels care.
package enum Processor {
    /// Instruction sets that matter to the kernels and that the processor has, in Linux's spelling, sorted.
    package static var instructionSets: [String] {
        let known: Set = [
            "avx", "avx2", "fma", "bmi2", "sha_ni", "avx512f", "avx512bw", "avx512vl", "avx512_vbmi", "avx512_vbmi2",
            "avx512_vnni",
            "asimd", "sve", "sve2", "sha2",
        ]
        let text = FileManager.default.contents(atPath: "/proc/cpuinfo").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let flags = text.split(separator: "\n").first { $0.hasPrefix("flags") || $0.hasPrefix("Features") } ?? ""
        return known.intersection(flags.split(separator: " ").map(String.init)).sorted()
    }

    /// Why the kernels cannot run here; nil if they can. They are compiled for x86-64-v3: an older processor would stop the process at their
    /// first instruction.
    package static var unsupportedReason: String? {
        #if arch(x86_64)
            let found = instructionSets
            let missing = ["avx2", "fma", "bmi2"].filter { !found.contains($0) }
            // Some sandboxes do not tell: then there is nothing to check.
            guard !found.isEmpty, !missing.isEmpty else { return nil }
            return "processor: expected AVX2, FMA and BMI2 (x86-64-v3, since 2013), found no \(missing.joined(separator: ", "))"
        #else
            return nil
        #endif
    }
}

/// What the heap does with memory that the process has freed.
package enum FreedMemory {
    /// Blocks up to this size come from the heap, so that the next of their size finds them there.
    private static let heapBlockBytesMax: Int32 = 32 << 20
    /// Freed memory that is kept at the end of a heap.
    private static let keptBytesMax: Int32 = 64 << 20

    /// Keeps freed blocks for the next ones, instead of giving their pages back and asking for fresh ones, which the system must
    /// clear: documents of some megabytes come and go with every job. To be called before the first of them.
    package static func keep() {
        #if os(Linux)
            mallopt(M_MMAP_THRESHOLD, heapBlockBytesMax)
            mallopt(M_TRIM_THRESHOLD, keptBytesMax)
        #endif
    }
}

/// An environment variable that holds a secret.
package enum SecretVariable {
    /// Takes the variable's value out of the environment: overwritten in place, where `/proc` shows it, and removed, so that no
    /// child inherits it. Call it while the process has one thread.
    ///
    /// - Returns: nil when there is no such variable.
    package static func take(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        memset(value, Int32(UInt8(ascii: "*")), strlen(value))
        unsetenv(name)
        return text
    }
}
