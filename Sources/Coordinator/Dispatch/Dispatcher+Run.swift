import Foundation
internal import Jobs
internal import Primitives
internal import Scheduling

extension Dispatcher {
    /// Has every job of `jobs` done, and delivers each output exactly once, in the order of completion, one at a time.
    ///
    /// At most `Settings.window` jobs are taken from the source and not delivered yet. One run at a time. Cancelling the
    /// surrounding task ends the run; workers are told, as far as they can be reached at once.
    ///
    /// A job whose result is in the journal is not sent, and its document is not written: the stored result is checked and delivered.
    /// Results from workers go into the journal before they are delivered.
    ///
    /// - Parameters:
    ///   - journal: the results that are known, and where new ones are kept.
    ///   - deliver: gets the position of the job in `jobs`, and its output.
    ///   - onProgress: called from the actor after every change, so it must be quick.
    /// - Throws: `RunError`. Outputs that were complete by then are delivered first, except after `cancelled`, `source` and
    ///   `delivery`.
    func run<Jobs: AsyncSequence & Sendable, Output: Sendable>(
        _ jobs: Jobs, blobs: BlobSource = BlobSource(), journal: (any ResultJournal)? = nil,
        onProgress: @escaping @Sendable (DispatchProgress) -> Void = { _ in },
        deliver: @escaping @Sendable (JobIndex, Output) async throws -> Void
    ) async throws(RunError) -> RunSummary where Jobs.Element == DispatchJob<Output> {
        precondition(run == nil, "a dispatcher does one run at a time")
        if isStopping { throw .cancelled }
        let began = now
        let (works, worksContinuation) = AsyncStream.makeStream(of: ActiveRun.Work.self)
        let (deliveries, deliveriesContinuation) = AsyncStream.makeStream(of: ActiveRun.Delivery.self)
        run = ActiveRun(
            blobs: blobs, works: worksContinuation, deliveries: deliveriesContinuation, onProgress: onProgress)
        closeCounters()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.take(jobs, journal, deliver) }
            group.addTask { await self.deliver(deliveries) }
            handle(.runBegan)
            for await work in works {
                group.addTask { await self.perform(work) }
            }
            if Task.isCancelled { end(with: .cancelled) }
            group.cancelAll()
        }
        await tellAbandoned()
        guard var finished = run else { preconditionFailure("the run is gone before its end") }
        run = nil
        resumeStopWaiters()
        let summary = RunSummary(counters: state.counters, elapsedSeconds: (now - began) / .seconds(1))
        if let error = finished.error { throw error }
        if finished.incomplete.poisonedCount > 0 {
            finished.incomplete.summary = summary
            throw .incomplete(finished.incomplete)
        }
        return summary
    }

    /// The same for a plain sequence, which is walked lazily.
    func run<Output: Sendable>(
        _ jobs: some Sequence<DispatchJob<Output>> & Sendable, blobs: BlobSource = BlobSource(),
        journal: (any ResultJournal)? = nil, onProgress: @escaping @Sendable (DispatchProgress) -> Void = { _ in },
        deliver: @escaping @Sendable (JobIndex, Output) async throws -> Void
    ) async throws(RunError) -> RunSummary {
        try await run(LazyAsyncSequence(base: jobs), blobs: blobs, journal: journal, onProgress: onProgress, deliver: deliver)
    }

    /// Takes jobs from the source as the window has room.
    private nonisolated func take<Jobs: AsyncSequence, Output: Sendable>(
        _ jobs: Jobs, _ journal: (any ResultJournal)?, _ deliver: @escaping @Sendable (JobIndex, Output) async throws -> Void
    ) async where Jobs.Element == DispatchJob<Output> {
        // The scheduler counts the jobs that it gets; everybody else counts those that the source gives.
        var admittedCount = 0
        var lastAdmitted: JobIndex?
        var givenCount = 0
        do {
            for try await job in jobs {
                let position = JobIndex(givenCount)
                givenCount += 1
                if let journal, let known = try await Self.known(job, at: position, in: journal, deliver) {
                    guard await restore(known) else { return }
                    continue
                }
                let erased = ActiveRun.Job(
                    label: job.label, sight: job.sight, body: job.body,
                    accept: { data in
                        let output = try job.accept(data)
                        return {
                            try await journal?.keep(data, of: position)
                            try await deliver(position, output)
                        }
                    }, failed: job.failed)
                let continues = job.continuesPrevious && lastAdmitted?.value == position.value - 1
                guard await admit(erased, as: JobIndex(admittedCount), job.blobs, continuesPrevious: continues) else { return }
                admittedCount += 1
                lastAdmitted = position
            }
            await noMoreJobs()
        } catch {
            await end(with: Task.isCancelled ? .cancelled : .source(error))
        }
    }

    /// What delivers the result of a job that the journal has; nil if the job is to be done.
    private static func known<Output: Sendable>(
        _ job: DispatchJob<Output>, at position: JobIndex, in journal: any ResultJournal,
        _ deliver: @escaping @Sendable (JobIndex, Output) async throws -> Void
    ) async throws -> ActiveRun.Delivery? {
        guard journal.mayHold(position) else { return nil }
        return try await offload {
            guard let data = try journal.result(of: position) else { return nil }
            guard let output = try? job.accept(data) else {
                try journal.forget(position)
                return nil
            }
            return { try await deliver(position, output) }
        }
    }

    /// Waits for room in the window, then has a known result delivered; false once the run is over.
    private func restore(_ known: @escaping ActiveRun.Delivery) async -> Bool {
        guard await room() else { return false }
        run?.undeliveredCount += 1
        restoredCount += 1
        run?.deliveries.yield(known)
        return true
    }

    /// Returns when there is room in the window; false once nothing is taken any more.
    private func room() async -> Bool {
        while let active = run, !active.isOver, active.undeliveredCount >= window {
            await withCheckedContinuation { run?.roomWaiter = $0 }
        }
        return run?.isOver == false && !isStopping && !Task.isCancelled
    }

    /// Waits for room in the window, then adds the job; false once the run is over.
    private func admit(
        _ job: ActiveRun.Job, as index: JobIndex, _ blobs: [ContentHash], continuesPrevious: Bool
    ) async -> Bool {
        guard await room() else { return false }
        run?.jobs[index] = job
        run?.undeliveredCount += 1
        handle(.jobAdded(index, blobs: blobs, continuesPrevious: continuesPrevious))
        return true
    }

    private func noMoreJobs() {
        guard run?.isOver == false, !isStopping, !Task.isCancelled else { return }
        handle(.noMoreJobs)
    }

    private var window: Int { settings.window ?? max(16, 4 * state.usableSlotCount) }

    /// Lets the source go on if there is room in the window.
    func admitMore() {
        guard let active = run, let waiter = active.roomWaiter, active.isOver || active.undeliveredCount < window else { return }
        run?.roomWaiter = nil
        waiter.resume()
    }

    private func noteDelivery() {
        run?.undeliveredCount -= 1
        admitMore()
    }

    /// Delivers outputs one after the other; once the stream ends, lets the run end.
    private nonisolated func deliver(_ deliveries: AsyncStream<ActiveRun.Delivery>) async {
        for await delivery in deliveries {
            do {
                try await delivery()
            } catch {
                return await end(with: Task.isCancelled ? .cancelled : .delivery(error))
            }
            await noteDelivery()
        }
        await finishWorks()
    }

    private func finishWorks() { run?.works.finish() }

    /// Ends the run at once, for a reason that lies outside the scheduler.
    func end(with error: RunError) {
        guard let active = run else { return }
        if active.error == nil { run?.error = error }
        run?.isOver = true
        handle(.runCancelled)
        active.deliveries.finish()
        active.works.finish()
        admitMore()
    }
}

/// A sequence in the clothes of an asynchronous one.
struct LazyAsyncSequence<Base: Sequence & Sendable>: AsyncSequence, Sendable {
    let base: Base

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: Base.Iterator
        mutating func next() async -> Base.Element? { base.next() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeIterator()) }
}
