internal import Synchronization
import Testing

@testable import Primitives

@Suite struct CancellationFlagTests {
    private final class Count: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
        func increment() { count.add(1, ordering: .relaxed) }
    }

    @Test func `a handler is called once when the flag is raised, and not after its time`() {
        let flag = CancellationFlag()
        let (during, before) = (Count(), Count())
        flag.withHandler({ before.increment() }) {}
        flag.withHandler({ during.increment() }) {
            flag.raise()
            flag.raise()
        }
        #expect(during.value == 1)
        #expect(before.value == 0)
    }

    @Test func `a flag that was raised before calls a handler at once`() {
        let flag = CancellationFlag()
        flag.raise()
        let count = Count()
        flag.withHandler({ count.increment() }) { #expect(count.value == 1) }
        #expect(count.value == 1)
    }

    @Test func `whoever waits goes on when the flag is raised`() {
        let flag = CancellationFlag()
        flag.withHandler({}) { flag.raise() }
        // The test would not end here if the flag were not heard.
        flag.wait(upTo: .seconds(3600))
        flag.wait(upTo: .zero)
        CancellationFlag().wait(upTo: .milliseconds(1))
    }
}
