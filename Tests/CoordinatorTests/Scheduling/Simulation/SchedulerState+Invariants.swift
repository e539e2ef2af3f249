@testable import Coordinator
@testable import Scheduling

extension SchedulerState {
    /// Everything that must hold between two events; one line for each thing that does not.
    func brokenInvariants() -> [String] {
        var broken: [String] = []
        func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
            if !condition { broken.append(message()) }
        }
        for (index, worker) in workers.enumerated() {
            let name = WorkerIndex(index)
            let inFlightCount = worker.attempts.count
            expect(inFlightCount <= worker.slots + 1, "\(name): \(inFlightCount) in flight, \(worker.slots) slots")
            expect(worker.health.isRecoverable || worker.attempts.isEmpty, "\(name) is \(worker.health) with attempts in flight")
            expect(worker.attempts.allSatisfy { attempts[$0]?.worker == name }, "\(name): attempts of another worker")
            expect(ready.contains(name) == worker.hasRoom, "\(name): ready does not match its record")
            if worker.hasRoom { expect(ready.priority(of: name)?.freeSlots == worker.freeSlots, "\(name): stale readiness") }
        }
        expect(usableWorkerCount == workers.count { $0.health == .usable }, "usable workers")
        expect(usableSlotCount == workers.reduce(0) { $0 + ($1.health == .usable ? $1.slots : 0) }, "usable slots")
        expect(recoverableWorkerCount == workers.count { $0.health.isRecoverable }, "recoverable workers")
        expect(excludedWorkerCount == workers.count { $0.health == .excluded }, "excluded workers")
        expect(refusingWorkerCount <= excludedWorkerCount, "refusing workers")
        expect(busyWorkerCount == workers.count { !$0.attempts.isEmpty }, "busy workers")
        for (index, attempt) in attempts {
            expect(jobs[attempt.job]?.attempts.contains(index) == true, "\(index): its job does not know it")
            expect(workers[attempt.worker.value].attempts.contains(index), "\(index): its worker does not know it")
            expect(leases.contains(index) == (attempt.sentAt != nil), "\(index): lease")
        }
        for (index, job) in jobs {
            expect(job.attempts.count <= 2, "\(index): \(job.attempts.count) copies")
            let places =
                (runs.contains { $0.run == index.run && $0.pending.contains(index) } ? 1 : 0) + parked.count { $0 == index }
                + (job.attempts.isEmpty ? 0 : 1)
                + stranded.count { $0 == index }
            expect(places == 1, "\(index) is in \(places) places")
            expect(Set(job.votes.map(\.worker)).count == job.votes.count, "\(index): two votes of one worker")
            expect(Set(job.votes.map(\.digest)).count == job.votes.count, "\(index): undecided with equal votes")
            for attempt in job.attempts {
                let isLone = runs.contains { $0.run == index.run && $0.loneAttempts.contains(attempt) }
                expect(isLone == (job.attempts.count == 1), "\(attempt): lone or not")
            }
        }
        if isRunning {
            expect(stranded.isEmpty || timers.contains(.vote), "jobs wait for a vote without a limit")
            let hasFreeSlot = (ready.first?.priority.freeSlots ?? 0) > 0
            expect(runs.allSatisfy(\.pending.isEmpty) || !hasFreeSlot, "jobs wait although a slot is free")
            expect(timers.contains(.stall), "no stall timer")
            expect(usableWorkerCount > 0 || timers.contains(.grace), "no usable worker and no grace")
            expect(nextDue.map { announcedWake ?? .zero <= $0 } ?? true, "no wake for the first timer")
        }
        let counters = self.counters
        let outcomes = [
            counters.attemptsSucceeded, counters.attemptsLost, counters.attemptsTimedOut, counters.attemptsInvalid,
            counters.attemptsRefused, counters.attemptsBusy, counters.attemptsDraining, counters.attemptsCancelled,
        ].reduce(0, +)
        expect(counters.attemptsStarted == outcomes + attempts.count, "started \(counters.attemptsStarted), ended \(outcomes)")
        expect(jobs.count == runs.reduce(0) { $0 + $1.liveJobCount }, "jobs of runs that are over")
        for run in runs {
            let own = attempts.filter { $0.value.job.run == run.run }
            expect(run.attemptCount == own.count, "\(run.run): \(run.attemptCount) attempts counted, \(own.count) in flight")
            expect(run.surplusCount == own.count { !$0.value.mayRun }, "\(run.run): surplus")
            let ended = run.counters.jobsDone + run.counters.jobsPoisoned + run.counters.jobsWithdrawn
            expect(run.counters.jobsAdded == ended + run.liveJobCount, "\(run.run): jobs do not add up")
        }
        expect(zip(runs, runs.dropFirst()).allSatisfy { $0.priority >= $1.priority }, "runs are not in order of priority")
        if let urgent = runs.first(where: { !$0.pending.isEmpty }) {
            let waitingCount = runs.reduce(0) { $0 + ($1.priority == urgent.priority ? $1.pending.count : 0) }
            let openCount = usableWorkerCount - runs.reduce(0) { $0 + $1.surplusCount }
            let lowerCount = runs.reduce(0) { $0 + ($1.priority < urgent.priority ? $1.surplusCount : 0) }
            expect(lowerCount == 0 || openCount > waitingCount, "\(urgent.run) waits behind the surplus of lower runs")
        }
        return broken
    }
}
