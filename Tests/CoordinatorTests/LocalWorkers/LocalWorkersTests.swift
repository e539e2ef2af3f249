import Foundation
import Glibc
@testable import Scheduling
import Testing

@testable import Coordinator

/// A shell script that stands in for a worker.
///
/// It is given to the shell as an argument: a file that was just written cannot be executed while a process that another thread
/// is starting still holds a copy of the descriptor that it was written through.
private struct FakeWorker {
    let directory: URL
    var path: String { directory.appending(path: "worker").path }

    init(_ body: String) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "coppice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data("#!/bin/sh\n\(body)\n".utf8).write(to: directory.appending(path: "worker"))
        chmod(path, 0o755)
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }

    func start(_ arguments: [String] = [], lineLimit: Duration = .seconds(10)) throws -> ChildProcess {
        try ChildProcess(
            executable: "/bin/sh", arguments: [path] + arguments, environment: ProcessInfo.processInfo.environment,
            lineLimit: lineLimit)
    }

    func settings(count: Int = 1) -> LocalWorkers.Settings {
        var settings = LocalWorkers.Settings(count: count, executable: "/bin/sh")
        settings.arguments.insert(path, at: 0)
        settings.backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(4))
        return settings
    }
}

/// Says where it listens, then lives until its input ends.
private let obedient = #"echo "{\"url\":\"http://127.0.0.1:1/$$/$COPPICE_TOKEN\"}"; exec cat > /dev/null"#

@Suite struct ChildProcessTests {
    @Test func `the first line is read and the end of input ends the process`() async throws {
        let worker = try FakeWorker("echo hello; exec cat > /dev/null")
        defer { worker.remove() }
        let child = try worker.start()
        #expect(await child.line == "hello")
        child.closeInput()
        let exit = await child.exit
        #expect(exit.status == 0)
        #expect(exit.peakBytes > 0)
    }

    @Test func `a process started later does not hold the input of an earlier one open`() async throws {
        let worker = try FakeWorker("echo hello; exec cat > /dev/null")
        defer { worker.remove() }
        let first = try worker.start()
        let second = try worker.start()
        #expect(await first.line == "hello")
        #expect(await second.line == "hello")
        first.closeInput()
        #expect(await first.exit.status == 0)
        second.closeInput()
        #expect(await second.exit.status == 0)
    }

    @Test func `a child inherits no descriptor but the standard three`() async throws {
        // The listing itself holds one more descriptor, of the directory that it lists.
        let worker = try FakeWorker("echo $(ls /proc/self/fd | tr '\\n' ' ')")
        defer { worker.remove() }
        let leak = open("/dev/null", O_RDONLY)
        defer { close(leak) }
        let child = try worker.start()
        #expect(await child.line == "0 1 2 3")
        _ = await child.exit
    }

    @Test func `an ignored signal is not ignored in the child`() async throws {
        let worker = try FakeWorker("echo ready; kill -PIPE $$; exec cat > /dev/null")
        defer { worker.remove() }
        let before = Glibc.signal(SIGPIPE, SIG_IGN)
        defer { _ = Glibc.signal(SIGPIPE, before) }
        let child = try worker.start()
        #expect(await child.exit.signal == SIGPIPE)
    }

    @Test func `no line in time is no line`() async throws {
        let worker = try FakeWorker("exec cat > /dev/null")
        defer { worker.remove() }
        let child = try worker.start(lineLimit: .milliseconds(20))
        #expect(await child.line == nil)
        child.closeInput()
        _ = await child.exit
    }

    @Test func `a process that ignores the request to end is killed`() async throws {
        let worker = try FakeWorker("trap '' TERM; echo ready; while :; do sleep 1; done")
        defer { worker.remove() }
        let child = try worker.start()
        #expect(await child.line == "ready")
        child.stop(grace: .milliseconds(20))
        #expect(await child.exit.signal == SIGKILL)
    }

    @Test func `a program that does not exist is an error`() {
        #expect(throws: SpawnError.self) {
            try ChildProcess(executable: "/nonexistent", arguments: [], environment: [:], lineLimit: .seconds(1))
        }
    }
}

@Suite struct LocalWorkersTests {
    private enum Event: Equatable {
        case started(WorkerEndpoint)
        case ended(WorkerEndpoint)
    }

