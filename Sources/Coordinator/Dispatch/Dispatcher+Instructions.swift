internal import Scheduling

extension Dispatcher {
    /// Turns one instruction into work for a group, or into news for a run's caller.
    func perform(_ instruction: SchedulerInstruction) {
        switch instruction {
        case .probe(let worker): pool?.items.yield(.probe(worker))
        case .upload(let blob, let worker): pool?.items.yield(.upload(blob, worker))
        case .wake(let time): pool?.items.yield(.wake(at: time))
        case .send(let attempt, let job, let worker):
            guard let run = runs[job.run] else { return }
            let isHeldBack = run.client.isStopping
            attempts[attempt] = ActiveAttempt(job: job, worker: worker, client: run.client, isHeldBack: isHeldBack)
            if !isHeldBack { run.sends.yield(attempt) }
        case .cancel(let attempt):
            guard let cancelled = attempts.removeValue(forKey: attempt) else { return }
            cancelled.task?.cancel()
            abandoned.append(cancelled)
            pool?.items.yield(.tellAbandoned)
        case .completed(let job, let attempt):
            guard let result = results.removeValue(forKey: attempt) else {
                preconditionFailure("\(job) is complete without the result of \(attempt)")
            }
            runs[job.run]?.jobs[job] = nil
            runs[job.run]?.deliveries.yield(result.deliver)
        case .discard(let attempt): results[attempt] = nil
        case .poisoned(let job, let cause):
            giveUp(job, cause: cause)
        case .noQuorum(let job, let workers):
            let names = workers.map(url).joined(separator: " and ")
            giveUp(job, cause: "expected the same result from \(names), found different ones, and no other worker could decide")
        case .finished(let run): endOrderly(run, nil)
        case .runFailed(let run, let job, let message):
            endOrderly(run, .rejected(job.map { "\(label($0)): \(message)" } ?? message))
        case .workersLost(let reason):
            for run in runs.keys { endOrderly(run, .workersLost(reason + troubles)) }
        case .note(let note): self.note(note)
        }
    }

    private func giveUp(_ job: JobIndex, cause: String) {
        let label = label(job)
        if let failed = runs[job.run]?.jobs.removeValue(forKey: job)?.failed {
            runs[job.run]?.deliveries.yield { try await failed(.givenUp(cause: cause)) }
        } else {
            runs[job.run]?.incomplete.add(label, cause: cause)
            runs[job.run]?.undeliveredCount -= 1
        }
    }

    /// Lets the outputs that are complete be delivered, and then ends the run.
    private func endOrderly(_ index: RunIndex, _ error: RunError?) {
        guard let run = runs[index], !run.isOver else { return }
        runs[index]?.isOver = true
        runs[index]?.error = error
        run.deliveries.finish()
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
}
