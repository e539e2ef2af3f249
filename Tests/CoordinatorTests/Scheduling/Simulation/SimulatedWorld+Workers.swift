@testable import Coordinator
@testable import Scheduling

/// What befalls workers.
extension SimulatedWorld {
    mutating func join(_ worker: SimulatedWorker) {
        let index = WorkerIndex(workers.count)
        workers.append(worker)
        inFlightCounts.append(0)
        tell(.workerJoined(index))
        switch worker.character {
        case .crashing, .hanging, .draining: schedule(.turn(index), inMilliseconds: worker.turnsAt)
        case .honest, .slow, .garbling, .lying, .refusing, .busy, .forgetful, .unreachable: break
        }
    }

    mutating func turn(_ worker: WorkerIndex) {
        switch workers[worker.value].character {
        case .crashing: crash(worker)
        case .hanging:
            workers[worker.value].isStopped = true
            // Some go on while others have taken their jobs over.
            if random.chance(0.7) { schedule(.goOn(worker), inMilliseconds: random.below(200_000)) }
        case .draining:
            workers[worker.value].isDraining = true
            if random.chance(0.5) { tell(.workerDraining(worker)) }
            // Then it ends, or comes back.
            schedule(.restart(worker), inMilliseconds: 3000 + random.below(20_000))
        default: break
        }
    }

    /// The process ends. Only of local workers the coordinator hears so at once.
    mutating func crash(_ worker: WorkerIndex) {
        guard !workers[worker.value].isDead else { return }
        workers[worker.value].isDead = true
        workers[worker.value].life += 1
        workers[worker.value].runningCount = 0
        workers[worker.value].blobs = []
        if random.chance(0.5) {
            tell(.workerDied(worker, cause: "killed"))
            var successor = workers[worker.value]
            (successor.isDead, successor.joinsAt, successor.turnsAt) = (false, 0, random.below(10_000))
            // It is started again under another name, and may crash again; not without end, unless it is honest and fell to a job.
            if successor.life < 4 || successor.character == .honest {
                crew.append(successor)
                schedule(.join(crew.count - 1), inMilliseconds: 100 + random.below(500))
            }
        } else {
            schedule(.restart(worker), inMilliseconds: 500 + random.below(20_000))
        }
    }

    /// A process is there again under the same name, without its blobs.
    mutating func restart(_ worker: WorkerIndex) {
        if workers[worker.value].isDraining, random.chance(0.5) { return tell(.workerLeft(worker)) }
        workers[worker.value].isDead = false
        workers[worker.value].isDraining = false
        workers[worker.value].blobs = []
        workers[worker.value].life += 1
        workers[worker.value].runningCount = 0
    }

    /// Cuts some workers off for a while: most of them, or a few.
    mutating func schedulePartition() {
        let isMajority = random.chance(0.3)
        // Those that are there from the start join in the order of the crew.
        let early = crew.filter { $0.joinsAt == 0 }
        let chosen = early.indices.filter { early[$0].character != .honest && random.chance(isMajority ? 0.8 : 0.1) }
            .map { WorkerIndex($0) }
        let start = 100 + random.below(20_000)
        schedule(.cut(chosen), inMilliseconds: start)
        schedule(.heal(chosen), inMilliseconds: start + random.below(60_000))
    }
}
