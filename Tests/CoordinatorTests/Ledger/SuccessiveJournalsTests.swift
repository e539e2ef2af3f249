import Foundation
@testable import Primitives
@testable import Scheduling
internal import Synchronization
import Testing

@testable import Coordinator

@Suite struct SuccessiveJournalsTests {
    /// Writes down what it is asked.
    private final class Notebook: ResultJournal {
        let calls = Lock<[String]>([])
        func mayHold(_ job: JobIndex) -> Bool { note("may", job) && job.value == 0 }
        func result(of job: JobIndex) throws -> Data? { note("result", job) ? Data("\(job.value)".utf8) : nil }
        func forget(_ job: JobIndex) throws { _ = note("forget", job) }
        func keep(_ result: Data, of job: JobIndex) async throws { _ = note("keep", job) }
        private func note(_ what: String, _ job: JobIndex) -> Bool {
            calls.withLock { $0.append("\(what) \(job.value)") }
            return true
        }
    }

    @Test func `jobs are counted from the first one of their phase`() async throws {
        let (first, second, third) = (Notebook(), Notebook(), Notebook())
        let journals = SuccessiveJournals()
        journals.append(first, from: 0)
        #expect(journals.mayHold(JobIndex(0)))
        #expect(!journals.mayHold(JobIndex(4)))
        // A phase that had no job, and another that begins where it does.
        journals.append(second, from: 5)
        journals.append(third, from: 5)
        #expect(try journals.result(of: JobIndex(5)) == Data("0".utf8))
        try journals.forget(JobIndex(7))
        try await journals.keep(Data(), of: JobIndex(4))
        #expect(first.calls.withLock { $0 } == ["may 0", "may 4", "keep 4"])
        #expect(second.calls.withLock { $0 } == [])
        #expect(third.calls.withLock { $0 } == ["result 0", "forget 2"])
    }
}
