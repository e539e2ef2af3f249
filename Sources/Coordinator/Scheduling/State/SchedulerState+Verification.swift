package import Primitives

/// Which jobs run twice: a share of all, chosen by a hash of seed and job, never by a clock.
///
/// Jobs are counted as the scheduler gets them. Results restored from a run directory are not among them, so that a resumed run may
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
        var generator = SplitMix64(seed: seed ^ (UInt64(job.value) &* 0xD1B5_4A32_D192_ED03))
        return Double(generator.next() >> 11) * 0x1p-53 < fraction
    }
}

/// What one worker says that a job's result is.
package struct Opinion: Sendable {
    package let attempt: AttemptIndex
    package let worker: WorkerIndex
    package let digest: ContentHash
}

/// Jobs that run twice.
///
/// 1. The first result of such a job is kept back as an opinion, and the job goes to a worker that has not answered it yet.
/// 2. Two equal opinions are the result. Whoever said something else is excluded, and all its other opinions are dropped.
/// 3. While no two agree, further workers are asked, up to `opinionsMax` in all; then the job is given up as disputed.
/// 4. When nobody else can be asked, a job waits for `opinionWait` at most. Then a single opinion counts, with a warning that
///    comes once, and differing ones are disputed.
extension SchedulerState {
    /// Whether a result of the job needs a digest.
    package func isVerified(_ job: JobIndex) -> Bool { limits.verified.contains(job) }

    /// Weighs a worker's result of a job against those of others.
    package mutating func weigh(_ opinion: Opinion, on job: JobIndex, at now: Duration) {
        guard var record = jobs[job] else { return }
        if let agreeing = record.opinions.first(where: { $0.digest == opinion.digest }) {
            let liars = record.opinions.filter { $0.digest != opinion.digest }
            counters.jobsVerified += 1
            outbox.append(.discard(opinion.attempt))
            complete(job, with: agreeing.attempt)
            for liar in liars { quarantine(liar.worker, for: job) }
            return
        }
        record.opinions.append(opinion)
        jobs[job] = record
        if record.opinions.count >= limits.opinionsMax {
            dispute(job)
        } else {
            giveBack(job)
        }
    }

    /// Puts a job aside that only workers could take which are not there now; decides at once if there are none at all.
    package mutating func awaitOpinion(on job: JobIndex, at now: Duration) {
        guard let record = jobs[job] else { return }
        let answered = record.opinions.count { workers[$0.worker.value].health.isRecoverable }
        if isOpinionWaived || recoverableWorkerCount <= answered { return settle(job) }
        stranded.append(job)
        if !timers.contains(.opinion) { timers.set(.opinion, to: now + limits.opinionWait) }
    }

    /// Whether every usable worker has given its opinion on the job.
    package func isUnopposed(_ job: JobRecord) -> Bool {
        guard !job.opinions.isEmpty else { return false }
        return usableWorkerCount <= job.opinions.count { workers[$0.worker.value].health == .usable }
    }

    /// Nobody has come who could be asked.
    package mutating func endOpinionWait() {
        isOpinionWaived = true
        let waiting = stranded
        stranded.removeAll()
        for job in waiting { settle(job) }
    }

    /// A worker has become usable: it may have an opinion.
    package mutating func reviveStranded() {
        isOpinionWaived = false
        timers.remove(.opinion)
        for job in stranded where jobs.contains(job) { pending.putBack(job) }
        stranded.removeAll()
    }

    /// Decides on a job that nobody else can be asked about.
    package mutating func settle(_ job: JobIndex) {
        guard let record = jobs[job], let only = record.opinions.first else { return }
        guard record.opinions.count == 1 else { return dispute(job) }
        counters.jobsUnverified += 1
        if !hasToldUnverified {
            hasToldUnverified = true
            outbox.append(.note(.unverified(job, by: only.worker)))
        }
        complete(job, with: only.attempt)
    }

    private mutating func dispute(_ job: JobIndex) {
        guard let record = jobs[job] else { return }
        cancelAttempts(of: job)
        jobs[job] = nil
        counters.jobsPoisoned += 1
        for opinion in record.opinions { outbox.append(.discard(opinion.attempt)) }
        outbox.append(.disputed(job, between: record.opinions.map(\.worker)))
    }

    /// Excludes a worker that two others contradict. What else it said alone counts no more.
    private mutating func quarantine(_ liar: WorkerIndex, for job: JobIndex) {
        counters.workersQuarantined += 1
        exclude(liar, cause: "its result of job \(job.value) differs from that of two other workers")
        for index in jobs.keys.sorted() {
            guard let doubted = jobs[index]?.opinions.first(where: { $0.worker == liar }) else { continue }
            outbox.append(.discard(doubted.attempt))
            jobs[index]?.opinions.removeAll { $0.worker == liar }
        }
        for waiting in stranded where jobs.contains(waiting) { pending.putBack(waiting) }
        stranded.removeAll()
        timers.remove(.opinion)
    }
}
