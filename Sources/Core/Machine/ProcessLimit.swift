private import CProcess
private import Foundation

/// A limit that this process is under, which a shell sets by `ulimit`.
package enum ProcessLimit: CaseIterable, Sendable {
    /// Address space, in bytes.
    case memory
    /// Heap, in bytes.
    case data
    /// The size of a file that is written, in bytes.
    case fileSize
    /// Files that are open at the same time.
    case openFiles

    /// Nil without a limit.
    package var value: Int? {
        let kind =
            switch self {
            case .memory: CPROCESS_MEMORY
            case .data: CPROCESS_DATA
            case .fileSize: CPROCESS_FILE_SIZE
            case .openFiles: CPROCESS_OPEN_FILES
            }
        let value = cprocess_limit(Int32(kind))
        return value < 0 ? nil : Int(value)
    }

    /// What a message says of it, such as `this process may use 292 MiB of memory: ulimit -v`; nil without a limit.
    package var note: String? { value.map(note) }

    /// The same of a value.
    func note(_ value: Int) -> String {
        switch self {
        case .memory: "this process may use \(Self.size(value)) of memory: ulimit -v"
        case .data: "this process may use \(Self.size(value)) of memory: ulimit -d"
        case .fileSize: "this process may write files of up to \(Self.size(value)): ulimit -f"
        case .openFiles: "this process may have \(value) files open: ulimit -n"
        }
    }

    /// That of memory, whichever it is; nil without one.
    package static var memoryNote: String? {
        [memory, data].compactMap { limit in limit.value.map { (limit, $0) } }.min { $0.1 < $1.1 }.map { $0.note($1) }
    }

    /// Which limit is too low for a program that works with others; nil if none is.
    ///
    /// - Parameters:
    ///   - bytes: of address space and of heap that the program needs to begin.
    ///   - files: that it has open at the least.
    package static func shortage(bytes: Int, files: Int) -> String? {
        for limit in [memory, data] {
            guard let value = limit.value, value < bytes else { continue }
            return "expected at least \(size(bytes)) of memory, found a limit: \(limit.note(value))"
        }
        guard let value = openFiles.value, value < files else { return nil }
        return "expected at least \(files) open files, found a limit: \(openFiles.note(value))"
    }

    /// Has a crash of a process whose memory is limited say so in its last line, and end it with exit code 74: the likely cause is memory
    /// that could not be had, of which neither the runtime nor libraries say more. Nothing changes without a limit.
    ///
    /// - Parameter program: what the line begins with.
    package static func explainCrashes(of program: String) {
        guard let note = memoryNote else { return }
        cprocess_explain_crashes("\(program): out of memory, or a fault: \(note)\n")
    }

    private static func size(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes) bytes" : "\(bytes >> 20) MiB"
    }

    /// Makes a write beyond the limit of a file's size an error like any other, where it would end the process (SIGXFSZ), and opens as
    /// many files as the process may at most, up to 65536. To be called at the start.
    package static func prepare() {
        signal(SIGXFSZ, SIG_IGN)
        cprocess_raise_open_files(1 << 16)
    }
}

/// The system's reasons for a failure.
package enum SystemReason {
    /// The reason by its number, with the limit that is behind it, if there is one.
    package static func text(_ code: Int32) -> String {
        let text = String(cString: strerror(code))
        let note: String? =
            switch code {
            case EFBIG: ProcessLimit.fileSize.note
            case EMFILE: ProcessLimit.openFiles.note
            case ENOMEM: ProcessLimit.memoryNote
            default: nil
            }
        return note.map { "\(text) (\($0))" } ?? text
    }

    /// That of the last call.
    package static var last: String { text(errno) }
}

/// The signals that were ignored when the process started: whoever started it wants it to go on, as `nohup` does, and so does it.
package enum InheritedSignals {
    /// As they were at the first look, which comes before the process changes any. Without SIGPIPE, which libraries ignore for
    /// themselves, and which says nothing of what whoever started the process wants.
    package static let ignored: Set<Int32> = Set((1..<32).filter { $0 != SIGPIPE && cprocess_ignores($0) == 1 })

    /// Looks at them. To be called at the start.
    package static func remember() { _ = ignored }
}
