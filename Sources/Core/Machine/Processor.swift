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

    /// Why the kernels cannot run here: they are compiled for x86-64-v3, and would end the process at their first instruction. Nil if they can.
    package static var unsupportedReason: String? {
        #if arch(x86_64)
            let found = instructionSets
            let missing = ["avx2", "fma", "bmi2"].filter { !found.contains($0) }
            // Where the system does not tell, as in some sandboxes, there is nothing to go by.
            guard !found.isEmpty, !missing.isEmpty else { return nil }
            return "processor: expected AVX2, FMA and BMI2 (x86-64-v3, since 2013), found no \(missing.joined(separator: ", "))"
        #else
            return nil
        #endif
    }
}
