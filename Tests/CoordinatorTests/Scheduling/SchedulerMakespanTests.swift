@testable import Primitives
@testable import Scheduling
import Testing

@testable import Coordinator

/// How long a run takes, in simulated time, when one worker of several is slow.
///
/// Workers compute really side by side here, and nothing else disturbs them: what remains is what the scheduler decides.
@Suite struct SchedulerMakespanTests {
    /// Workers of one slot, which do what they are given one after the other.
    private struct Line {
        private var state = SchedulerState(seed: 1)
        private var random: SplitMix64
        private var now = Duration.zero
        /// What each worker was given, oldest first; the first of them is being done.
        private var queues: [[AttemptIndex]]
        private var ends: [Duration?]
        private var wakes: [Duration] = []
        private var end: Duration?
        private var lastJobs: [JobIndex?]
        /// Jobs that went to the worker that had the one before.
        private(set) var continuedCount = 0
        private let slowdown: [Double]

        /// - Parameter slowdown: of each worker; 1 for an honest one, which takes 2 s for a job, give or take a tenth.
        init(slowdown: [Double], seed: UInt64) {
            self.slowdown = slowdown
            random = SplitMix64(seed: seed)
            queues = slowdown.map { _ in [] }
            ends = slowdown.map { _ in nil }
            lastJobs = slowdown.map { _ in nil }
        }

        /// Seconds until all jobs are done, when no more than `window` are known and not done at a time.
        ///
        /// - Parameter run: of so many jobs, all but the first continue the one before.
        mutating func seconds(jobs: Int, window: Int = .max, run: Int = 1) -> Double {
            tell(.runBegan(RunIndex(0)))
            for worker in slowdown.indices.map(WorkerIndex.init) {
                tell(.workerJoined(worker))
                tell(.workerProbed(worker, .described(slots: 1, blobs: [], isDraining: false)))
            }
            var added = 0
            while end == nil {
                while added < jobs, state.liveJobCount < window {
                    tell(.jobAdded(JobIndex(added), blobs: [], continuesPrevious: added % run != 0))
                    added += 1
                    if added == jobs { tell(.noMoreJobs(RunIndex(0))) }
                }
                let next = zip(ends.indices, ends).compactMap { index, end in end.map { (time: $0, worker: index) } }
                    .min { $0.time < $1.time }
                if let wake = wakes.min(), wake <= next?.time ?? wake {
                    wakes.removeAll { $0 == wake }
                    now = max(now, wake)
                    tell(.timeReached)
                } else if let next {
                    now = next.time
                    let attempt = queues[next.worker].removeFirst()
                    begin(next.worker)
                    tell(.attemptSucceeded(attempt))
                } else {
                    return .infinity
                }
            }
            return (end ?? .zero) / .seconds(1)
        }

        private mutating func tell(_ event: SchedulerEvent) {
            for instruction in state.handle(event, at: now) {
                switch instruction {
                case .send(let attempt, let job, let worker):
                    if let last = lastJobs[worker.value], job.value == last.value + 1 { continuedCount += 1 }
                    lastJobs[worker.value] = job
                    queues[worker.value].append(attempt)
                    if queues[worker.value].count == 1 { begin(worker.value) }
                case .cancel(let attempt):
                    for worker in queues.indices {
                        guard let place = queues[worker].firstIndex(of: attempt) else { continue }
                        queues[worker].remove(at: place)
                        if place == 0 { begin(worker) }
                    }
                case .wake(let time): wakes.append(time)
                case .finished: end = now
                default: break
                }
            }
        }

        private mutating func begin(_ worker: Int) {
            let jitter = 0.9 + 0.2 * Double(random.next() >> 11) * 0x1p-53
            ends[worker] = queues[worker].isEmpty ? nil : now + .milliseconds(Int(2000 * jitter * slowdown[worker]))
        }
    }

    /// The mean over some seeds.
    private func seconds(_ slowdown: [Double], jobs: Int) -> Double {
        let seeds = UInt64(1)...20
        return seeds.reduce(0) { sum, seed in
            var line = Line(slowdown: slowdown, seed: seed)
            return sum + line.seconds(jobs: jobs)
        } / Double(seeds.count)
    }

    @Test(arguments: [8, 16, 40, 100], [3, 10, 1000])
    func `a slow worker costs little more than a missing one`(jobs: Int, slowdown: Int) {
        let fewer = seconds([1, 1, 1], jobs: jobs)
        let slow = seconds([1, 1, Double(slowdown), 1], jobs: jobs)
        // Found: at most 1.02.
        #expect(slow <= 1.1 * fewer, "\(jobs) jobs: \(slow) s with a slow worker, \(fewer) s without it")
    }

    @Test(arguments: [8, 16, 40, 100])
    func `honest workers keep each other busy to the end`(jobs: Int) {
        let ideal = Double((jobs + 3) / 4) * 2
        #expect(seconds([1, 1, 1, 1], jobs: jobs) <= 1.15 * ideal)
    }

    @Test(arguments: [2, 4, 16])
    func `jobs that continue another go to the same worker, at no cost in time`(workers: Int) {
        for seed in UInt64(1)...20 {
            let slowdown = [Double](repeating: 1, count: workers)
            let (jobs, window) = (40 * workers, max(16, 4 * workers))
            var (plain, inRuns) = (Line(slowdown: slowdown, seed: seed), Line(slowdown: slowdown, seed: seed))
            let plainSeconds = plain.seconds(jobs: jobs, window: window)
            let seconds = inRuns.seconds(jobs: jobs, window: window, run: 4)
            // Found: at least 0.88 of them, in the same time.
            #expect(4 * inRuns.continuedCount >= 3 * jobs * 3 / 4, "\(inRuns.continuedCount) of \(jobs * 3 / 4), seed \(seed)")
            #expect(seconds <= 1.05 * plainSeconds, "\(seconds) s instead of \(plainSeconds), seed \(seed)")
        }
    }
}
