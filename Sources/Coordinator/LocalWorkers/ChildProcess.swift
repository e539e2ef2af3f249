internal import CSpawn
import Foundation
import Glibc
internal import Machine
internal import Primitives
internal import Synchronization

/// A process of ours, from its start to the collection of its exit status.
///
/// Its standard input is a pipe whose only writing end is here, so that it sees end-of-file when this process ends, however that
/// comes about. It inherits standard error, and no other descriptor. It is in a process group of its own, so that Ctrl-C reaches
/// this process alone, which then decides.
final class ChildProcess: Sendable {
    /// How a process ended.
    struct Exit: Equatable, Sendable, CustomStringConvertible {
        /// Of `exit`, nil after a signal.
        let status: Int32?
        let signal: Int32?
        /// The largest resident size it ever had.
        let peakBytes: Int

        var description: String {
            status.map { "exited with status \($0)" } ?? "killed by signal \(signal ?? 0)"
        }
    }

    let pid: pid_t
    private let firstLine = OneShot<String?>()
    private let end = OneShot<Exit>()

    private struct State {
        /// The writing end of the standard input, nil once it is closed.
        var input: Int32?
        /// Once collected, `pid` may belong to a stranger.
        var isCollected = false
    }
    private let state: Lock<State>

    /// A line of standard output is no longer than this.
    private static let lineBytesMax = 4096

    /// Starts `executable`, a path, and reads its first line of standard output for at most `lineLimit`.
    init(
        executable: String, arguments: [String], environment: [String: String], lineLimit: Duration
    ) throws(SpawnError) {
        var input = Pipe()
        var output = Pipe()
        defer {
            input.close()
            output.close()
        }
        try input.open()
        try output.open()
        pid = try Self.spawn(executable, arguments, environment, input: input.reading, output: output.writing)
        state = Lock(State(input: input.takeWriting()))
        let reading = output.takeReading()
        let thread = Thread { [self] in watch(reading, lineLimit: lineLimit) }
        thread.name = "coppice-child"
        thread.stackSize = 256 << 10
        thread.start()
    }

    /// The first line of standard output without its end, nil if none came in time or before the process ended.
    var line: String? { get async { await firstLine.value } }

    /// Waits for the end of the process, also in a task that was cancelled.
    var exit: Exit { get async { await end.value } }

    /// Sends a signal, unless the process has ended.
    func signal(_ number: Int32) {
        state.withLock { state in
            if !state.isCollected { _ = kill(pid, number) }
        }
    }

    /// Closes the process's standard input.
    func closeInput() {
        state.withLock { state in
            if let input = state.input { close(input) }
            state.input = nil
        }
    }

    /// Asks the process to end, by end-of-file and SIGTERM, and kills it after `grace`. Returns at once; see `exit`.
    func stop(grace: Duration) {
        closeInput()
        signal(SIGTERM)
        DispatchQueue.global().asyncAfter(deadline: .now() + grace / .seconds(1)) { self.signal(SIGKILL) }
    }

    /// The body of the process's thread here: reads the first line, then waits for the end and collects it.
    private func watch(_ output: Int32, lineLimit: Duration) {
        firstLine.set(Self.readLine(from: output, within: lineLimit))
        // Waits without collecting, so that between the end and the lock `pid` still names this process.
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        var status: Int32 = 0
        var usage = rusage()
        state.withLock { state in
            while wait4(pid, &status, 0, &usage) == -1, errno == EINTR {}
            state.isCollected = true
        }
        close(output)
        closeInput()
        let number = status & 0x7f
        end.set(
            Exit(
                status: number == 0 ? (status >> 8) & 0xff : nil, signal: number == 0 ? nil : number,
                peakBytes: usage.ru_maxrss * 1024))
    }

    private static func readLine(from output: Int32, within limit: Duration) -> String? {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 512)
        while line.count <= lineBytesMax {
            let left = clock.now.duration(to: deadline) / .milliseconds(1)
            var request = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            let answer = poll(&request, 1, Int32(max(0, left.rounded(.up))))
            if answer == -1, errno == EINTR { continue }
            guard answer > 0 else { return nil }
            let count = read(output, &chunk, chunk.count)
            if count == -1, errno == EINTR { continue }
            guard count > 0 else { return nil }
            line += chunk.prefix(count)
            if let end = line.firstIndex(of: UInt8(ascii: "\n")) { return String(decoding: line[..<end], as: UTF8.self) }
        }
        return nil
    }
}

/// Why a process was not started.
struct SpawnError: Error, Sendable, CustomStringConvertible {
    let description: String

    init(_ what: String, _ code: Int32) { description = "\(what): \(SystemReason.text(code))" }
}

/// Two ends of a pipe that no child inherits; what is not taken is closed by `close`.
private struct Pipe {
    var reading: Int32 = -1
    var writing: Int32 = -1

    mutating func open() throws(SpawnError) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SpawnError("cannot make a pipe", errno) }
        (reading, writing) = (ends[0], ends[1])
    }

    mutating func takeReading() -> Int32 {
        defer { reading = -1 }
        return reading
    }

    mutating func takeWriting() -> Int32 {
        defer { writing = -1 }
        return writing
    }

    mutating func close() {
        for end in [reading, writing] where end >= 0 { _ = Glibc.close(end) }
        (reading, writing) = (-1, -1)
    }
}

extension ChildProcess {
    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String: String], input: Int32, output: Int32
    ) throws(SpawnError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)

        // Signals that this process ignores or blocks must not be so there, but for those that it was told to ignore.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        for number in InheritedSignals.ignored { sigdelset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var argv = ([executable] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, executable, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw SpawnError("cannot start \(executable)", code) }
        return pid
    }
}
