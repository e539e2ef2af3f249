internal import Foundation
internal import Glibc

/// Ends the process when its parent is gone, however the parent went.
///
/// The parent holds the other end of standard input and never writes to it: the system closes that end when the parent dies. As
/// a second sign, a process whose parent died is given another parent.
enum ParentWatch {
    /// How often the parent's process id is looked at, in milliseconds; the end of the input is noticed at once.
    private static let periodMilliseconds: Int32 = 250

    /// Starts to watch, on a thread of its own.
    ///
    /// - Parameter isGone: called once, on that thread.
    static func start(input: Int32 = STDIN_FILENO, isGone: @escaping @Sendable () -> Void) {
        let parent = getppid()
        let thread = Thread {
            while getppid() == parent, isOpen(input) {}
            isGone()
        }
        thread.name = "parent watch"
        thread.start()
    }

    /// Waits for a period, or for something to read; false once the input has ended.
    private static func isOpen(_ input: Int32) -> Bool {
        var descriptor = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        let readyCount = poll(&descriptor, 1, periodMilliseconds)
        if readyCount < 0 { return errno == EINTR }
        if readyCount == 0 { return true }
        var byte: UInt8 = 0
        let count = read(input, &byte, 1)
        return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN))
    }
}
