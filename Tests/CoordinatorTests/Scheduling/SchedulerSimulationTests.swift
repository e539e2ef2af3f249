import Foundation
import Testing

@testable import Coordinator

@Suite struct SchedulerSimulationTests {
    /// The seeds of this run: one from the environment, or the first few hundred.
    static var seeds: [UInt64] {
        if let text = ProcessInfo.processInfo.environment["COPPICE_SIM_SEED"], let seed = UInt64(text) { return [seed] }
        return Array(1...400)
    }

    @Test func `while one honest worker lives, every job completes once or is given up`() {
        var total = SchedulerCounters()
        for seed in Self.seeds {
            var random = SeededGenerator(seed: seed)
            let workers = [SimulatedWorker(slots: 1 + Int(random.next() % 4))] + Self.troubledWorkers(&random)
            let killers: Set<Int> = random.next() % 3 == 0 ? [3, 17] : []
            var world = SimulatedWorld(
                seed: seed, workers: workers, jobCount: 20 + Int(random.next() % 60), blobCount: Int(random.next() % 3),
                killers: killers)
            world.run()
            guard world.problems.isEmpty, world.end == .finished, killers.allSatisfy({ world.poisoned[JobIndex($0)] != nil })
            else {
                Issue.record("COPPICE_SIM_SEED=\(seed): ended with \(String(describing: world.end)), \(world.problems)")
                return
            }
            total += world.state.counters
        }
        guard Self.seeds.count > 1 else { return }
        // A simulation that never meets an outcome says nothing about it.
        for outcome in [
            total.attemptsLost, total.attemptsTimedOut, total.attemptsInvalid, total.attemptsRefused, total.attemptsBusy,
            total.attemptsCancelled, total.copiesStarted, total.copiesWon, total.missingBlobAnswers, total.uploadsDone,
            total.uploadsFailed, total.jobsPoisoned,
        ] {
            #expect(outcome > 5)
        }
    }

    @Test func `without an honest worker the run still ends`() {
        for seed in Self.seeds {
            var random = SeededGenerator(seed: seed &+ 1_000_000)
            var world = SimulatedWorld(seed: seed, workers: Self.troubledWorkers(&random), jobCount: 40, blobCount: 1)
            world.run()
            guard world.problems.isEmpty, world.end != nil else {
                Issue.record("COPPICE_SIM_SEED=\(seed): ended with \(String(describing: world.end)), \(world.problems)")
                return
            }
        }
    }

    @Test func `the same seed gives the same history`() {
        for seed in Self.seeds.prefix(20) {
            let worlds = (0..<2).map { _ in
                var random = SeededGenerator(seed: seed)
                var world = SimulatedWorld(
                    seed: seed, workers: [SimulatedWorker()] + Self.troubledWorkers(&random), jobCount: 50, blobCount: 2)
                world.run(isChecked: false)
                return world
            }
            #expect(worlds[0].eventCount == worlds[1].eventCount, "COPPICE_SIM_SEED=\(seed)")
            #expect(worlds[0].state.counters == worlds[1].state.counters, "COPPICE_SIM_SEED=\(seed)")
        }
    }

    /// Up to eight workers, each with some of the troubles that a worker can have.
    static func troubledWorkers(_ random: inout SeededGenerator) -> [SimulatedWorker] {
        (0..<Int(random.next() % 8) + 1).map { _ in
            var worker = SimulatedWorker(slots: 1 + Int(random.next() % 3))
            switch random.next() % 10 {
            case 0: worker.loses = 0.3
            case 1: worker.hangs = 0.2
            case 2: worker.garbles = 0.5
            case 3: worker.refuses = 0.3
            case 4: worker.busyAbove = 1
            case 5: worker.forgetsBlobs = 0.3
            case 6: (worker.diesAt, worker.isRestarted) = (Int(random.next() % 2000), true)
            case 7: worker.drainsAt = Int(random.next() % 2000)
            case 8: (worker.probeFails, worker.uploadFails) = (0.5, 0.5)
            default: worker.jobTime = 2000...9000
            }
            if random.next() % 4 == 0 { worker.joinsAt = Int(random.next() % 3000) }
            return worker
        }
    }
}
