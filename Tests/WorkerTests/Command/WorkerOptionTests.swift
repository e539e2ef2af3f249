internal import ArgumentParser
internal import Testing

@testable import Worker

@Suite struct WorkerOptionTests {
    @Test(arguments: [
        (["--host", "0.0.0.0"], "token"), (["--slots", "0"], "--slots"), (["--memory", "1M"], "--memory"),
        (["--memory", "lots"], "--memory"), (["--port", "70000"], "--port"), (["--log-level", "loud"], "--log-level"),
    ])
    func `an option out of its range is a usage error that names it`(arguments: [String], named: String) async throws {
        let command = try CoppiceWorker.parse(arguments)
        let error = await #expect(throws: StartError.self) { try await command.serve() }
        #expect(error?.code == .usage)
        #expect(error?.message.contains(named) == true)
    }
}
