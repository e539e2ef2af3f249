internal import ArgumentParser
internal import Core
internal import Foundation
internal import Logging

/// Where the work is done: local workers, or workers that are already running.
struct ClusterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Local worker processes of one slot each [one per core].", valueName: "n"))
    var local: Int?

    @Option(help: ArgumentHelp("Running workers to use instead: URLs, separated by commas.", valueName: "url,url"))
    var workers: String?

    @Option(help: ArgumentHelp("File with one worker URL a line.", valueName: "file"))
    var workersFile: String?

    @Option(
        help: ArgumentHelp(
            "Share of the jobs, 0 to 1, that run twice on different workers, which must agree.", valueName: "fraction"))
    var verify = 0.0

    @Option(help: ArgumentHelp("File that holds the workers' bearer token [the environment's COPPICE_TOKEN].", valueName: "file"))
    var tokenFile: String?

    @OptionGroup var tls: TLSOptions

    @Option(help: ArgumentHelp("Write a JSON report of the run.", valueName: "file"))
    var report: String?

    @Flag(help: "Print no progress.")
    var quiet = false

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String = "warning"

    mutating func validate() throws {
        if let local, !(1...1024).contains(local) {
            throw ValidationError("--local: expected 1 to 1024 workers, found \(local)")
        }
        let sources = [local != nil, workers != nil, workersFile != nil].filter { $0 }.count
        guard sources <= 1 else {
            throw ValidationError("--local, --workers and --workers-file exclude each other: expected one, found \(sources)")
        }
        guard (0...1).contains(verify) else { throw ValidationError("--verify: expected a share from 0 to 1, found \(verify)") }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError(
                "--log-level: expected trace, debug, info, notice, warning, error or critical, found \"\(logLevel)\"")
        }
    }

    /// URLs of the running workers that were named; nil to spawn local ones.
    func remoteWorkers() throws(CommandError) -> [URL]? {
        let text: String
        let place: String
        if let workers {
            (text, place) = (workers.replacing(",", with: "\n"), "--workers")
        } else if let workersFile {
            do {
                text = try String(contentsOfFile: workersFile, encoding: .utf8)
            } catch {
                throw CommandError(.inputOutput, "\(workersFile): cannot be read as a list of worker URLs")
            }
            place = workersFile
        } else {
            return nil
        }
        var urls: [URL] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let entry = line.trimmingCharacters(in: .whitespaces)
            if entry.isEmpty || entry.hasPrefix("#") { continue }
            guard let url = URL(string: entry), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
                url.host != nil, url.user == nil, url.query == nil, (1...65535).contains(url.port ?? 80)
            else {
                throw CommandError(.usage, "\(place): expected URLs like http://10.0.0.7:8080, found \"\(entry)\"")
            }
            urls.append(url)
        }
        guard !urls.isEmpty else { throw CommandError(.usage, "\(place): expected at least one worker URL, found none") }
        return urls
    }

    /// The token for running workers: the file's first line, or the environment's, which is taken out of there.
    func token() throws(CommandError) -> String? {
        let fromEnvironment = SecretVariable.take("COPPICE_TOKEN")
        guard let tokenFile else { return fromEnvironment }
        guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
            throw CommandError(.inputOutput, "\(tokenFile): cannot be read as a token file")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, token.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw CommandError(.badInput, "\(tokenFile): expected one line of printable characters, found none")
        }
        return token
    }
}
