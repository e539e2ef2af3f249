import Foundation
@testable import Primitives
@testable import Scheduling
import Testing

@testable import Coordinator

/// The scheduler in clusters in which everything goes wrong that can.
///
/// `COPPICE_SIMULATION_SEEDS=10000` sets the number of seeds, `COPPICE_SIMULATION_SEED=17` replays one.
@Suite struct SchedulerSimulationTests {
    /// The seeds of this run: one from the environment, or the first few.
    static func seeds(_ count: Int) -> [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["COPPICE_SIMULATION_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        let wanted = environment["COPPICE_SIMULATION_SEEDS"].flatMap { Int($0) } ?? count
        return (0..<max(1, wanted)).map { UInt64($0 + 1) }
    }

    /// How to see a history again.
    static func replay(_ seed: UInt64) -> String {
        "COPPICE_SIMULATION_SEED=\(seed) swift test --configuration release --filter SchedulerSimulation"
    }

    /// Says what went wrong and how to see it again; of a seed that is replayed, also what led to it.
    static func report(_ seed: UInt64, _ world: SimulatedWorld) {
        for line in world.story.suffix(100) { print(line.prefix(500)) }
        Issue.record("\(replay(seed)): ended with \(String(describing: world.end)), \(world.problems.prefix(5))")
    }

    /// Whether one seed is replayed.
    static var isReplay: Bool { ProcessInfo.processInfo.environment["COPPICE_SIMULATION_SEED"] != nil }

    @Test func `in a hundred workers with every fault, every job completes once or is given up for a reason`() {
        var total = SchedulerCounters()
        var eventCount = 0
        let seeds = Self.seeds(40)
        for seed in seeds {
            var world = SimulatedWorld(seed: seed, workerCount: 100, jobCount: 200)
            world.tellsStory = Self.isReplay
            world.run(invariantPeriod: 97)
            guard world.problems.isEmpty, world.hasFinished else { return Self.report(seed, world) }
            total += world.state.counters
            eventCount += world.eventCount
        }
        // One seed that is replayed need not meet every outcome.
        guard seeds.count > 1 else { return }
        if seeds.count > 100 { print("\(seeds.count) seeds, \(eventCount) events, \(total)") }
        // A simulation that never meets an outcome says nothing about it.
        for outcome in [
            total.attemptsLost, total.attemptsTimedOut, total.attemptsInvalid, total.attemptsRefused, total.attemptsBusy,
            total.attemptsDraining, total.attemptsCancelled, total.copiesStarted, total.copiesWon, total.missingBlobAnswers,
            total.uploadsDone, total.uploadsFailed, total.jobsPoisoned, total.jobsVerified, total.workersQuarantined,
        ] {
            #expect(outcome > 5)
        }
        #expect(total.jobsPoisoned < total.jobsDone / 10)
    }

    @Test func `in small clusters all records agree after every event`() {
        for seed in Self.seeds(150) {
            var random = SplitMix64(seed: seed &+ 5_000_000)
            var world = SimulatedWorld(seed: seed, workerCount: 2 + random.below(8), jobCount: 20 + random.below(40))
            world.tellsStory = Self.isReplay
            world.run()
            guard world.problems.isEmpty, world.hasFinished else { return Self.report(seed, world) }
        }
    }

    @Test func `without an honest worker the run still ends`() {
        for seed in Self.seeds(150) {
            var random = SplitMix64(seed: seed &+ 1_000_000)
            let faults = SimulatedFaults.all(&random, jobCount: 40)
            let crew = SimulatedWorker.crew(9, &random).filter { $0.character != .honest }
            var world = SimulatedWorld(seed: seed, crew: crew, jobCount: 40, blobCount: 1, faults: faults)
            world.isHopeless = true
            world.run()
            guard world.problems.isEmpty, world.end != nil else { return Self.report(seed, world) }
        }
    }

    @Test func `the same seed gives the same history`() {
        for seed in Self.seeds(5).prefix(20) {
            let worlds = (0..<2).map { _ in
                var world = SimulatedWorld(seed: seed, workerCount: 30, jobCount: 100)
                world.run(invariantPeriod: 1000)
                return world
            }
            #expect(worlds[0].eventCount == worlds[1].eventCount, "\(Self.replay(seed))")
            #expect(worlds[0].state.counters == worlds[1].state.counters, "\(Self.replay(seed))")
        }
    }
}