    /// Supervises workers until `body` returns, which gets what happens.
    private func supervise(
        _ workers: LocalWorkers, _ body: @Sendable (inout AsyncStream<Event>.Iterator) async throws -> Void
    ) async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await workers.supervise { endpoint in
                    continuation.yield(.started(endpoint))
                    return endpoint
                } onEnd: { endpoint, _ in
                    continuation.yield(.ended(endpoint))
                }
                continuation.finish()
            }
            defer { group.cancelAll() }
            var iterator = events.makeAsyncIterator()
            try await body(&iterator)
        }
    }

    private func pid(_ endpoint: WorkerEndpoint) throws -> pid_t {
        try #require(endpoint.url.split(separator: "/").dropLast().last.flatMap { pid_t($0) })
    }

    @Test func `workers start with a secret of 256 bits that is in no argument`() async throws {
        let worker = try FakeWorker(#"case "$*" in *[0-9a-f][0-9a-f][0-9a-f][0-9a-f]*) exit 9;; esac; "# + obedient)
        defer { worker.remove() }
        try await supervise(LocalWorkers(worker.settings(count: 3))) { events in
            var tokens: Set<String> = []
            for _ in 0..<3 {
                guard case .started(let endpoint)? = await events.next() else {
                    Issue.record("no worker started")
                    return
                }
                let token = try #require(endpoint.token)
                #expect(token.count == 64)
                #expect(endpoint.url.hasSuffix(token))
                #expect(!endpoint.description.contains("token"))
                tokens.insert(token)
            }
            #expect(tokens.count == 1)
        }
    }

    @Test func `a worker that dies is started again and joins anew`() async throws {
        let worker = try FakeWorker(obedient)
        defer { worker.remove() }
        let workers = LocalWorkers(worker.settings())
        try await supervise(workers) { events in
            guard case .started(let first)? = await events.next() else {
                Issue.record("no worker started")
                return
            }
            kill(try pid(first), SIGKILL)
            #expect(await events.next() == .ended(first))
            guard case .started(let second)? = await events.next() else {
                Issue.record("not started again")
                return
            }
            #expect(second.url != first.url)
        }
        #expect(workers.peakBytes > 0)
    }

    @Test func `a worker that cannot start is given up after its restarts`() async throws {
        let worker = try FakeWorker("echo x >> \"$(dirname \"$0\")/starts\"; exit 3")
        defer { worker.remove() }
        try await supervise(LocalWorkers(worker.settings())) { events in
            #expect(await events.next() == nil)
        }
        let starts = try String(contentsOf: worker.directory.appending(path: "starts"), encoding: .utf8)
        #expect(starts.split(separator: "\n").count == 6)
    }

    @Test func `a server's worker is started until it stays`() async throws {
        let worker = try FakeWorker(
            "starts=\"$(dirname \"$0\")/starts\"; echo x >> \"$starts\"; [ \"$(wc -l < \"$starts\")\" -gt 8 ] || exit 3\n"
                + obedient)
        defer { worker.remove() }
        var settings = worker.settings()
        settings.restartsMax = nil
        try await supervise(LocalWorkers(settings)) { events in
            guard case .started? = await events.next() else {
                Issue.record("given up")
                return
            }
        }
    }

    @Test func `nonsense on standard output is no worker`() async throws {
        let worker = try FakeWorker("echo listening; exec cat > /dev/null")
        defer { worker.remove() }
        var settings = worker.settings()
        settings.restartsMax = 0
        try await supervise(LocalWorkers(settings)) { events in
            #expect(await events.next() == nil)
        }
    }

    @Test func `workers end with their supervisor and are collected`() async throws {
        let worker = try FakeWorker(obedient)
        defer { worker.remove() }
        let pids = OneShot<[pid_t]>()
        try await supervise(LocalWorkers(worker.settings(count: 2))) { events in
            var found: [pid_t] = []
            while found.count < 2, case .started(let endpoint)? = await events.next() { found.append(try pid(endpoint)) }
            pids.set(found)
        }
        for pid in await pids.value {
            #expect(kill(pid, 0) == -1)
            #expect(errno == ESRCH)
        }
    }

    @Test func `the program is looked for in the environment first`() throws {
        let worker = try FakeWorker("exit 0")
        defer { worker.remove() }
        #expect(try LocalWorkerProgram.find(environment: ["COPPICE_WORKER": worker.path]) == worker.path)
        #expect(throws: LocalWorkerError.self) {
            try LocalWorkerProgram.find(environment: ["COPPICE_WORKER": "/nonexistent"])
        }
        #expect(throws: LocalWorkerError.self) {
            try LocalWorkerProgram.find(environment: ["COPPICE_WORKER": worker.directory.path])
        }
    }
}
