/// A job of the current run, counted from 0 in the order in which the run's source gave it.
package struct JobIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: Int

    package init(_ value: Int) { self.value = value }

    package static func < (left: JobIndex, right: JobIndex) -> Bool { left.value < right.value }

    package var description: String { "job \(value)" }
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
