import Foundation
internal import Primitives
internal import Protocol
internal import Scheduling

extension Dispatcher {
    /// Turns one instruction into work for the run's group, or into news for the run's caller.
    func perform(_ instruction: SchedulerInstruction) {
        switch instruction {
        case .probe(let worker): run?.works.yield(.probe(worker))
        case .upload(let blob, let worker): run?.works.yield(.upload(blob, worker))
        case .send(let attempt, let job, let worker):
            run?.attempts[attempt] = ActiveRun.Attempt(worker: worker, isHeldBack: isStopping)
            if !isStopping { run?.works.yield(.attempt(attempt, job, worker)) }
        case .cancel(let attempt):
            guard let abandoned = run?.attempts.removeValue(forKey: attempt) else { return }
            abandoned.task?.cancel()
            run?.abandoned.append(abandoned)
            run?.works.yield(.tellAbandoned)
        case .completed(let job, let attempt):
            guard let delivery = run?.results.removeValue(forKey: attempt) else {
                preconditionFailure("\(job) is complete without the result of \(attempt)")
            }
            run?.jobs[job] = nil
            run?.deliveries.yield(delivery)
        case .discard(let attempt): run?.results[attempt] = nil
        case .poisoned(let job, let cause):
            giveUp(job, cause: cause)
        case .noQuorum(let job, let workers):
            let names = workers.map(url).joined(separator: " and ")
            giveUp(job, cause: "expected the same result from \(names), found different ones, and no other worker could decide")
        case .finished: endOrderly(nil)
        case .runFailed(let job, let message):
            endOrderly(.rejected(job.map { "\(label($0)): \(message)" } ?? message))
        case .workersLost(let reason): endOrderly(.workersLost(reason + troubles))
        case .wake(let time): run?.works.yield(.sleep(until: time))
        case .note(let note): self.note(note)
        }
    }

    private func giveUp(_ job: JobIndex, cause: String) {
        let label = label(job)
        if let failed = run?.jobs.removeValue(forKey: job)?.failed {
            run?.deliveries.yield { try await failed(.givenUp(cause: cause)) }
        } else {
            run?.incomplete.add(label, cause: cause)
            run?.undeliveredCount -= 1
        }
    }

    /// Lets the outputs that are complete be delivered, and then ends the run.
    private func endOrderly(_ error: RunError?) {
        run?.isOver = true
        run?.error = error
        run?.deliveries.finish()
    }

    /// What was last wrong with the first few workers.
    private var troubles: String {
        let known = zip(members, state.workers).compactMap { member, record in
            record.lastCause.map { "\(member.endpoint.url): \($0)" }
        }
        guard !known.isEmpty else {
            return members.isEmpty ? ": \(settings.rosterName.map { "\($0) names none" } ?? "there are none")" : ""
        }
        let rest = known.count > 3 ? "; and \(known.count - 3) more" : ""
        return ": " + known.prefix(3).joined(separator: "; ") + rest
    }

    /// The body of a task of the run's group.
    func perform(_ work: ActiveRun.Work) async {
        switch work {
        case .probe(let worker): await probe(worker)
        case .upload(let blob, let worker): await upload(blob, worker)
        case .attempt(let attempt, let job, let worker): await make(attempt, job, worker)
        case .sleep(let time):
            await sleep(until: time)
            if !Task.isCancelled { handle(.timeReached) }
        case .stop(let time):
            await sleep(until: time)
            if !Task.isCancelled { endStopped() }
        case .tellAbandoned: await tellAbandoned()
        }
    }

    private func probe(_ worker: WorkerIndex) async {
        let answer: ProbeAnswer
        do throws(TransportError) {
            switch try await members[worker.value].connection.describe() {
            case .described(let description):
                if let expected = settings.workerVersion, description.version != expected {
                    answer = .unfit("expected version \(expected), found \(description.version)")
                } else {
                    answer = .described(
                        slots: description.slots, blobs: description.blobs.map(\.sha256), isDraining: description.draining)
                }
            case .unauthorized: answer = .unfit("the token is refused")
            case .refused(let message): answer = .failed(message)
            }
        } catch {
            switch error {
            case .cancelled: return
            case .untrusted: answer = .unfit(error.description)
            default: answer = .failed(error.description)
            }
        }
        handle(.workerProbed(worker, answer))
    }

    /// Most blobs that are many are blocks of a table.
    private static let blobBytesGuess = 72 << 20

    private func upload(_ blob: ContentHash, _ worker: WorkerIndex) async {
        // Its size is known once it is there; those that wait are not.
        var claim = Self.blobBytesGuess
        await blobBudget.claim(claim)
        defer { blobBudget.release(claim) }
        guard let run, !run.isOver else { return }
        let data: Data
        do {
            data = try await offload { try run.blobs.data(blob) }
        } catch {
            return end(with: .source(error))
        }
        blobBudget.correct(from: claim, to: data.count)
        claim = data.count
        do throws(TransportError) {
            switch try await members[worker.value].connection.upload(data, as: blob) {
            case .stored: handle(.blobUploaded(blob, worker))
            case .busy(let retryAfter): handle(.uploadFailed(blob, worker, .busy(retryAfter: retryAfter)))
            case .unauthorized: handle(.uploadFailed(blob, worker, .unfit("the token is refused")))
            case .failed(let body):
                let failure: UploadFailure = body.retryable ? .failed(body.message) : .rejected(body.message)
                handle(.uploadFailed(blob, worker, failure))
            }
        } catch {
            switch error {
            case .cancelled: break
            case .untrusted: handle(.uploadFailed(blob, worker, .unfit(error.description)))
            default: handle(.uploadFailed(blob, worker, .failed(error.description)))
            }
        }
    }

    /// Tells workers that nobody wants the results of abandoned attempts.
    func tellAbandoned() async {
        while let attempt = run?.abandoned.popLast() {
            let connection = members[attempt.worker.value].connection
            if let id = attempt.id {
                connection.cancel(id)
            } else if let body = attempt.body, let id = try? await offload({ ContentHash(of: body) }) {
                connection.cancel(id)
            }
        }
    }
}
