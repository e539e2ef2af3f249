internal import Primitives
internal import Synchronization

/// What the compressed arrays of one document may unpack to, all together: a small document must not become a large one.
final class InflationAllowance: Sendable {
    let bytesMax: Int
    private let taken = Mutex(0)

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Takes `byteCount` bytes; false if there are not as many left.
    func take(_ byteCount: Int) -> Bool {
        taken.withLock { taken in
            guard byteCount <= bytesMax - taken else { return false }
            taken += byteCount
            return true
        }
    }
}
