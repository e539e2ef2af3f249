internal import Formats
internal import Foundation
internal import Machine
internal import Primitives
internal import Synchronization

/// The right to work in a run directory: of one process at a time, and given back by the system however the process ends.
///
/// The file `lock` is never removed. It says who holds the lock, for people.
package final class RunLock: Sendable {
    /// nil once it is given back.
    private let descriptor: Lock<Int32?>

    /// Somebody who only looks whether the lock is held has it for an instant: so often, and so far apart, is it asked for.
    private static let triesMax = 5
    private static let tryMicroseconds: UInt32 = 10_000

    /// - Parameters:
    ///   - subject: what the directory is, for messages.
    ///   - expected: what it is when no other process has the lock.
    ///   - advice: what to do when another process has the lock.
    /// - Throws: an I/O error that names the process that has the lock, or the system's reason.
    package init(
        directory: String, subject: String = "run", expected: String = "a directory that no other process works in",
        advice: String = "wait for it, end it, or use another --run-dir"
    ) throws(CoordinatorError) {
        func failure(_ reason: String) -> CoordinatorError {
            CoordinatorError(.inputOutput, "\(subject) \(directory): \(reason)")
        }
        let path = Self.path(in: directory)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            let own = FileSystem.reason(errno, at: path)
            let reason = FileSystem.obstacle(toWritingIn: directory) ?? "lock: \(own)"
            throw failure(reason)
        }
        var tries = 1
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else {
                close(descriptor)
                throw failure("lock: \(SystemReason.text(code))")
            }
            guard tries < Self.triesMax else {
                close(descriptor)
                throw failure("expected \(expected), found \(Self.holder(in: directory) ?? "another"); \(advice)")
            }
            tries += 1
            usleep(Self.tryMicroseconds)
        }
        let holder = Data("\(Self.process)\n".utf8)
        let isWritten =
            ftruncate(descriptor, 0) == 0
            && holder.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) } == holder.count
        guard isWritten else {
            let code = errno
            close(descriptor)
            throw failure("lock: cannot be written: \(SystemReason.text(code))")
        }
        self.descriptor = Lock(descriptor)
    }

    deinit { release() }

    private static var process: String { "process \(getpid()) on \(ProcessInfo.processInfo.hostName)" }

    /// Adds the address of the process to what the file says of it.
    package func announce(_ address: String) {
        // Longer than the line that is there. If it cannot be written, the process is named without its address.
        let holder = Data("\(Self.process), \(address)\n".utf8)
        descriptor.withLock { descriptor in
            guard let descriptor else { return }
            _ = holder.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        }
    }

    /// Gives the lock back.
    package func release() {
        descriptor.withLock { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }

    /// Who works in the directory, such as `process 4711 on node7`, with its address if it has announced one; nil if nobody does.
    package static func holder(in directory: String) -> String? {
        let path = path(in: directory)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init)
        return line ?? "a process that has just started"
    }

    private static func path(in directory: String) -> String { FilePath.join(directory, "lock") }
}
