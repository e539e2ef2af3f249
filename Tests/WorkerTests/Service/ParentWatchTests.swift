internal import Foundation
internal import Glibc
internal import Testing

@testable import Worker

@Suite struct ParentWatchTests {
    @Test func `the end of the input is noticed, and what is written before is not mistaken for it`() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let writeEnd = ends[1]
        let (goings, continuation) = AsyncStream.makeStream(of: Void.self)
        ParentWatch.start(input: ends[0]) { continuation.finish() }
        try #require(write(writeEnd, "x", 1) == 1)
        close(writeEnd)
        // Ends when the watch has called.
        for await _ in goings {}
    }
}
