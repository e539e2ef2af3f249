internal import Formats
internal import Foundation
package import Primitives
internal import Protocol

/// The document of `--report`: what was run on what, how long each phase took, and who did the work.
/// `Run.report` fills it, `CommandRun` writes it.
package struct RunReport: Codable, Hashable, Sendable {
    /// One file read or written.
    struct File: Codable, Hashable, Sendable {
        var path: String
        var sha256: ContentHash
    }

    /// Seconds of one phase. Phases may overlap where reading, computing and writing do.
    package struct Phase: Codable, Hashable, Sendable {
        package var name: String
        package var seconds: Double
    }

    /// Attempts at jobs, by how they ended.
    struct Jobs: Codable, Hashable, Sendable {
        /// Jobs that workers did and whose result was merged.
        var done = 0
        /// Times that a job was handed to a worker.
        var attempts = 0
        /// Attempts that failed, so that their job was given out again.
        var retries = 0
        /// Second copies of slow jobs.
        var copies = 0
        /// Attempts by outcome, such as `succeeded`, `connectionLost`, `busy`.
        var outcomes: [String: Int] = [:]
        /// Jobs that were done before, and whose results the run's directory had.
        var restored = 0
        /// Jobs whose result two workers gave alike (`--verify`), and jobs for which there was no second worker.
        var verified = 0
        var unverified = 0
    }

    /// One worker's share.
    package struct Worker: Codable, Hashable, Sendable {
        package var url: String
        package var jobs: Int
        var failures: Int
        /// At the end, such as `usable`, `gone`, `excluded`.
        var health: String
        /// The last trouble with the worker, if there was any.
        var lastTrouble: String?
    }

    /// Where the run is kept.
    struct Run: Codable, Hashable, Sendable {
        var directory: String
        var authority: FencingToken
    }

    var version = Coppice.version
    /// nil if the run is not kept.
    var run: Run?
    var command: [String]
    /// As the process ends with it.
    var exitStatus: Int32 = 0
    /// The one line of error; nil if all went well.
    var error: String?
    /// The values that the result depends on, by the names of their options.
    var parameters: [String: String] = [:]
    var seed: UInt64?
    var inputs: [File] = []
    var outputs: [File] = []
    var phases: [Phase] = []
    var secondsTotal = 0.0
    var jobs = Jobs()
    var workers: [Worker] = []
    /// How windows of images went to workers; nil for a command without.
    var windows: Windows?
    /// How maps of tiles came from workers that may write some; nil for a command without.
    var maps: Maps?
    var bytesSent = 0
    var bytesReceived = 0
    /// What the coordinator has read of images that URLs name; nil for none. Workers count theirs in their metrics.
    var urls: URLTraffic?
    /// Peak resident memory in bytes.
    var coordinatorPeakMemory = 0
    /// Processor time of the coordinator: with the jobs' seconds it tells how many workers one coordinator can feed.
    var coordinatorProcessorSeconds = 0.0
    /// Largest peak of the local workers in bytes; nil for remote workers.
    var workerPeakMemory: Int?
    /// Figures of the result, such as the out-of-bag accuracy.
    var results: [String: Double] = [:]
    /// How well the model that was trained is expected to do, by what was left out; nil where that was not asked for.
    var estimate: AccuracyEstimate?

    /// What of the inputs was not used, or read otherwise than it is stored.
    var notes: [InputNotes.Entry] = []

    /// Windows that workers read themselves, and windows whose pixels were sent.
    struct Windows: Codable, Hashable, Sendable {
        var byReference: Int
        var inline: Int
    }

    /// Tiles of which the worker has written maps itself, and tiles that were sent.
    struct Maps: Codable, Hashable, Sendable {
        var writtenByWorkers: Int
        var sent: Int
    }

    /// Requests, and bytes of their answers.
    struct URLTraffic: Codable, Hashable, Sendable {
        var requests: Int
        var bytes: Int
    }

    /// The estimate of a report that is on disk, of one of the models that it names.
    ///
    /// - Parameters:
    ///   - path: of the report, as `write` wrote it.
    ///   - model: the hash of the model file that the estimate is asked for.
    /// - Throws: bad input for a file that is no report, a report of another model, or one without an estimate.
    package static func estimate(in path: String, ofModel model: ContentHash) throws(CoordinatorError) -> AccuracyEstimate {
        let report: RunReport
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw CoordinatorError(.inputOutput, "\(path): \(FileSystem.obstacle(toReading: path) ?? "cannot be read")")
        }
        do {
            report = try JSONDecoder().decode(RunReport.self, from: data)
        } catch {
            throw CoordinatorError(.badInput, "\(path): expected a report of coppice train, found another document")
        }
        guard report.outputs.contains(where: { $0.sha256 == model }) else {
            throw CoordinatorError(
                .badInput,
                "\(path): expected the report of the model \(model), found \(report.outputs.map(\.path).joined(separator: ", "))")
        }
        guard let estimate = report.estimate else {
            throw CoordinatorError(.badInput, "\(path): expected an estimated accuracy, found none; train with --folds 4")
        }
        return estimate
    }

    package func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try PendingFile.write(try encoder.encode(self) + Data("\n".utf8), to: path)
    }
}
