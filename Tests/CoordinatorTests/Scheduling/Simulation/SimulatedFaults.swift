@testable import Coordinator
@testable import Primitives

/// What can go wrong in a simulated cluster, and how often. Probabilities are per message or per job.
struct SimulatedFaults {
    var requestLoss = 0.0
    var answerLoss = 0.0
    var duplication = 0.0
    /// Milliseconds that a message takes; the spread lets messages overtake each other.
    var delay = 1...40
    /// Messages that take up to half a minute.
    var longDelay = 0.0
    /// Partitions, each of which cuts off some workers, not the honest ones, and heals.
    var partitionCount = 0
    /// Forward jumps of the clock, up to a quarter of an hour, and jumps back, up to five seconds.
    var clockJumpCount = 0
    /// Jobs that take the process down in which they run.
    var killers: Set<Int> = []
    /// The share of jobs that run twice.
    var verifiedFraction = 0.0
    /// The share of jobs that are withdrawn, some before they are done.
    var withdrawnFraction = 0.0
    /// The share of jobs that continue the one before.
    var continuingFraction = 0.0
    /// Whether the run is called off in the middle and a new one begins, as after a newer epoch.
    var isSuperseded = false
    /// Runs that begin beside the first, of any priority, and the share of them that is called off.
    var otherRunCount = 0
    var cancelledFraction = 0.0

    static let none = SimulatedFaults()

    /// Every fault at once, with rates that differ from seed to seed.
    static func all(_ random: inout SplitMix64, jobCount: Int) -> SimulatedFaults {
        var faults = SimulatedFaults()
        faults.requestLoss = random.fraction(upTo: 0.03)
        faults.answerLoss = random.fraction(upTo: 0.03)
        faults.duplication = random.fraction(upTo: 0.1)
        faults.delay = 1...(20 + random.below(300))
        faults.longDelay = random.fraction(upTo: 0.02)
        faults.partitionCount = 1 + random.below(4)
        faults.clockJumpCount = 1 + random.below(4)
        if random.below(3) == 0 { faults.killers = [random.below(jobCount), random.below(jobCount)] }
        if random.below(3) == 0 { faults.verifiedFraction = [0.05, 0.3, 1][random.below(3)] }
        if random.below(3) == 0 { faults.withdrawnFraction = random.fraction(upTo: 0.2) }
        faults.isSuperseded = random.below(6) == 0
        if random.below(2) == 0 { faults.continuingFraction = random.fraction(upTo: 1) }
        if random.below(2) == 0 {
            faults.otherRunCount = 1 + random.below(4)
            faults.cancelledFraction = random.fraction(upTo: 0.6)
        }
        return faults
    }
}

/// A simulated worker: what it is like, and what it is doing.
struct SimulatedWorker {
    enum Character: CaseIterable {
        case honest, slow, crashing, hanging, garbling, lying, refusing, busy, forgetful, draining, unreachable
    }

    var character = Character.honest
    var slots = 1
    /// Milliseconds that a job takes.
    var jobTime = 5...400
    var joinsAt = 0
    /// When something befalls it, by its character, in milliseconds after it joined.
    var turnsAt = 0

    var isDead = false
    /// The process is stopped: it says nothing until it is continued.
    var isStopped = false
    var isDraining = false
    var isCutOff = false
    var blobs: Set<ContentHash> = []
    var runningCount = 0
    /// Counts starts of the process: what an earlier one was at is lost.
    var life = 0

    /// `count` workers, the first of which is honest.
    static func crew(_ count: Int, _ random: inout SplitMix64) -> [SimulatedWorker] {
        let honestPercent = [1, 20, 60][random.below(3)]
        return (0..<count).map { index in
            var worker = SimulatedWorker(slots: 1 + random.below(4))
            if index > 0, random.below(100) >= honestPercent {
                worker.character = Character.allCases[1 + random.below(Character.allCases.count - 1)]
            }
            if worker.character == .slow { worker.jobTime = 2_000...90_000 }
            if random.below(4) == 0 { worker.joinsAt = random.below(20_000) }
            worker.turnsAt = random.below(10_000)
            return worker
        }
    }
}

extension SplitMix64 {
    /// From 0 to `count` − 1.
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    mutating func fraction(upTo bound: Double) -> Double { Double(next() >> 11) * 0x1p-53 * bound }

    mutating func chance(_ probability: Double) -> Bool { probability > 0 && fraction(upTo: 1) < probability }

    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }
}
