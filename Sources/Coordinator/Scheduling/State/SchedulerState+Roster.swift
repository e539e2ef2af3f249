/// Workers that a changing list names, names no more, and names again.
extension SchedulerState {
    /// The worker is listed no more: what it has may finish, and nothing new is given to it until it is listed again.
    mutating func retire(_ worker: WorkerIndex) {
        guard let record = known(worker), record.isListed else { return }
        workers[worker.value].isListed = false
        guard record.health.isRecoverable else { return }
        workers[worker.value].lastCause = "not listed any more"
        outbox.append(.note(.workerRetired(worker)))
        setHealth(of: worker, to: .draining)
        // A drained worker would be asked again.
        timers.remove(.worker(worker))
    }

    /// The worker is listed again: it is asked what it is, and used.
    mutating func reinstate(_ worker: WorkerIndex) {
        guard let record = known(worker), !record.isListed else { return }
        workers[worker.value].isListed = true
        guard record.health == .draining else { return }
        if isRunning { probe(worker) } else { setHealth(of: worker, to: .joining) }
    }
}
