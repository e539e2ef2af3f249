internal import FuzzHarness
internal import FuzzSamples

/// Every input is what one client sends on a connection of its own to a worker in this process.
///
/// The server's handlers run on threads of their own; what an input does to them is over when its connection ends.
@main
enum HTTPTarget {
    // libFuzzer calls on one thread.
    nonisolated(unsafe) private static let worker = FuzzedWorker()

    static func main() throws {
        try Fuzzing.main(seeds: HTTPSeeds.all) { input, count in
            HTTPTarget.worker.receive(Fuzzing.bytes(input, count))
            return 0
        }
    }
}
