internal import Foundation

/// The standard streams. Nobody listening is no reason to die, but a result that could not be printed is an error.
enum Console {
    /// Makes sure that the three streams exist, so that no file of ours takes their place, and that a closed pipe is an error, not a signal.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free descriptor is this one.
            _ = open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
        }
    }

    /// Writes to stderr as far as it goes.
    static func say(_ text: String) { _ = write(text, to: 2) }

    /// Writes a line to stdout.
    ///
    /// - Throws: an I/O error when it cannot be written.
    static func print(_ line: String) throws(CommandError) {
        let code = write(line + "\n", to: 1)
        if code != 0 {
            throw CommandError(.inputOutput, "standard output: cannot be written: \(String(cString: strerror(code)))")
        }
    }

    /// Writes all of it, or returns the error number.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = rest.dropFirst(count)
        }
        return 0
    }
}
