/// Attempts with the moments at which their leases end.
///
/// All leases are equally long and time does not go back, so the order in which they were renewed is the order in which they end:
/// a list suffices, whose last element is the one renewed last.
///
/// - Complexity: O(1) a call, but for `renewAll`.
struct LeaseQueue: Sendable {
    private struct Link: Sendable {
        var due: Duration
        var previous: AttemptIndex?
        var next: AttemptIndex?
    }

    private var links = IndexTable<AttemptIndex, Link>()
    private var head: AttemptIndex?
    private var tail: AttemptIndex?

    /// The lease that ends first.
    var first: (attempt: AttemptIndex, due: Duration)? {
        guard let head, let due = links[head]?.due else { return nil }
        return (head, due)
    }

    func contains(_ attempt: AttemptIndex) -> Bool { links.contains(attempt) }

    /// When the attempt's lease ends, if it has one.
    func due(of attempt: AttemptIndex) -> Duration? { links[attempt]?.due }

    /// Starts the attempt's lease anew. No other may end later.
    mutating func renew(_ attempt: AttemptIndex, until due: Duration) {
        if tail == attempt {
            links[attempt]?.due = due
            return
        }
        remove(attempt)
        if let tail {
            precondition(
                links[tail].map { $0.due <= due } ?? false, "\(attempt): a lease that ends at \(due), before an older one")
            links[tail]?.next = attempt
        } else {
            head = attempt
        }
        links[attempt] = Link(due: due, previous: tail, next: nil)
        tail = attempt
    }

    /// Starts every lease anew.
    ///
    /// - Complexity: O(n).
    mutating func renewAll(until due: Duration) {
        var attempt = head
        while let current = attempt {
            links[current]?.due = due
            attempt = links[current]?.next
        }
    }

    mutating func remove(_ attempt: AttemptIndex) {
        guard let link = links.removeValue(forKey: attempt) else { return }
        if let previous = link.previous { links[previous]?.next = link.next } else { head = link.next }
        if let next = link.next { links[next]?.previous = link.previous } else { tail = link.previous }
    }
}
