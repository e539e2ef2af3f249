@testable import Primitives
@testable import Scheduling
import Testing

@testable import Coordinator

@Suite struct SchedulingStructureTests {
    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `a queue gives its elements in order of priority through any history`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var queue = PriorityQueue<Int, Int>()
        var model: [Int: Int] = [:]
        for _ in 0..<500 {
            let element = Int(random.next() % 40)
            switch random.next() % 4 {
            case 0, 1:
                let priority = Int(random.next() % 20)
                queue.set(element, to: priority)
                model[element] = priority
            case 2:
                queue.remove(element)
                model[element] = nil
            default:
                let first = queue.popFirst()
                #expect(first.flatMap { model[$0] } == model.values.min())
                if let first { model[first] = nil }
            }
            #expect(queue.count == model.count)
            #expect(queue.first?.priority == model.values.min())
            #expect(queue.priority(of: element) == model[element])
        }
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `jobs wait in order, but for those that continue the last one of whoever asks`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var queue = JobQueue(of: RunIndex(0))
        var (added, fresh, continuing, lent, returned): (Int, Set<Int>, Set<Int>, [Int], Set<Int>) = (0, [], [], [], [])
        var lasts = [JobIndex?](repeating: nil, count: 3)
        for _ in 0..<500 {
            let asking = Int(random.next() % 3)
            switch random.next() % 5 {
            case 0, 1:
                let continues = added > 0 && random.next() % 4 != 0
                queue.add(JobIndex(added), continuesPrevious: continues)
                fresh.insert(added)
                if continues { continuing.insert(added) }
                added += 1
            case 2 where !lent.isEmpty:
                let job = lent.remove(at: Int(random.next() % UInt64(lent.count)))
                queue.putBack(JobIndex(job))
                returned.insert(job)
            default:
                let next = lasts[asking].map { $0.value + 1 }.flatMap { continuing.contains($0) && fresh.contains($0) ? $0 : nil }
                let expected = returned.min() ?? next ?? fresh.subtracting(continuing).min() ?? fresh.min()
                let found = queue.pop(after: lasts[asking])
                #expect(found?.value == expected)
                guard let found else { break }
                fresh.remove(found.value)
                returned.remove(found.value)
                lent.append(found.value)
                lasts[asking] = found
            }
            #expect(queue.count == fresh.count + returned.count)
            #expect((0..<added).allSatisfy { queue.contains(JobIndex($0)) == (fresh.contains($0) || returned.contains($0)) })
        }
    }

    @Test func `the median is that of the last durations`() {
        var random = SplitMix64(seed: 3)
        var median = RunningMedian()
        var all: [Duration] = []
        #expect(median.value == nil)
        for _ in 0..<500 {
            all.append(.milliseconds(Int(random.next() % 50)))
            median.add(all[all.count - 1])
            let window = all.suffix(RunningMedian.windowCount).sorted()
            #expect(median.value == window[window.count / 2])
        }
    }

    @Test func `a pause lies between half and all of its doubled length`() {
        var random = SplitMix64(seed: 4)
        let backoff = Backoff(first: .milliseconds(100), longest: .seconds(1))
        for failures in 1...80 {
            let full = min(Duration.milliseconds(100) * (1 << min(failures - 1, 20)), .seconds(1))
            let pause = backoff.pause(afterFailures: failures, using: &random)
            #expect(pause >= full / 2 && pause <= full)
        }
    }

    @Test func `a budget is granted in turn and never exceeded but by a single claim`() async {
        let budget = ByteBudget(bytesMax: 100)
        await budget.claim(250)
        #expect(budget.isTight)
        async let second: Void = budget.claim(60)
        budget.correct(from: 250, to: 200)
        #expect(budget.claimedBytes >= 200)
        budget.release(200)
        await second
        #expect(budget.claimedBytes == 60)
        budget.release(60)
        #expect(budget.claimedBytes == 0)
    }
}
