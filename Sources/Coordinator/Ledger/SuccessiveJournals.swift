internal import Foundation
internal import Primitives
internal import Scheduling
internal import Synchronization

/// The results of phases whose jobs come one phase after the other in one run: each phase's jobs are counted from its own first one.
final class SuccessiveJournals: ResultJournal {
    private struct Part {
        /// The position in the run of the phase's first job.
        let first: Int
        let journal: any ResultJournal
    }

    private let parts = Mutex<[Part]>([])

    /// The jobs from `first` on, up to those of the next phase, are of the phase of `journal`.
    func append(_ journal: any ResultJournal, from first: Int) {
        parts.withLock { parts in
            precondition(first >= parts.last?.first ?? 0, "job \(first) came before job \(parts.last?.first ?? 0)")
            parts.append(Part(first: first, journal: journal))
        }
    }

    func mayHold(_ job: JobIndex) -> Bool {
        let (journal, place) = place(of: job)
        return journal.mayHold(place)
    }

    func result(of job: JobIndex) throws -> Data? {
        let (journal, place) = place(of: job)
        return try journal.result(of: place)
    }

    func forget(_ job: JobIndex) throws {
        let (journal, place) = place(of: job)
        try journal.forget(place)
    }

    func keep(_ result: Data, of job: JobIndex) async throws {
        let (journal, place) = place(of: job)
        try await journal.keep(result, of: place)
    }

    private func place(of job: JobIndex) -> (any ResultJournal, JobIndex) {
        parts.withLock { parts in
            // The last part that begins at or before the job; a phase without jobs shares its place with the next.
            var (low, high) = (0, parts.count)
            while low < high {
                let middle = (low + high) / 2
                if parts[middle].first <= job.value { low = middle + 1 } else { high = middle }
            }
            precondition(low > 0, "\(job) is of no phase")
            return (parts[low - 1].journal, JobIndex(job.value - parts[low - 1].first))
        }
    }
}
