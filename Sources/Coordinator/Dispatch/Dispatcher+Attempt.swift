import Foundation
internal import Jobs
internal import Primitives
internal import Protocol
internal import Scheduling

extension Dispatcher {
    /// Makes one attempt, until its end or until the scheduler cancels it.
    func make(_ attempt: AttemptIndex, _ job: JobIndex, _ worker: WorkerIndex) async {
        guard run?.attempts[attempt] != nil, let description = run?.jobs[job] else { return }
        // Awaited right below. It is a task of its own only so that the scheduler can cancel this one attempt.
        let task = Task { await self.send(attempt, description, worker) }
        run?.attempts[attempt]?.task = task
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Writes the job's document as the worker needs it, brings it there, and waits for the result.
    private func send(_ attempt: AttemptIndex, _ job: ActiveRun.Job, _ worker: WorkerIndex) async {
        guard let image = job.sight else {
            if let answer = await submit(job, as: nil, attempt, worker) { await judge(answer, of: attempt, job) }
            return
        }
        var name: String?
        switch await sight(of: worker, image, for: attempt) {
        case .ended: return
        case .unseen: break
        case .named(let found): name = found
        }
        guard let answer = await submit(job, as: name, attempt, worker) else { return }
        // A file that went away, or that is another one now, is no verdict on the job: it goes with its pixels.
        if name != nil, case .failed(let body) = answer, !body.retryable {
            lose(image, at: worker, because: body.message)
            run?.attempts[attempt]?.id = nil
            if let answer = await submit(job, as: nil, attempt, worker) { await judge(answer, of: attempt, job) }
        } else {
            await judge(answer, of: attempt, job)
        }
    }

    /// Writes a document, brings it to the worker, and waits for its last word; nil if the attempt ends over it.
    ///
    /// - Parameter name: of the image at the worker; nil to send pixels.
    private func submit(
        _ job: ActiveRun.Job, as name: String?, _ attempt: AttemptIndex, _ worker: WorkerIndex
    ) async -> JobAnswer? {
        let claim = run?.bodyBytesGuess ?? 0
        await bodyBudget.claim(claim)
        let body: Data
        do {
            guard run?.attempts[attempt] != nil else {
                bodyBudget.release(claim)
                return nil
            }
            // A short document, which the last one gives reason to expect, is written before another thread would have begun.
            let isShort = claim <= Self.shortDocumentBytesMax && (job.sight == nil || name != nil)
            body = isShort ? try job.body(name) : try await offload { try job.body(name) }
        } catch {
            bodyBudget.release(claim)
            if !withdraw(attempt, .unwritable(error)) { end(with: .source(error)) }
            return nil
        }
        bodyBudget.correct(from: claim, to: body.count)
        run?.bodyBytesGuess = body.count
        // When many documents are held, or large ones, a worker is asked to take its own at once, so that it can be dropped here.
        let wait = bodyBudget.isTight || body.count > Self.largeDocumentBytesMin ? .zero : settings.longPoll
        guard run?.attempts[attempt] != nil else {
            bodyBudget.release(body.count)
            return nil
        }
        run?.attempts[attempt]?.body = body
        handle(.attemptRenewed(attempt))

        let connection = members[worker.value].connection
        let answer: JobAnswer
        do throws(TransportError) {
            answer = try await connection.submit(body, wait: wait)
            bodyBudget.release(body.count)
        } catch {
            bodyBudget.release(body.count)
            fail(attempt, error)
            return nil
        }
        do throws(TransportError) {
            return try await follow(attempt, answer, over: connection)
        } catch {
            fail(attempt, error)
            return nil
        }
    }

    /// Polls a job that the worker has accepted until there is an answer of another kind.
    func follow(
        _ attempt: AttemptIndex, _ first: JobAnswer, over connection: any WorkerConnection
    ) async throws(TransportError) -> JobAnswer {
        var answer = first
        while case .accepted(let id) = answer {
            run?.attempts[attempt]?.id = id
            run?.attempts[attempt]?.body = nil
            handle(.attemptRenewed(attempt))
            let nextPoll = now + settings.pollPause
            answer = try await connection.poll(id, wait: settings.longPoll)
            // A worker that does not wait must not be asked in a tight loop.
            if case .accepted = answer { await sleep(until: nextPoll) }
        }
        return answer
    }

    private static let shortDocumentBytesMax = 1 << 12
    private static let largeDocumentBytesMin = 16 << 20

    /// Turns the worker's last word into an event.
    ///
    /// - Parameter job: whose result it may be; nil for an answer that is no result.
    func judge(_ answer: JobAnswer, of attempt: AttemptIndex, _ job: ActiveRun.Job?) async {
        switch answer {
        case .accepted: preconditionFailure("an accepted job is polled, not judged")
        case .result(let data):
            guard let job else { preconditionFailure("a result of no job") }
            handle(.attemptRenewed(attempt))
            do {
                let isVerified = state.job(of: attempt).map(state.isVerified) ?? false
                let work = { @Sendable in (try job.accept(data), isVerified ? ContentHash(of: data) : nil) }
                // A short document is read before another thread would have begun.
                let (delivery, digest) = data.count <= Self.shortDocumentBytesMax ? try work() : try await offload(work)
                guard run?.attempts[attempt] != nil else { return }
                // Stays until the state says what becomes of it.
                run?.results[attempt] = delivery
                run?.attempts[attempt] = nil
                handle(.attemptSucceeded(attempt, digest: digest))
                if !isVerified { run?.results[attempt] = nil }
            } catch {
                report(attempt, .invalidResult("\(error)"))
            }
        case .missing(let blobs): report(attempt, .missingBlobs(blobs))
        case .busy(let retryAfter): report(attempt, .busy(retryAfter: retryAfter))
        case .draining: report(attempt, .draining)
        case .forgotten: report(attempt, .connectionLost("the worker does not know the job any more"))
        case .unauthorized: report(attempt, .unfit("the token is refused"))
        case .superseded: end(with: .superseded(run: settings.authority?.run ?? "unknown"))
        case .failed(let body) where body.retryable: report(attempt, .refused(body.message))
        case .failed(let body):
            if !withdraw(attempt, .rejected(body.message)) { report(attempt, .rejected(body.message)) }
        }
    }

    /// Ends the job of an attempt without a result, if the job is one that fails alone; false if it is not.
    func withdraw(_ attempt: AttemptIndex, _ failure: JobFailure) -> Bool {
        // What a cancelled attempt comes to is of no interest.
        guard run?.attempts[attempt] != nil, let job = state.job(of: attempt) else { return true }
        guard let failed = run?.jobs[job]?.failed else { return false }
        run?.attempts[attempt] = nil
        run?.jobs[job] = nil
        run?.deliveries.yield { try await failed(failure) }
        handle(.jobWithdrawn(job))
        return true
    }

    func fail(_ attempt: AttemptIndex, _ error: TransportError) {
        switch error {
        // The job was done: whatever changes answers on their way, the job has no part in it.
        case .cannotConnect, .damaged: report(attempt, .unreachable(error.description))
        case .connectionLost: report(attempt, .connectionLost(error.description))
        case .timedOut: report(attempt, .timedOut(error.description))
        case .tooLarge, .malformed: report(attempt, .invalidResult(error.description))
        case .unusable, .untrusted: report(attempt, .unfit(error.description))
        case .cancelled: break
        }
    }

    func report(_ attempt: AttemptIndex, _ failure: AttemptFailure) {
        // A cancelled attempt is gone from the table, and the state does not know it any more either.
        guard run?.attempts.removeValue(forKey: attempt) != nil else { return }
        handle(.attemptFailed(attempt, failure))
    }
}
