internal import Coordinator
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

    /// Writes one line to stderr, whatever the text quotes: a file's name may hold line feeds and a terminal's control characters.
    static func sayLine(_ text: String) { say(singleLine(text) + "\n") }

    /// Says what is to be warned of, each in a line of its own.
    static func warn(_ warnings: [String]) {
        for warning in warnings { sayLine("coppice: warning: \(warning)") }
    }

    /// The text with a space in the place of each run of control characters and line ends.
    static func singleLine(_ text: String) -> String {
        let isControl: (Unicode.Scalar) -> Bool = {
            $0.properties.generalCategory == .control || "\u{2028}\u{2029}".unicodeScalars.contains($0)
        }
        return text.unicodeScalars.split(whereSeparator: isControl).map(String.init).joined(separator: " ")
    }

    /// Writes a line to stdout.
    ///
    /// - Throws: an I/O error when it cannot be written.
    static func print(_ line: String) throws(CoordinatorError) {
        let code = write(line + "\n", to: 1)
        if code != 0 {
            throw CoordinatorError(.inputOutput, "standard output: cannot be written: \(String(cString: strerror(code)))")
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
