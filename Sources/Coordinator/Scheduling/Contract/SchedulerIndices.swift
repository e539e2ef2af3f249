/// A job of the current run, counted from 0 in the order in which the run's source gave it.
struct JobIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    let value: Int

    init(_ value: Int) { self.value = value }

    static func < (left: JobIndex, right: JobIndex) -> Bool { left.value < right.value }

    var description: String { "job \(value)" }
}

/// A worker, counted from 0 in the order of joining. A worker that dies and is started again joins under a new index.
struct WorkerIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    let value: Int

    init(_ value: Int) { self.value = value }

    static func < (left: WorkerIndex, right: WorkerIndex) -> Bool { left.value < right.value }

    var description: String { "worker \(value)" }
}

/// One job lent once to one worker. Never used again, not even by a later run of the same command.
struct AttemptIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    let value: Int

    init(_ value: Int) { self.value = value }

    static func < (left: AttemptIndex, right: AttemptIndex) -> Bool { left.value < right.value }

    var description: String { "attempt \(value)" }
}
