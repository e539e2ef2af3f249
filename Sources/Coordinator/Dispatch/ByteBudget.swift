internal import Primitives
internal import Synchronization

/// A number of bytes that is shared out: who asks for more than is left waits for its turn, first come, first served.
///
/// A single claim larger than the whole budget is granted once nothing else is out. Safe to use from any task.
final class ByteBudget: Sendable {
    private struct State {
        var claimedBytes = 0
        var waiters: [(bytes: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let bytesMax: Int
    private let state = Lock(State())

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var claimedBytes: Int { state.withLock { $0.claimedBytes } }

    /// Whether more than half is out.
    var isTight: Bool { claimedBytes > bytesMax / 2 }

    /// Waits until `bytes` are free, and claims them. Every claim must be released, by a task that was cancelled too.
    func claim(_ bytes: Int) async {
        if claimNow(bytes) { return }
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiters.append((bytes, continuation)) }
            // What was out may have come back in between.
            grant { _ in }
        }
    }

    /// Changes a claim once its true size is known, without waiting.
    func correct(from estimate: Int, to bytes: Int) { grant { $0 += bytes - estimate } }

    func release(_ bytes: Int) {
        grant { claimedBytes in
            claimedBytes -= bytes
            precondition(claimedBytes >= 0, "\(-claimedBytes) bytes were released twice")
        }
    }

    private func claimNow(_ bytes: Int) -> Bool {
        state.withLock { state in
            guard state.waiters.isEmpty, hasRoom(for: bytes, beside: state.claimedBytes) else { return false }
            state.claimedBytes += bytes
            return true
        }
    }

    /// Changes what is claimed, and lets those go on who have room now.
    private func grant(after change: (_ claimedBytes: inout Int) -> Void) {
        let granted = state.withLock { state in
            change(&state.claimedBytes)
            var count = 0
            for waiter in state.waiters {
                guard hasRoom(for: waiter.bytes, beside: state.claimedBytes) else { break }
                state.claimedBytes += waiter.bytes
                count += 1
            }
            defer { state.waiters.removeFirst(count) }
            return state.waiters.prefix(count).map(\.continuation)
        }
        for continuation in granted { continuation.resume() }
    }

    private func hasRoom(for bytes: Int, beside claimedBytes: Int) -> Bool {
        claimedBytes == 0 || claimedBytes + bytes <= bytesMax
    }
}
