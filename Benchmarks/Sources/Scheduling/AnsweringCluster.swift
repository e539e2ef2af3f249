internal import Foundation
internal import Primitives
internal import Scheduling

/// Workers that answer every job, in random order, with the events that the dispatcher makes of an answer: the job's document is
/// written, the result is here, the result has passed its checks.
struct AnsweringCluster {
    private var state: SchedulerState
    private var generator: SplitMix64
    private var now = Duration.zero
    private let jobCount: Int
    private let model = ContentHash(of: Data("model".utf8))
    /// Attempts that were sent, in no order.
    private var inFlight: [AttemptIndex] = []
    private var instructions: [SchedulerInstruction] = []
    private var doneCount = 0
    /// How often each job was completed.
    private var completions: [UInt8]
    private var isOver = false
    private(set) var eventCount = 0

    /// A cluster whose workers all hold the one blob that every job needs.
    init(workers: Int, slots: Int, jobs: Int, seed: UInt64) {
        state = SchedulerState(seed: seed)
        generator = SplitMix64(seed: seed)
        jobCount = jobs
        completions = Array(repeating: 0, count: jobs)
        tell(.runBegan(RunIndex(0)))
        for worker in 0..<workers {
            tell(.workerJoined(WorkerIndex(worker)))
            tell(.workerProbed(WorkerIndex(worker), .described(slots: slots, blobs: [model], isDraining: false)))
        }
        eventCount = 0
    }

    /// Has all jobs done, with at most `window` known and not done at a time.
    mutating func run(window: Int) {
        let needed = [model]
        var addedCount = 0
        while !isOver {
            while addedCount < jobCount, addedCount - doneCount < window {
                tell(.jobAdded(JobIndex(addedCount), blobs: needed))
                addedCount += 1
                if addedCount == jobCount { tell(.noMoreJobs(RunIndex(0))) }
            }
            guard !inFlight.isEmpty else { return }
            inFlight.swapAt(Int(generator.next() % UInt64(inFlight.count)), inFlight.count - 1)
            let attempt = inFlight.removeLast()
            now += .microseconds(1)
            tell(.attemptRenewed(attempt))
            tell(.attemptRenewed(attempt))
            tell(.attemptSucceeded(attempt))
        }
    }

    private mutating func tell(_ event: SchedulerEvent) {
        eventCount += 1
        state.handle(event, at: now, into: &instructions)
        for instruction in instructions {
            switch instruction {
            case .send(let attempt, _, _): inFlight.append(attempt)
            case .completed(let job, _):
                completions[job.value] += 1
                doneCount += 1
            case .finished, .workersLost, .runFailed: isOver = true
            default: break
            }
        }
    }

    /// - Throws: `Broken` unless every job was completed exactly once.
    func check() throws {
        guard let job = completions.firstIndex(where: { $0 != 1 }) else { return }
        throw Broken(description: "job \(job): expected 1 completion, found \(completions[job])")
    }

    struct Broken: Error, CustomStringConvertible {
        let description: String
    }
}
