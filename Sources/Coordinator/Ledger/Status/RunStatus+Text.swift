internal import Foundation

extension RunStatus {
    /// What `coppice status` prints.
    package var text: String {
        var lines = [
            "run      \(directory) (\(run), opened \(epoch) time\(epoch == 1 ? "" : "s"))",
            "command  \(command)",
            "state    \(state.rawValue)\(explanation.map { ": \($0)" } ?? "")",
            "jobs     \(jobsText) kept",
        ]
        lines += phases.map { phase in
            let rate = phase.jobsPerSecond.map { String(format: ", %.1f/s", $0) } ?? ""
            let left = phase.secondsLeft.map { String(format: ", %.0f s left", $0.rounded(.up)) } ?? ""
            return "phase    \(phase.name): \(phase.kept) of \(phase.jobs.map(String.init) ?? "unknown") jobs\(rate)\(left)"
        }
        lines += workers.map { worker in
            let trouble = worker.lastTrouble.map { "; \($0)" } ?? ""
            return "worker   \(worker.url): \(worker.health), \(worker.slots) slots, \(worker.jobs) jobs, "
                + "\(worker.failures) failures\(trouble)"
        }
        let outcomes = attempts.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if !outcomes.isEmpty { lines.append("attempts \(outcomes.joined(separator: ", "))") }
        lines += troubles.map { "trouble  \(Self.date($0.time)) \($0.text)" }
        if let resume { lines.append("resume   \(resume)") }
        return lines.joined(separator: "\n")
    }

    /// The line of `coppice runs`.
    package var line: String {
        let columns = [
            Self.date(openedAt), state.rawValue.padding(toLength: 11, withPad: " ", startingAt: 0),
            command.padding(toLength: 8, withPad: " ", startingAt: 0), "\(jobsText) jobs", directory,
        ]
        return columns.joined(separator: "  ")
    }

    /// The command that goes on; nil when there is nothing to go on with.
    var resume: String? {
        state == .running || state == .finished ? nil : arguments.map(Self.quoted).joined(separator: " ")
    }

    private var explanation: String? {
        state == .dead ? "the process ended without a word: it was killed, or its machine went down" : process ?? message
    }

    private var jobsText: String { "\(kept) of \(jobs.map(String.init) ?? "unknown")" }

    /// Such as `2026-02-03T04:05:06Z`.
    private static func date(_ time: Double) -> String {
        Date(timeIntervalSince1970: time).ISO8601Format()
    }

    /// An argument as a shell takes it.
    private static func quoted(_ argument: String) -> String {
        let isPlain =
            !argument.isEmpty
            && argument.utf8.allSatisfy { byte in
                switch UInt8(byte) {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_./:,=+@%".utf8.contains(byte)
                }
            }
        return isPlain ? argument : "'\(argument.replacing("'", with: "'\\''"))'"
    }
}
