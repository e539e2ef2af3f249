internal import Foundation
internal import Primitives
internal import Synchronization

/// `--workers-file`: a file with one URL a line, which may change while the command runs.
package enum WorkersFileOption: RosterOption {
    package static let name = "workers-file"
    package static let help = "File with one worker URL a line; lines added or removed later count too."
    package static let valueName = "file"

    package static func source(_ text: String, isTLSExpected: Bool) throws(CoordinatorError) -> any RosterSource {
        let path = text
        let file = WorkersFile(path: path)
        let content: (lines: [(number: Int, text: String)], isRegular: Bool)
        do throws(RosterError) {
            content = try file.lines()
        } catch {
            throw CoordinatorError(.inputOutput, error.description)
        }
        let reading = file.reading(of: content.lines)
        if let complaint = reading.complaints.first { throw CoordinatorError(.badInput, complaint) }
        // A pipe gives its lines once.
        return content.isRegular ? file : FixedList(name: path, reading: reading)
    }
}

/// The URLs in a file. Empty lines and lines that begin with `#` do not count.
///
/// A last line without a line feed may be half of one that is being written: it counts at the first reading, and when it has not
/// changed since the reading before.
final class WorkersFile: RosterSource {
    let name: String
    private let unfinished = Lock<String?>(nil)

    /// The largest file, in bytes.
    static let bytesMax = 1 << 20

    init(path: String) { name = path }

    var isFixed: Bool { false }

    func read() throws(RosterError) -> RosterReading { reading(of: try lines().lines) }

    /// What the lines say; each that says nothing useful is a complaint.
    func reading(of lines: [(number: Int, text: String)]) -> RosterReading {
        var reading = RosterReading()
        for (number, text) in lines {
            let entry = text.trimmingCharacters(in: .whitespaces)
            if entry.isEmpty || entry.hasPrefix("#") { continue }
            if let url = WorkerURL(entry) {
                reading.workers.append(RosterEntry(url: url))
            } else {
                reading.complaints.append(
                    "\(name), line \(number): expected a URL like \(WorkerURL.example), found \(entry.quotedForMessage)")
            }
        }
        return reading
    }

    /// The lines of the file, numbered from 1, and whether it is a regular file, which can be read again.
    func lines() throws(RosterError) -> (lines: [(number: Int, text: String)], isRegular: Bool) {
        let descriptor = open(name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw unreadable("it is a folder") }
        guard let bytes = try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readBytes(upTo: Self.bytesMax + 1)
        else { throw unreadable("reading failed") }
        guard bytes.count <= Self.bytesMax else { throw unreadable("it is larger than \(Self.bytesMax >> 20) MiB") }
        var texts = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map(String.init)
        // What stands behind the last line feed.
        let last = texts.popLast() ?? ""
        let isSettled = unfinished.withLock { known in
            defer { known = last }
            return known == nil || known == last
        }
        if isSettled { texts.append(last) }
        return (texts.enumerated().map { ($0.offset + 1, $0.element) }, status.st_mode & S_IFMT == S_IFREG)
    }

    private func unreadable(_ reason: String) -> RosterError {
        RosterError(description: "\(name): cannot be read as a list of worker URLs: \(reason)")
    }
}

extension FileHandle {
    /// Reads until `countMax` bytes are here or there are no more.
    func readBytes(upTo countMax: Int) throws -> Data {
        var bytes = Data()
        while bytes.count < countMax, let more = try read(upToCount: countMax - bytes.count), !more.isEmpty { bytes += more }
        return bytes
    }
}
