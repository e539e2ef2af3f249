package import Primitives

/// Which jobs run twice: a share of all, chosen by a hash of seed and job, never by a clock.
///
/// Jobs are counted in each run as the scheduler gets them. Results restored from a run directory are not among them, so that a resumed run may
/// check other jobs than one that was not interrupted.
package struct VerifiedShare: Sendable {
    /// 0 for none, 1 for all.
    package let fraction: Double
    package let seed: UInt64

    package init(fraction: Double, seed: UInt64) {
        self.fraction = fraction
        self.seed = seed
    }

    package static let none = VerifiedShare(fraction: 0, seed: 0)

    package func contains(_ job: JobIndex) -> Bool {
        guard fraction > 0 else { return false }
        var generator = SplitMix64(seed: seed ^ (UInt64(job.number) &* 0xD1B5_4A32_D192_ED03))
        return Double(generator.next() >> 11) * 0x1p-53 < fraction
    }
}

/// What one worker says that a job's result is.
package struct Vote: Sendable {
    package let attempt: AttemptIndex
    package let worker: WorkerIndex
    package let digest: ContentHash
}

/// Jobs that run twice.
///
/// 1. The first result of such a job is kept back as a vote, and the job goes to a worker that has not answered it yet.
/// 2. Two equal votes are the result. Whoever said something else is excluded, and all its other votes are dropped.
/// 3. While no two agree, further workers are asked, up to `votesMax` in all; then the job is given up: there is no quorum.
/// 4. When nobody else can be asked, a job waits for `voteWait` at most. Then a single vote counts, with a warning that
///    comes once; for differing ones there is no quorum.
extension SchedulerState {
    /// Whether a result of the job needs a digest.
    package func isVerified(_ job: JobIndex) -> Bool { limits.verified.contains(job) }

    /// Weighs a worker's result of a job against those of others.
    package mutating func weigh(_ vote: Vote, on job: JobIndex, at now: Duration) {
        guard var record = jobs[job] else { return }
        if let agreeing = record.votes.first(where: { $0.digest == vote.digest }) {
            let dissenters = record.votes.filter { $0.digest != vote.digest }
            count(\.jobsVerified, of: job)
            outbox.append(.discard(vote.attempt))
            complete(job, with: agreeing.attempt)
            for dissenter in dissenters { quarantine(dissenter.worker, for: job) }
            return
        }
        record.votes.append(vote)
        jobs[job] = record
        if record.votes.count >= limits.votesMax {
            giveUpWithoutQuorum(job)
        } else {
            giveBack(job)
        }
    }

    /// Puts a job aside that only workers could take which are not there now; decides at once if there are none at all.
    package mutating func awaitVote(on job: JobIndex, at now: Duration) {
        guard let record = jobs[job] else { return }
        let answered = record.votes.count { workers[$0.worker.value].health.isRecoverable }
        if isQuorumWaived || recoverableWorkerCount <= answered { return settle(job) }
        stranded.append(job)
        if !timers.contains(.vote) { timers.set(.vote, to: now + limits.voteWait) }
    }

    /// Whether every usable worker has voted on the job.
    package func isUnopposed(_ job: JobRecord) -> Bool {
        guard !job.votes.isEmpty else { return false }
        return usableWorkerCount <= job.votes.count { workers[$0.worker.value].health == .usable }
    }

    /// Nobody has come who could be asked.
    package mutating func endVoteWait() {
        isQuorumWaived = true
        let waiting = stranded
        stranded.removeAll()
        for job in waiting { settle(job) }
    }

    /// A worker has become usable: it may vote.
    package mutating func reviveStranded() {
        isQuorumWaived = false
        timers.remove(.vote)
        for job in stranded where jobs.contains(job) { putBack(job) }
        stranded.removeAll()
    }

    /// Decides on a job that nobody else can be asked about.
    package mutating func settle(_ job: JobIndex) {
        guard let record = jobs[job], let only = record.votes.first else { return }
        guard record.votes.count == 1 else { return giveUpWithoutQuorum(job) }
        count(\.jobsUnverified, of: job)
        if !hasToldUnverified {
            hasToldUnverified = true
            outbox.append(.note(.unverified(job, by: only.worker)))
        }
        complete(job, with: only.attempt)
    }

    private mutating func giveUpWithoutQuorum(_ job: JobIndex) {
        cancelAttempts(of: job)
        guard let record = remove(job) else { return }
        count(\.jobsPoisoned, of: job)
        for vote in record.votes { outbox.append(.discard(vote.attempt)) }
        outbox.append(.noQuorum(job, between: record.votes.map(\.worker)))
    }

    /// Excludes a worker that two others contradict. What else it said alone counts no more.
    private mutating func quarantine(_ dissenter: WorkerIndex, for job: JobIndex) {
        closedCounters.workersQuarantined += 1
        exclude(dissenter, cause: "its result of job \(job.number) differs from that of two other workers")
        for index in jobs.keys.sorted() {
            guard let doubted = jobs[index]?.votes.first(where: { $0.worker == dissenter }) else { continue }
            outbox.append(.discard(doubted.attempt))
            jobs[index]?.votes.removeAll { $0.worker == dissenter }
        }
        for waiting in stranded where jobs.contains(waiting) { putBack(waiting) }
        stranded.removeAll()
        timers.remove(.vote)
    }
}
