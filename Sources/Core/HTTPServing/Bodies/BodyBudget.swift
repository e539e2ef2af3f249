internal import Primitives
internal import Synchronization

/// Memory for request bodies that are being received, decoded or computed on, shared by all connections.
package final class BodyBudget: Sendable {
    /// Bytes for all bodies together.
    package let bytesMax: Int
    private let used = Lock(0)

    package init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Bytes lent at the moment.
    package var bytesUsed: Int { used.withLock(\.self) }

    /// A lease of no bytes yet.
    package func lease() -> BodyLease { BodyLease(of: self) }

    fileprivate func take(_ byteCount: Int) -> Bool {
        used.withLock { used in
            guard byteCount <= bytesMax - used else { return false }
            used += byteCount
            return true
        }
    }

    fileprivate func giveBack(_ byteCount: Int) { used.withLock { $0 -= byteCount } }
}

/// One body's share of the budget, given back when the last owner lets go of it.
package final class BodyLease: Sendable {
    private let budget: BodyBudget
    private let held = Lock(0)

    fileprivate init(of budget: BodyBudget) { self.budget = budget }

    /// Makes the lease at least `byteCount` bytes; false when the budget has no room for that.
    package func grow(to byteCount: Int) -> Bool {
        held.withLock { held in
            guard byteCount > held else { return true }
            guard budget.take(byteCount - held) else { return false }
            held = byteCount
            return true
        }
    }

    /// Gives everything back before the last owner lets go.
    package func end() {
        budget.giveBack(
            held.withLock { held in
                defer { held = 0 }
                return held
            })
    }

    deinit { budget.giveBack(held.withLock(\.self)) }
}
