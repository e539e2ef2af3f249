import Foundation
internal import Jobs
internal import Primitives
internal import Scheduling

extension Dispatcher {
    /// Has every job of `jobs` done, and delivers each output exactly once, in the order of completion, one at a time.
    ///
    /// At most `Settings.window` jobs are taken from the source and not delivered yet. Several runs may be on at once. Cancelling the
    /// surrounding task ends the run; workers are told, as far as they can be reached at once.
    ///
    /// A job whose result is in the journal is not sent, and its document is not written: the stored result is checked and delivered.
    /// Results from workers go into the journal before they are delivered.
    ///
    /// - Parameters:
    ///   - client: in whose name, and with which priority.
    ///   - journal: the results that are known, and where new ones are kept.
    ///   - deliver: gets the position of the job in `jobs`, and its output.
    ///   - onProgress: called from the actor after every change, so it must be quick.
    /// - Throws: `RunError`. Outputs that were complete by then are delivered first, except after `cancelled`, `source` and
    ///   `delivery`.
    func run<Jobs: AsyncSequence & Sendable, Output: Sendable>(
        _ jobs: Jobs, for client: DispatchClient = DispatchClient(), blobs: BlobSource = BlobSource(),
        journal: (any ResultJournal)? = nil,
        onProgress: @escaping @Sendable (DispatchProgress) -> Void = { _ in },
        deliver: @escaping @Sendable (JobIndex, Output) async throws -> Void
    ) async throws(RunError) -> RunSummary where Jobs.Element == DispatchJob<Output> {
        if client.isStopping { throw .cancelled }
        let began = now
        let index = nextRunIndex()
        let (sends, sendsContinuation) = AsyncStream.makeStream(of: AttemptIndex.self)
        let (deliveries, deliveriesContinuation) = AsyncStream.makeStream(of: ActiveRun.Delivery.self)
        runs[index] = ActiveRun(
            client: client, blobs: blobs, sends: sendsContinuation, deliveries: deliveriesContinuation, onProgress: onProgress)
        openPool()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.take(jobs, index, journal, deliver) }
            group.addTask { await self.deliver(deliveries, index) }
            handle(.runBegan(index, priority: client.priority))
            for await attempt in sends {
                group.addTask { await self.make(attempt) }
            }
            if Task.isCancelled { end(index, with: .cancelled) }
            group.cancelAll()
        }
        await tellAbandoned()
        guard var finished = runs.removeValue(forKey: index) else { preconditionFailure("\(index) is gone before its end") }
        results = results.filter { $0.value.run != index }
        let summary = RunSummary(
            counters: takeCounters(of: index), restoredCount: finished.restoredCount,
            elapsedSeconds: (now - began) / .seconds(1))
        client.add(summary)
        if runs.isEmpty { await closePool() }
        resumeStopWaiters()
        if let error = finished.error { throw error }
        if finished.incomplete.poisonedCount > 0 {
            finished.incomplete.summary = summary
            throw .incomplete(finished.incomplete)
        }
        return summary
    }

    /// The same for a plain sequence, which is walked lazily.
    func run<Output: Sendable>(
        _ jobs: some Sequence<DispatchJob<Output>> & Sendable, for client: DispatchClient = DispatchClient(),
        blobs: BlobSource = BlobSource(), journal: (any ResultJournal)? = nil,
        onProgress: @escaping @Sendable (DispatchProgress) -> Void = { _ in },
        deliver: @escaping @Sendable (JobIndex, Output) async throws -> Void
    ) async throws(RunError) -> RunSummary {
        try await run(
            LazyAsyncSequence(base: jobs), for: client, blobs: blobs, journal: journal, onProgress: onProgress, deliver: deliver)
    }

    /// Takes jobs from the source as the window has room.
    private nonisolated func take<Jobs: AsyncSequence, Output: Sendable>(
        _ jobs: Jobs, _ run: RunIndex, _ journal: (any ResultJournal)?,
        _ deliver: @escaping @Sendable (JobIndex, Output) async throws -> Void
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
                    guard await restore(known, in: run) else { return }
                    continue
                }
                var delivered = job.accepting { data -> ActiveRun.Delivery in
                    let output = try job.accept(data)
                    return {
                        try await journal?.keep(data, of: position)
                        try await deliver(position, output)
                    }
                }
                // Of use only to a worker that had the job before, which a known result has no worker for.
                delivered.continuesPrevious = job.continuesPrevious && lastAdmitted?.value == position.value - 1
                guard await admit(delivered, as: JobIndex(run, admittedCount)) else { return }
                admittedCount += 1
                lastAdmitted = position
            }
            await noMoreJobs(of: run)
        } catch {
            await end(run, with: Task.isCancelled ? .cancelled : .source(error))
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
    private func restore(_ known: @escaping ActiveRun.Delivery, in run: RunIndex) async -> Bool {
        guard await room(in: run) else { return false }
        runs[run]?.undeliveredCount += 1
        runs[run]?.restoredCount += 1
        runs[run]?.deliveries.yield(known)
        return true
    }

    /// Returns when there is room in the window of a run; false once nothing of it is taken any more.
    private func room(in index: RunIndex) async -> Bool {
        while let run = runs[index], !run.isOver, run.undeliveredCount >= window {
            await withCheckedContinuation { runs[index]?.roomWaiter = $0 }
        }
        return takes(index)
    }

    /// Whether the run goes on and takes jobs.
    private func takes(_ index: RunIndex) -> Bool {
        runs[index].map { !$0.isOver && !$0.client.isStopping } == true && !Task.isCancelled
    }

    /// Waits for room in the window, then adds the job; false once its run is over.
    private func admit(_ job: DispatchJob<ActiveRun.Delivery>, as index: JobIndex) async -> Bool {
        guard await room(in: index.run) else { return false }
        runs[index.run]?.jobs[index] = job
        runs[index.run]?.undeliveredCount += 1
        handle(.jobAdded(index, blobs: job.blobs, continuesPrevious: job.continuesPrevious))
        return true
    }

    private func noMoreJobs(of run: RunIndex) {
        if takes(run) { handle(.noMoreJobs(run)) }
    }

    private var window: Int { settings.window ?? max(16, 4 * state.usableSlotCount) }

    /// Lets the sources go on for which there is room in the window.
    func admitMore() {
        for (index, run) in runs where run.roomWaiter != nil && (run.isOver || run.undeliveredCount < window) {
            runs[index]?.roomWaiter = nil
            run.roomWaiter?.resume()
        }
    }

    private func noteDelivery(of run: RunIndex) {
        runs[run]?.undeliveredCount -= 1
        admitMore()
    }

    /// Delivers a run's outputs one after the other; once the stream ends, lets the run end.
    private nonisolated func deliver(_ deliveries: AsyncStream<ActiveRun.Delivery>, _ run: RunIndex) async {
        for await delivery in deliveries {
            do {
                try await delivery()
            } catch {
                return await end(run, with: Task.isCancelled ? .cancelled : .delivery(error))
            }
            await noteDelivery(of: run)
        }
        await finishSends(of: run)
    }

    private func finishSends(of run: RunIndex) { runs[run]?.sends.finish() }

    /// Ends a run at once, for a reason that lies outside the scheduler.
    func end(_ index: RunIndex, with error: RunError) {
        guard let run = runs[index] else { return }
        if run.error == nil { runs[index]?.error = error }
        runs[index]?.isOver = true
        run.client.cancellation.raise()
        handle(.runCancelled(index))
        run.deliveries.finish()
        run.sends.finish()
        admitMore()
    }
}

/// Adapts a sequence to `AsyncSequence`.
struct LazyAsyncSequence<Base: Sequence & Sendable>: AsyncSequence, Sendable {
    let base: Base

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: Base.Iterator
        mutating func next() async -> Base.Element? { base.next() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeIterator()) }
}
