import Foundation
@testable import Primitives
@testable import Protocol
@testable import Scheduling
internal import Synchronization
import Testing

@testable import Coordinator

/// Workers that read an image themselves, and workers that do not.
struct ImageLocalityTests {
    /// A job on one image: `named NUMBER` for workers that read it under the name that they have given, `pixels NUMBER` for others.
    private static func jobs(_ count: Int) -> [DispatchJob<Int>] {
        let locality = ImageLocality(image: 7) {
            Data("question".utf8)
        } verdict: { answer in
            switch String(decoding: answer, as: UTF8.self) {
            case "yes": "disk"
            case "other pixels", "no": nil
            default: throw WireError.invalid("no answer")
            }
        }
        return (0..<count).map { number in
            DispatchJob(label: "tile \(number)", locality: locality) { name in
                Data("\(name ?? "pixels") \(number)".utf8)
            } accept: { data in
                let text = String(decoding: data, as: UTF8.self)
                guard text.hasPrefix("done "), let found = text.split(separator: " ").last.flatMap({ Int($0) }) else {
                    throw WireError.invalid(text)
                }
                return found
            }
        }
    }

    private func run(_ workers: [ScriptedWorker], jobs: Int = 40) async throws -> (delivered: [Int], counters: SchedulerCounters)
    {
        var settings = Dispatcher.Settings()
        settings.pollPause = .zero
        settings.limits.backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(5))
        settings.limits.busyPause = .milliseconds(1) ... .milliseconds(5)
        let roster = workers.indices.map { WorkerEndpoint(url: "http://worker/\($0)") }
        let dispatcher = Dispatcher(roster: roster, settings: settings) { endpoint in
            workers[Int(endpoint.url.split(separator: "/").last ?? "") ?? 0]
        }
        let delivered = Lock<[Int]>([])
        let summary = try await dispatcher.run(Self.jobs(jobs)) { _, number in delivered.withLock { $0.append(number) } }
        return (delivered.withLock { $0.sorted() }, summary.counters)
    }

    private static func answering(_ answer: String) -> ScriptedWorker {
        ScriptedWorker { job, _ in job == "question" ? .answer(.result(Data(answer.utf8))) : nil }
    }

    private static let refusal = JobAnswer.failed(ErrorDocument(code: "invalid", message: "no such file", retryable: false).error)

    @Test func `each worker gets what it can read, and is asked once`() async throws {
        let stranger = ScriptedWorker { job, _ in job == "question" ? .answer(Self.refusal) : nil }
        let workers = [Self.answering("yes"), Self.answering("other pixels"), Self.answering("no"), stranger]
        let (delivered, counters) = try await run(workers)
        #expect(delivered == Array(0..<40) && counters.attemptsRefused == 0)
        for (worker, form) in zip(workers, ["disk", "pixels", "pixels", "pixels"]) {
            let others = worker.submitted.filter { !$0.hasPrefix(form) }
            #expect(others.isEmpty || Set(others) == ["question"])
            // Of the two jobs that a worker may have at a time, each may have asked.
            #expect(others.count <= 2)
        }
    }

    @Test func `a file that goes away turns jobs into pixels, without blame`() async throws {
        let worker = ScriptedWorker { job, count in
            if job == "question" { return .answer(.result(Data("yes".utf8))) }
            return job.hasPrefix("disk") && count > 12 ? .answer(Self.refusal) : nil
        }
        let (delivered, counters) = try await run([worker])
        #expect(delivered == Array(0..<40))
        #expect(counters.attemptsRefused == 0 && counters.attemptsStarted == 40)
        #expect(worker.submitted.count { $0.hasPrefix("disk") } >= 5 && worker.submitted.count { $0.hasPrefix("pixels") } >= 20)
        // Once one has failed, the others are not tried, but for the two that a worker may have at a time.
        let after = worker.submitted.drop { !$0.hasPrefix("pixels") }
        #expect(after.count { $0.hasPrefix("disk") } <= 2)
    }

    @Test func `a job that fails with its pixels as well fails the run`() async throws {
        let worker = ScriptedWorker { job, _ in
            job == "question" ? .answer(.result(Data("yes".utf8))) : job.hasSuffix(" 3") ? .answer(Self.refusal) : nil
        }
        let error = await #expect(throws: RunError.self) { try await self.run([worker]) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("no such file"))
        #expect(worker.submitted.contains("disk 3") && worker.submitted.contains("pixels 3"))
    }

    @Test func `an answer that is none counts against the worker, and one that is busy is asked again`() async throws {
        let dissenter = Self.answering("perhaps")
        let asked = Lock(0)
        let busy = ScriptedWorker { job, _ in
            guard job == "question" else { return nil }
            let count = asked.withLock { count in
                count += 1
                return count
            }
            return .answer(count < 4 ? .busy(retryAfter: .zero) : .result(Data("yes".utf8)))
        }
        let (delivered, counters) = try await run([dissenter, busy])
        #expect(delivered == Array(0..<40) && counters.attemptsInvalid > 0)
        #expect(dissenter.submitted.allSatisfy { $0 == "question" })
        #expect(busy.submitted.contains { $0.hasPrefix("disk") } && !busy.submitted.contains { $0.hasPrefix("pixels") })
    }

    @Test func `a path is looked for as it is, and below folders that are mounted elsewhere`() {
        func names(_ path: String) -> [String] { SharedNames.names(of: path, countMax: 16) }
        #expect(names("/data/lab/a/b.tif") == ["/data/lab/a/b.tif", "lab/a/b.tif", "a/b.tif", "b.tif"])
        #expect(names("/b.tif") == ["/b.tif"])
        #expect(names("/" + (0..<40).map(String.init).joined(separator: "/")).count == 16)
    }
}
