internal import ArgumentParser
internal import Formats
internal import Foundation
internal import Glibc
internal import HTTPServing
internal import Jobs
internal import Logging
internal import Machine
internal import NIOCore
internal import Primitives
internal import Protocol
internal import UnixSignals

/// `coppice-worker` as a program: all but its entry point, which is a target of its own.
package enum WorkerProgram {
    /// Serves as the process was told to, and ends it.
    package static func main() async {
        InheritedSignals.remember()
        ProcessLimit.prepare()
        ProcessLimit.explainCrashes(of: "coppice-worker")
        FreedMemory.keep()
        await CoppiceWorker.main(HomeFolder.expanded(arguments: CommandLine.arguments.dropFirst()))
    }
}

/// `coppice-worker`: computes jobs that come over HTTP.
struct CoppiceWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coppice-worker",
        abstract: "Computes training and segmentation jobs for coppice, over HTTP.",
        discussion: """
            Prints one line, {"url":"http://127.0.0.1:40123"}, as soon as it listens, and logs to standard error. SIGTERM and \
            SIGINT let the running jobs finish, for at most 30 seconds.
            """,
        version: Coppice.version)

    @Option(help: "The address to listen on. Any but a loopback address needs a token or --tls-ca.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 0

    @Option(help: "Jobs computed at the same time (default: one per core that the process was given).")
    var slots: Int?

    @Option(
        help:
            "Memory for blobs, bodies, results and jobs, such as 2G (default: half of what the process was given, per core used)."
    )
    var memory: String?

    @Option(help: "A file that holds the bearer token (default: the environment variable COPPICE_TOKEN).")
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "Announce the worker in this folder for coppice --rendezvous, until it drains or ends.", valueName: "folder"))
    var announce: String?

    @Option(
        help: ArgumentHelp(
            "The name or address under which others reach the worker [--host, or this machine's name].", valueName: "name"))
    var announceHost: String?

    @Option(
        help: ArgumentHelp("Serve https with this certificate and those that lead to its authority (PEM).", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's private key (PEM).", valueName: "file"))
    var tlsKey: String?

    @Option(help: ArgumentHelp("Serve only clients with a certificate of this authority (PEM).", valueName: "file"))
    var tlsCa: String?

    @Option(help: ArgumentHelp("A folder whose images jobs may name; may be repeated [none].", valueName: "folder"))
    var dataRoot: [String] = []

    @Option(
        help: ArgumentHelp(
            "A folder in which jobs may have maps written that a coordinator has begun there; may be repeated [none].",
            valueName: "folder"))
    var outputRoot: [String] = []

    @Option(help: ArgumentHelp("A URL below which jobs may name images; may be repeated [none].", valueName: "prefix"))
    var allowUrl: [String] = []

    @Option(
        help: ArgumentHelp(
            "Keep what was read from URLs in this folder, which workers on one machine may share, up to 1 GiB each [nothing].",
            valueName: "folder"))
    var cache: String?

    @Flag(help: "End at once when standard input ends or the parent process dies.")
    var supervised = false

    @Option(help: "The least important log messages shown: trace, debug, info, notice, warning, error or critical.")
    var logLevel = "notice"

    func run() async throws {
        do {
            try await serve()
        } catch {
            Self.complain(error.message)
            throw ExitCode(error.code.rawValue)
        }
    }

    /// Serves until a signal comes.
    func serve() async throws(StartError) {
        let logger = try makeLogger()
        let limits = try limits()
        let address = try address()
        let token = try token()
        let references = try references()
        let tls = try tls()
        guard address.isLoopback || token != nil || tls?.requiresClientCertificate == true else {
            throw StartError(
                .usage,
                "--host \(host): expected a token (--token-file or COPPICE_TOKEN) or mutual TLS (--tls-ca) for an address that "
                    + "others can reach")
        }
        let announcement = try announcement()
        // As much as an idle worker takes, and one coordinator's connections.
        if let shortage = ProcessLimit.shortage(bytes: 192 << 20, files: 24) { throw StartError(.unsupportedMachine, shortage) }
        if let reason = Processor.unsupportedReason { throw StartError(.unsupportedMachine, reason) }
        // Standard output may be closed before the line is written: that is an error to report, not a reason to die.
        signal(SIGPIPE, SIG_IGN)
        if supervised {
            // Nobody is left to tell, and jobs may be computing: no clean-up is worth waiting for.
            ParentWatch.start { _exit(0) }
        }
        let server = WorkerServer(
            CoreWorkload(references: references, outputs: try outputs(), cache: try rangeCache(), limits: limits),
            address: address, limits: limits,
            token: token, tls: tls,
            cpu: Processor.instructionSets,
            logger: logger)
        do {
            let reached = ListenAddress(host: announceHost ?? address.hostForOthers(on: Machine.name), port: 0)
            let urls = AsyncStream.makeStream(of: String.self)
            try await server.run(
                signals: Self.signals, announcement: announcement.map { ($0, urls.stream) }
            ) { port in
                urls.continuation.yield(reached.url(port: port, isSecure: tls != nil))
                Self.greet(address.url(port: port, isSecure: tls != nil))
            }
        } catch let error as StartError {
            throw error
        } catch let error as IOError {
            throw StartError(.inputOutput, "\(host):\(port): cannot listen: \(SystemReason.text(error.errnoCode))")
        } catch is CancellationError {
            logger.warning("jobs were still running when the time for draining was over")
        } catch {
            throw StartError(.inputOutput, "\(host):\(port): cannot listen: \(Self.oneLine(error))")
        }
    }

    /// Those that drain the worker, but for those that were ignored when it was started.
    private static var signals: [UnixSignal] {
        [(SIGTERM, UnixSignal.sigterm), (SIGINT, .sigint)].filter { !InheritedSignals.ignored.contains($0.0) }.map(\.1)
    }

    private func limits() throws(StartError) -> WorkerLimits {
        let slots = slots ?? Machine.coreCount
        guard (1...WorkerLimits.slotsMax).contains(slots) else {
            throw StartError(.usage, "--slots: expected 1 to \(WorkerLimits.slotsMax), found \(slots)")
        }
        guard let memory else { return WorkerLimits(slots: slots, memory: Machine.defaultMemory(slots: slots)) }
        guard let bytes = ByteSize.parse(memory), bytes >= WorkerLimits.memoryMin else {
            throw StartError(.usage, "--memory: expected a number of bytes from 16M on, such as 2G, found \"\(memory)\"")
        }
        return WorkerLimits(slots: slots, memory: bytes)
    }

    private func announcement() throws(StartError) -> Announcement? {
        guard let announce else {
            guard announceHost == nil else { throw StartError(.usage, "--announce-host: expected --announce, found none") }
            return nil
        }
        let host = announceHost ?? ""
        guard host.utf8.count <= 253, host.utf8.allSatisfy({ (33...126).contains($0) && !"/@?#[]\"\\".utf8.contains($0) }),
            announceHost != ""
        else { throw StartError(.usage, "--announce-host: expected a name or an address") }
        return try Announcement(folder: announce)
    }

    private func rangeCache() throws(StartError) -> RangeCache? {
        guard let cache else { return nil }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: cache, isDirectory: &isFolder), isFolder.boolValue else {
            throw StartError(.usage, "--cache \(cache): expected a folder, found none")
        }
        guard access(cache, W_OK | X_OK) == 0 else {
            throw StartError(.inputOutput, "--cache \(cache): cannot be written to: \(SystemReason.last)")
        }
        return RangeCache(folder: cache)
    }

    private func token() throws(StartError) -> BearerToken? {
        do {
            return try BearerToken.configured(file: tokenFile, variable: "COPPICE_TOKEN")
        } catch {
            throw StartError(error)
        }
    }

    private func tls() throws(StartError) -> ServerTLS? {
        do {
            return try ServerTLS(certificate: tlsCert, key: tlsKey, authority: tlsCa)
        } catch {
            throw StartError(error)
        }
    }

    private func references() throws(StartError) -> ReferencePolicy {
        do {
            return try ReferencePolicy(roots: dataRoot, prefixes: allowUrl)
        } catch {
            throw StartError(.usage, error.description)
        }
    }

    private func outputs() throws(StartError) -> OutputPolicy {
        do {
            return try OutputPolicy(roots: outputRoot)
        } catch {
            throw StartError(.usage, error.description)
        }
    }

    private func address() throws(StartError) -> ListenAddress {
        guard (0...65535).contains(port) else { throw StartError(.usage, "--port: expected 0 to 65535, found \(port)") }
        return ListenAddress(host: host, port: port)
    }

    private func makeLogger() throws(StartError) -> Logger {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw StartError(.usage, "--log-level: expected trace to critical, found \"\(logLevel)\"")
        }
        var logger = Logger(label: "coppice-worker", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = level
        return logger
    }

    /// Writes the one line of standard output.
    private static func greet(_ url: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data("{\"url\":\"\(url)\"}\n".utf8))
    }

    private static func complain(_ message: String) {
        try? FileHandle.standardError.write(contentsOf: Data("coppice-worker: \(message)\n".utf8))
    }

    private static func oneLine(_ error: any Error) -> String {
        String(describing: error).split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
