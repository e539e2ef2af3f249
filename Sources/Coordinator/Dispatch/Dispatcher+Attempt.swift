import Foundation
internal import Jobs
internal import Primitives
internal import Protocol
internal import Scheduling

extension Dispatcher {
    /// Makes one attempt, until its end or until the scheduler cancels it.
    func make(_ attempt: AttemptIndex) async {
        guard let record = attempts[attempt], let job = runs[record.job.run]?.jobs[record.job] else { return }
        // Awaited right below. It is a task of its own only so that the scheduler can cancel this one attempt.
        let task = Task { await self.send(attempt, job, record.worker, record.client.token) }
        attempts[attempt]?.task = task
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Writes the job's document as the worker needs it, brings it there, and waits for the result.
    private func send(
        _ attempt: AttemptIndex, _ job: DispatchJob<ActiveRun.Delivery>, _ worker: WorkerIndex, _ token: FencingToken?
    ) async {
        guard let image = job.locality else {
            if let answer = await submit(job, nil, attempt, worker, token) { await judge(answer, of: attempt, job) }
            return
        }
        var name: String?
        switch await locality(of: image, at: worker, for: attempt, token) {
        case .ended: return
        case .needsPixels: break
        case .named(let found): name = found
        }
        guard let answer = await submit(job, name, attempt, worker, token) else { return }
        // A file that went away, or that is another one now, is no verdict on the job: it goes with its pixels.
        if name != nil, case .failed(let body) = answer, !body.retryable {
            sendPixels(of: image, to: worker, for: attempt, because: body.message)
            attempts[attempt]?.id = nil
            if let answer = await submit(job, nil, attempt, worker, token) { await judge(answer, of: attempt, job) }
        } else {
            await judge(answer, of: attempt, job)
        }
    }

    /// Writes a document, brings it to the worker, and waits for its last word; nil if the attempt ends over it.
    ///
    /// - Parameter name: of the image at the worker; nil to send pixels.
    private func submit(
        _ job: DispatchJob<ActiveRun.Delivery>, _ name: String?, _ attempt: AttemptIndex, _ worker: WorkerIndex,
        _ token: FencingToken?
    ) async -> JobAnswer? {
        let claim = bodyBytesGuess
        await bodyBudget.claim(claim)
        let body: Data
        do {
            guard attempts[attempt] != nil else {
                bodyBudget.release(claim)
                return nil
            }
            // A short document, which the last one gives reason to expect, is written before another thread would have begun.
            let isShort = claim <= Self.shortDocumentBytesMax && (job.locality == nil || name != nil)
            body = isShort ? try job.body(name) : try await offload { try job.body(name) }
        } catch {
            bodyBudget.release(claim)
            endJob(of: attempt, .unwritable(error), otherwise: .source(error))
            return nil
        }
        bodyBudget.correct(from: claim, to: body.count)
        bodyBytesGuess = body.count
        // When many documents are held, or large ones, a worker is asked to take its own at once, so that it can be dropped here.
        let wait = bodyBudget.isTight || body.count > Self.largeDocumentBytesMin ? .zero : settings.longPoll
        guard attempts[attempt] != nil else {
            bodyBudget.release(body.count)
            return nil
        }
        attempts[attempt]?.body = body
        handle(.attemptRenewed(attempt))

        let connection = members[worker.value].connection
        let answer: JobAnswer
        do throws(TransportError) {
            answer = try await connection.submit(body, wait: wait, for: token)
            bodyBudget.release(body.count)
        } catch {
            bodyBudget.release(body.count)
            fail(attempt, error)
            return nil
        }
        do throws(TransportError) {
            return try await follow(attempt, answer, over: connection, token)
        } catch {
            fail(attempt, error)
            return nil
        }
    }

    /// Polls a job that the worker has accepted until there is an answer of another kind.
    func follow(
        _ attempt: AttemptIndex, _ first: JobAnswer, over connection: any WorkerConnection, _ token: FencingToken?
    ) async throws(TransportError) -> JobAnswer {
        var answer = first
        while case .accepted(let id) = answer {
            attempts[attempt]?.id = id
            attempts[attempt]?.body = nil
            handle(.attemptRenewed(attempt))
            let nextPoll = now + settings.pollPause
            answer = try await connection.poll(id, wait: settings.longPoll, for: token)
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
    func judge(_ answer: JobAnswer, of attempt: AttemptIndex, _ job: DispatchJob<ActiveRun.Delivery>?) async {
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
                guard let ended = attempts.removeValue(forKey: attempt) else { return }
                // Stays until the state says what becomes of it.
                results[attempt] = CheckedResult(run: ended.job.run, deliver: delivery)
                handle(.attemptSucceeded(attempt, digest: digest))
                if !isVerified { results[attempt] = nil }
            } catch {
                report(attempt, .invalidResult("\(error)"))
            }
        case .missing(let blobs): report(attempt, .missingBlobs(blobs))
        case .busy(let retryAfter): report(attempt, .busy(retryAfter: retryAfter))
        case .draining: report(attempt, .draining)
        case .forgotten: report(attempt, .connectionLost("the worker does not know the job any more"))
        case .unauthorized: report(attempt, .unfit("the token is refused"))
        case .superseded:
            guard let superseded = attempts[attempt] else { return }
            end(superseded.job.run, with: .superseded(run: superseded.client.token?.run ?? "unknown"))
        case .failed(let body) where body.retryable: report(attempt, .refused(body.message))
        case .failed(let body):
            if !withdraw(attempt, .rejected(body.message)) { report(attempt, .rejected(body.message)) }
        }
    }

    /// Ends the job of an attempt without a result, if the job is one that fails alone; false if it is not.
    func withdraw(_ attempt: AttemptIndex, _ failure: JobFailure) -> Bool {
        // What a cancelled attempt comes to is of no interest.
        guard let job = attempts[attempt]?.job else { return true }
        guard let failed = runs[job.run]?.jobs[job]?.failed else { return false }
        attempts[attempt] = nil
        runs[job.run]?.jobs[job] = nil
        runs[job.run]?.deliveries.yield { try await failed(failure) }
        handle(.jobWithdrawn(job))
        return true
    }

    /// The same; a job that does not fail alone ends its run.
    func endJob(of attempt: AttemptIndex, _ failure: JobFailure, otherwise error: RunError) {
        guard let run = attempts[attempt]?.job.run, !withdraw(attempt, failure) else { return }
        end(run, with: error)
    }

    func fail(_ attempt: AttemptIndex, _ error: TransportError) {
        switch error {
        // The job was done: whatever changes answers on their way, the job has no part in it.
        case .cannotConnect, .damaged: report(attempt, .unreachable(error.description))
        case .connectionLost: report(attempt, .connectionLost(error.description))
        case .timedOut: report(attempt, .timedOut(error.description))
        case .tooLarge, .malformed: report(attempt, .invalidResult(error.description))
        case .unusable, .untrusted, .proxy: report(attempt, .unfit(error.description))
        case .cancelled: break
        }
    }

    func report(_ attempt: AttemptIndex, _ failure: AttemptFailure) {
        // A cancelled attempt is gone from the table, and the state does not know it any more either.
        guard attempts.removeValue(forKey: attempt) != nil else { return }
        handle(.attemptFailed(attempt, failure))
    }
}
