/// A number of bytes that is shared out: who asks for more than is left waits for its turn, first come, first served.
///
/// A single claim larger than the whole budget is granted once nothing else is out.
actor ByteBudget {
    let bytesMax: Int
    private(set) var claimedBytes = 0
    private var waiters: [(bytes: Int, continuation: CheckedContinuation<Void, Never>)] = []

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Whether more than half is out.
    var isTight: Bool { claimedBytes > bytesMax / 2 }

    /// Waits until `bytes` are free, and claims them. Every claim must be released, by a task that was cancelled too.
    func claim(_ bytes: Int) async {
        if waiters.isEmpty, claimedBytes == 0 || claimedBytes + bytes <= bytesMax {
            claimedBytes += bytes
        } else {
            await withCheckedContinuation { waiters.append((bytes, $0)) }
        }
    }

    /// Changes a claim once its true size is known, without waiting.
    func correct(from estimate: Int, to bytes: Int) {
        claimedBytes += bytes - estimate
        grant()
    }

    func release(_ bytes: Int) {
        claimedBytes -= bytes
        precondition(claimedBytes >= 0, "\(-claimedBytes) bytes were released twice")
        grant()
    }

    private func grant() {
        var granted = 0
        for waiter in waiters {
            guard claimedBytes == 0 || claimedBytes + waiter.bytes <= bytesMax else { break }
            claimedBytes += waiter.bytes
            waiter.continuation.resume()
            granted += 1
        }
        waiters.removeFirst(granted)
    }
}
