/// The jobs that wait for a worker, oldest first.
///
/// Jobs are counted as they are added and leave in the same order, so those that were never lent are a range; only jobs that came
/// back need a heap.
///
/// - Complexity: O(1) a call for jobs that never came back, O(log n) in those that did.
struct JobQueue: Sendable {
    /// The oldest job that was never lent.
    private var nextFresh = 0
    /// How many jobs were added.
    private var addedCount = 0
    /// All older than `nextFresh`.
    private var returned = PriorityQueue<JobIndex, JobIndex>()

    var count: Int { addedCount - nextFresh + returned.count }
    var isEmpty: Bool { count == 0 }

    /// The oldest job.
    var first: JobIndex? { returned.first?.element ?? (nextFresh < addedCount ? JobIndex(nextFresh) : nil) }

    func contains(_ job: JobIndex) -> Bool {
        returned.contains(job) || (nextFresh..<addedCount).contains(job.value)
    }

    /// Adds the next job.
    mutating func add(_ job: JobIndex) {
        precondition(job.value == addedCount, "expected job \(addedCount), found \(job)")
        addedCount += 1
    }

    /// Takes the oldest job out.
    mutating func popFirst() -> JobIndex? {
        if let job = returned.popFirst() { return job }
        guard nextFresh < addedCount else { return nil }
        nextFresh += 1
        return JobIndex(nextFresh - 1)
    }

    /// Puts a job that was taken out back into its place.
    mutating func putBack(_ job: JobIndex) {
        precondition(job.value < nextFresh, "\(job) was never taken out")
        returned.set(job, to: job)
    }

    /// Takes out a job that was put back, if it is here.
    mutating func remove(_ job: JobIndex) { returned.remove(job) }

    /// Empties the queue; jobs are counted from 0 again.
    mutating func removeAll() { self = JobQueue() }
}
