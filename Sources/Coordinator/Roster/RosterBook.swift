internal import Scheduling

/// Which workers a list had, and what is to be done when it has others.
///
/// A worker is its URL and, where the list tells, its instance: what comes back with the same identity is the worker that was known
/// before; with another one it is a new worker.
struct RosterBook: Sendable {
    /// In the order in which they are to be made.
    enum Change: Equatable, Sendable {
        /// The worker was removed from the list: it finishes its jobs and receives no new ones.
        case retire(WorkerIndex)
        /// The worker is listed again.
        case reinstate(WorkerIndex)
        /// A worker that was never seen: to be told to `joined`.
        case join(RosterEntry)
    }

    /// The most workers that one command ever takes.
    static let workersMax = 10_000

    private struct Member {
        let index: WorkerIndex
        var isListed = true
    }

    private var members: [RosterEntry: Member] = [:]
    /// Whether a worker was left out because there are too many.
    private(set) var isFull = false

    /// What makes the workers those of the list. Of several entries with one URL, the last counts.
    ///
    /// - Complexity: O(n log n) in the workers listed and known.
    mutating func changes(to entries: [RosterEntry]) -> [Change] {
        var byURL: [WorkerURL: RosterEntry] = [:]
        for entry in entries { byURL[entry.url] = entry }
        let listed = Set(byURL.values)
        var changes: [Change] = []
        for (entry, member) in members.sorted(by: { $0.value.index < $1.value.index }) {
            guard member.isListed != listed.contains(entry) else { continue }
            members[entry]?.isListed = !member.isListed
            changes.append(member.isListed ? .retire(member.index) : .reinstate(member.index))
        }
        let new = listed.filter { members[$0] == nil }.sorted { $0.url.text < $1.url.text }
        let room = max(0, Self.workersMax - members.count)
        isFull = isFull || new.count > room
        return changes + new.prefix(room).map(Change.join)
    }

    /// Notes under which index a new worker is known from now on.
    mutating func joined(_ entry: RosterEntry, as index: WorkerIndex) { members[entry] = Member(index: index) }
}
