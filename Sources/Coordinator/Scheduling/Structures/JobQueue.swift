/// The jobs of a run that wait for a worker: those that came back, oldest first, and then the others, oldest first but for those that
/// continue another.
///
/// Jobs are counted as they are added and mostly leave in the same order, so those that were never lent are a range with few gaps;
/// only jobs that came back need a heap.
///
/// - Complexity: O(1) a call for jobs that never came back, amortised, O(log n) in those that did.
struct JobQueue: Sendable {
    let run: RunIndex
    /// The oldest job that was never lent.
    private var nextFresh = 0
    /// How many jobs were added.
    private var addedCount = 0
    /// Jobs after `nextFresh` that were lent.
    private var early: Set<Int> = []
    /// Jobs that were never lent and continue the one before: whoever had that does best to have them too.
    private var continuing: Set<Int> = []
    /// Every job before it was lent or continues another.
    private var nextHead = 0
    /// Jobs that were lent and put back.
    private var returned = PriorityQueue<JobIndex, JobIndex>()

    var count: Int { addedCount - nextFresh - early.count + returned.count }
    var isEmpty: Bool { count == 0 }

    init(of run: RunIndex) { self.run = run }

    func contains(_ job: JobIndex) -> Bool {
        returned.contains(job) || (nextFresh..<addedCount).contains(job.number) && !early.contains(job.number)
    }

    /// Adds the next job.
    mutating func add(_ job: JobIndex, continuesPrevious: Bool = false) {
        precondition(job == JobIndex(run, addedCount), "expected job \(addedCount) of \(run), found \(job)")
        addedCount += 1
        if continuesPrevious { continuing.insert(job.number) }
    }

    /// Takes the job out that is the next for somebody who had `last`, of any run: the oldest that came back; the one that continues `last`; the
    /// oldest that continues none, so that others can go on with what they have begun; the oldest.
    mutating func pop(after last: JobIndex? = nil) -> JobIndex? {
        if let job = returned.popFirst() { return job }
        guard nextFresh < addedCount else { return nil }
        if continuing.isEmpty { return lend(nextFresh) }
        if let last, last.run == run, continuing.contains(last.number + 1) { return lend(last.number + 1) }
        nextHead = max(nextHead, nextFresh)
        while nextHead < addedCount, continuing.contains(nextHead) || early.contains(nextHead) { nextHead += 1 }
        return lend(nextHead < addedCount ? nextHead : nextFresh)
    }

    private mutating func lend(_ fresh: Int) -> JobIndex {
        continuing.remove(fresh)
        if fresh == nextFresh {
            repeat { nextFresh += 1 } while early.remove(nextFresh) != nil
        } else {
            early.insert(fresh)
        }
        return JobIndex(run, fresh)
    }

    /// Puts a job that was taken out back.
    mutating func putBack(_ job: JobIndex) {
        precondition(job.number < nextFresh || early.contains(job.number), "\(job) was never taken out")
        returned.set(job, to: job)
    }

    /// Takes out a job that was put back, if it is here.
    mutating func remove(_ job: JobIndex) { returned.remove(job) }
}
