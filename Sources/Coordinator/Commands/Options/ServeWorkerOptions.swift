internal import ArgumentParser
internal import Coordinator
internal import HTTPClient
internal import Logging

/// The workers of a server: those of the other commands, whose names for tokens and certificates are the server's own here.
struct ServeWorkerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Local worker processes of one slot each [one per core that the process was given].", valueName: "n"))
    var local: Int?

    @OptionGroup var roster: WorkerSourceOptions

    @Option(
        help: ArgumentHelp(
            "Share of the jobs, 0 to 1, that run twice on different workers, which must agree.", valueName: "fraction"))
    var verify = 0.0

    @Option(
        help: ArgumentHelp("File that holds the workers' bearer token [the environment's COPPICE_TOKEN].", valueName: "file"))
    var workerTokenFile: String?

    @Option(help: ArgumentHelp("Trust https workers of this authority only (PEM) [the system's].", valueName: "file"))
    var workerTlsCa: String?

    @Option(help: ArgumentHelp("Show this certificate to workers that ask for one (PEM).", valueName: "file"))
    var workerTlsCert: String?

    @Option(help: ArgumentHelp("The private key of --worker-tls-cert (PEM).", valueName: "file"))
    var workerTlsKey: String?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String = "warning"

    mutating func validate() throws {
        if let local, !(1...1024).contains(local) {
            throw ValidationError("--local: expected 1 to 1024 workers, found \(local)")
        }
        let given = roster.given.count + (local == nil ? 0 : 1)
        guard given <= 1 else {
            let flags = ["--local"] + roster.all.map(\.flag)
            throw ValidationError("\(flags.joined(separator: ", ")) exclude each other: expected one, found \(given)")
        }
        guard (0...1).contains(verify) else { throw ValidationError("--verify: expected a share from 0 to 1, found \(verify)") }
        guard (workerTlsCert == nil) == (workerTlsKey == nil) else {
            throw ValidationError("--worker-tls-cert and --worker-tls-key: expected both or none, found one")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError(
                "--log-level: expected trace, debug, info, notice, warning, error or critical, found \"\(logLevel)\"")
        }
    }

    /// Where the workers come from.
    func source(
        sharing folders: SharedFolders, log: @escaping @Sendable (DispatchNotice) -> Void
    ) throws -> any WorkerSource {
        let token = try WorkerToken.read(file: workerTokenFile)
        let isTLSExpected = workerTlsCa != nil || workerTlsCert != nil
        return try roster.source(
            local: local, token: token, isTLSExpected: isTLSExpected, sharing: folders, logLevel: logLevel, log: log)
    }

    /// How the pool deals with them.
    func settings() throws -> WorkerPool.Settings {
        var settings = WorkerPool.Settings()
        settings.tls = try TLSOptions.files(authority: workerTlsCa, certificate: workerTlsCert, key: workerTlsKey)
        settings.verified = verify
        return settings
    }
}
