import Foundation

/// Processes as `/proc` shows them.
enum Processes {
    /// The `coppice-worker` children of a process.
    static func children(of parent: Int32) -> [Int32] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap(Int32.init).filter { statistics($0)?.parent == parent && isWorker($0) }
    }

    /// Processor time that the process has used, in ticks of 10 ms.
    static func ticks(of process: Int32) -> Int { statistics(process)?.ticks ?? 0 }

    /// Whether the process exists, is no zombie, and is a worker.
    static func isWorker(_ process: Int32) -> Bool {
        guard let statistics = statistics(process) else { return false }
        return statistics.name.hasPrefix("coppice-worke") && statistics.state != "Z"
    }

    /// The arguments and the environment of a process, as other users of the machine could see the former.
    static func commandLine(of process: Int32) -> String {
        (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
    }

    /// Whether the process does something else with the signal than what every process does at first.
    static func heeds(_ signal: Int32, _ process: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        return status.split(separator: "\n").contains { line in
            guard line.hasPrefix("SigIgn:") || line.hasPrefix("SigCgt:"), let mask = UInt64(line.dropFirst(8), radix: 16)
            else { return false }
            return mask >> UInt64(signal - 1) & 1 == 1
        }
    }

    private static func statistics(_ process: Int32) -> (name: String, state: String, parent: Int32, ticks: Int)? {
        guard let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")")
        else { return nil }
        let fields = line[line.index(close, offsetBy: 2)...].split(separator: " ").map(String.init)
        guard fields.count > 13, let parent = Int32(fields[1]), let user = Int(fields[11]), let system = Int(fields[12]) else {
            return nil
        }
        return (String(line[line.index(after: open)..<close]), fields[0], parent, user + system)
    }
}

/// The parts of a run's report that tests look at.
struct Report: Decodable {
    struct Jobs: Decodable {
        var done: Int
        var attempts: Int
        var retries: Int
        var restored: Int
        var copies: Int
        var verified: Int
        var outcomes: [String: Int]
    }

    struct Worker: Decodable {
        var url: String
        var jobs: Int
        var failures: Int
        var health: String
        var lastTrouble: String?
    }

    struct File: Decodable {
        var path: String
        var sha256: String
    }

    struct Maps: Decodable {
        var writtenByWorkers: Int
        var sent: Int
    }

    struct Windows: Decodable {
        var byReference: Int
        var inline: Int
    }

    var exitStatus: Int32
    var error: String?
    var maps: Maps?
    var windows: Windows?
    var bytesSent: Int
    var bytesReceived: Int
    var jobs: Jobs
    var workers: [Worker]
    var inputs: [File]
    var outputs: [File]
    var parameters: [String: String]

    /// The worker's part, nil if it is not in the report.
    func worker(_ url: String) -> Worker? { workers.first { $0.url == url } }

    init(_ path: String) throws {
        self = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
