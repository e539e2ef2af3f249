internal import Foundation

/// What one command found out: the line of JSON that it prints.
struct Measurement: Encodable {
    let work: String
    let threads: Int
    /// One value per run.
    let seconds: [Double]
    /// Of `seconds`.
    let median: Double
    /// The most memory that the process had in use so far, input included.
    let peakMiB: Int
    /// Median seconds of each phase of a run.
    let phases: [String: Double]
    /// What was computed on, and what came out: sizes, accuracy.
    var facts: [String: Double] = [:]

    /// Prints the line.
    func report() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        print(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}

extension [Double] {
    /// The middle value, or the mean of the two in the middle.
    ///
    /// - Precondition: not empty.
    var median: Double {
        precondition(!isEmpty, "the median of no values")
        let ordered = sorted()
        return (ordered[(count - 1) / 2] + ordered[count / 2]) / 2
    }
}
