internal import ArgumentParser
internal import Coordinator
internal import HTTPClient

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
        try roster.check(local: local, verify: verify, logLevel: logLevel)
        guard (workerTlsCert == nil) == (workerTlsKey == nil) else {
            throw ValidationError("--worker-tls-cert and --worker-tls-key: expected both or none, found one")
        }
    }

    /// Where the workers come from.
    func source(
        sharing folders: SharedFolders, log: @escaping @Sendable (DispatchNotice) -> Void
    ) throws -> any WorkerSource {
        let token = try WorkerToken.read(file: workerTokenFile)
        let isTLSExpected = workerTlsCa != nil || workerTlsCert != nil
        return try roster.source(
            local: local, token: token, isTLSExpected: isTLSExpected, sharing: folders, logLevel: logLevel, givesUp: false,
            log: log)
    }

    /// How the pool deals with them.
    func settings() throws -> WorkerPool.Settings {
        var settings = WorkerPool.Settings()
        settings.tls = try TLSOptions.files(authority: workerTlsCa, certificate: workerTlsCert, key: workerTlsKey)
        settings.verified = verify
        return settings
    }
}
