internal import Foundation
internal import Primitives
internal import struct Synchronization.Atomic

/// Threads with a slot each, which share out pieces of work among them.
///
/// `@unchecked Sendable`: in `run` thread k touches `slots[k]` alone, and two runs of a team never overlap.
final class SlotTeam: @unchecked Sendable {
    private let slots: [Slot]

    init(threads: Int) { slots = (0..<threads).map { _ in Slot() } }

    /// Does the pieces `0 ..< count`, each thread taking the next one as soon as it is free, and returns when all are done.
    ///
    /// - Throws: the first error of a piece; pieces not begun by then are left out.
    func run(_ count: Int, _ piece: @escaping @Sendable (Slot, Int) throws -> Void) throws {
        let progress = Progress(count: count)
        let done = DispatchGroup()
        for index in slots.indices {
            done.enter()
            let thread = Thread { [self] in
                while let next = progress.next() {
                    do {
                        try piece(slots[index], next)
                    } catch {
                        progress.stop(error)
                    }
                }
                done.leave()
            }
            // As much as a worker's slot has.
            thread.stackSize = 8 << 20
            thread.start()
        }
        done.wait()
        if let error = progress.failure { throw error }
    }

    /// The pieces that are left.
    private final class Progress: Sendable {
        private let count: Int
        private let taken = Atomic(0)
        private let firstFailure = Lock<(any Error)?>(nil)

        init(count: Int) { self.count = count }

        var failure: (any Error)? { firstFailure.withLock { $0 } }

        func next() -> Int? {
            let index = taken.add(1, ordering: .relaxed).oldValue
            return index < count ? index : nil
        }

        func stop(_ error: any Error) {
            firstFailure.withLock { $0 = $0 ?? error }
            taken.store(count, ordering: .relaxed)
        }
    }
}
