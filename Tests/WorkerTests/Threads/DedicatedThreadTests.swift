internal import Testing

@testable import Worker

@Suite struct DedicatedThreadTests {
    @Test func `work is done in order, on one thread, with one context`() async {
        let thread = DedicatedThread(name: "test", niceness: 0, makeContext: { [Int]() })
        for number in 0..<100 { thread.post { $0.append(number) } }
        let numbers = await thread.run { $0 }
        #expect(numbers == Array(0..<100))
    }

    @Test func `work that was posted is done even when nobody keeps the thread`() async {
        let (done, continuation) = AsyncStream.makeStream(of: Void.self)
        do {
            let thread = DedicatedThread(name: "test", niceness: 0, makeContext: {})
            thread.post { _ in continuation.finish() }
        }
        for await _ in done {}
    }
}
