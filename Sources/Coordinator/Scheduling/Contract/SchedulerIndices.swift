/// A run, counted from 0 in the order of beginning.
package struct RunIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: Int

    package init(_ value: Int) { self.value = value }

    package static func < (left: RunIndex, right: RunIndex) -> Bool { left.value < right.value }

    package var description: String { "run \(value)" }
}

/// A job of a run. The order is that of the runs, then that of the jobs.
package struct JobIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The run's index above the low 40 bits, which hold `number`: one integer, so that records are found without hashing.
    package let value: Int

    private static let numberBits = 40

    package init(_ value: Int) { self.value = value }

    /// - Parameter number: counted from 0 in the order in which the run's source gave the jobs.
    package init(_ run: RunIndex, _ number: Int) {
        precondition(number >> Self.numberBits == 0, "expected a number of less than 2^\(Self.numberBits), found \(number)")
        value = run.value << Self.numberBits | number
    }

    package var run: RunIndex { RunIndex(value >> Self.numberBits) }
    package var number: Int { value & (1 << Self.numberBits - 1) }

    package static func < (left: JobIndex, right: JobIndex) -> Bool { left.value < right.value }

    package var description: String { "job \(number) of \(run)" }
}

/// A worker, counted from 0 in the order of joining. A worker that dies and is started again joins under a new index.
package struct WorkerIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: Int

    package init(_ value: Int) { self.value = value }

    package static func < (left: WorkerIndex, right: WorkerIndex) -> Bool { left.value < right.value }

    package var description: String { "worker \(value)" }
}

/// One job lent once to one worker. Never used again, not even by a later run of the same command.
package struct AttemptIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: Int

    package init(_ value: Int) { self.value = value }

    package static func < (left: AttemptIndex, right: AttemptIndex) -> Bool { left.value < right.value }

    package var description: String { "attempt \(value)" }
}

/// Whose jobs go first where runs share workers. Runs of one priority share them evenly.
package enum RunPriority: Int, Codable, Comparable, CaseIterable, Sendable {
    /// Nobody waits for it, such as a batch over night.
    case background
    case normal
    /// Somebody looks at a screen until it is done.
    case interactive

    package static func < (left: RunPriority, right: RunPriority) -> Bool { left.rawValue < right.rawValue }
}
