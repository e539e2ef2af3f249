internal import Annotator
internal import ArgumentParser
internal import Coordinator
internal import Foundation
internal import HTTPServing
internal import Logging
internal import Machine
internal import Primitives
internal import Synchronization

/// `coppice serve`: paint, see and correct in the browser.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Paint strokes in the browser and see the segmentation at once.",
        discussion: """
            PROJECT is a folder that keeps everything: strokes, classes, models and runs. It is made if it is not there. Without arguments it is \
            coppice-project in the current folder; for images (files, or a folder of some), it is coppice-project beside the first of them. \
            Prints one line, the page's address, as soon as it listens. SIGTERM and SIGINT end it; nothing that was painted is lost, \
            however it ends.
            """)

    @Argument(help: ArgumentHelp("A project's folder, or images.", valueName: "project|images"))
    var inputs: [String] = []

    @Option(
        help: ArgumentHelp(
            "The address to listen on [127.0.0.1]; any but a loopback address needs --token-file. Repeated: further names under which "
                + "browsers reach the server.", valueName: "address"))
    var host: [String] = []

    @Option(help: ArgumentHelp("The port to listen on; 0 takes a free one.", valueName: "number"))
    var port = 0

    @Flag(help: "Open the page in the browser.")
    var open = false

    @Option(help: ArgumentHelp("A file whose first line is the token that the page asks for.", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("Serve https with this certificate and those that lead to its authority (PEM).", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's private key (PEM).", valueName: "file"))
    var tlsKey: String?

    @Option(help: ArgumentHelp("Serve only browsers with a certificate of this authority (PEM).", valueName: "file"))
    var tlsCa: String?

    @Option(
        help: ArgumentHelp(
            "A folder whose images the page may open, too; may be repeated [the project's, and those of the images].",
            valueName: "folder"))
    var root: [String] = []

    @Option(help: ArgumentHelp("The largest image that can be uploaded, in GiB; 0: none.", valueName: "size"))
    var uploadMax: Double = Double(AnnotatorSettings.uploadBytesUsual >> 30)

    @Option(
        help: ArgumentHelp(
            "Copy the project and end, also while another process serves it: its database into a file, or with uploaded images into a "
                + "folder, which is there or whose name ends in /.", valueName: "file|folder"))
    var backup: String?

    @OptionGroup(title: "Workers") var workers: ServeWorkerOptions

    mutating func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port: expected 0 to 65535, found \(port)") }
        guard (0...1_048_576.0).contains(uploadMax) else {
            throw ValidationError("--upload-max: expected 0 to 1048576 GiB, found \(uploadMax)")
        }
        guard !host.contains("") else { throw ValidationError("--host: expected an address, found none") }
    }

    func run() async throws {
        let target = try ServeTarget(inputs)
        if let backup { return Console.sayLine("coppice: \(try AnnotatorServer.backup(folder: target.folder, to: backup))") }
        try await serve(target)
    }

    /// Serves until a signal comes.
    func serve(_ target: ServeTarget) async throws {
        // As much as a command takes on the smallest image.
        if let shortage = ProcessLimit.shortage(bytes: 192 << 20, files: 64) { throw CoordinatorError(.noWorker, shortage) }
        for folder in root where !isFolder(folder) {
            throw CoordinatorError(.badInput, "--root \(folder): expected a folder, found none")
        }
        let settings = try settings(for: target)
        var logger = Logger(label: "coppice", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = Logger.Level(rawValue: workers.logLevel) ?? .warning
        let level = logger.logLevel
        let log: @Sendable (DispatchNotice) -> Void = { notice in
            if level <= (notice.isWarning ? .warning : .info) {
                Console.sayLine("coppice: \(notice.isWarning ? "warning" : "info"): \(notice.text)")
            }
        }
        let server = try AnnotatorServer(settings, logger: logger)
        Interruption.current?.beforeCancellation { await server.stop() }
        let sharing = SharedFolders(below: settings.allRoots)
        let (address, isOpened) = (settings.address, open)
        let outcome = ServerOutcome()
        try await WorkerPool.serve(try workers.source(sharing: sharing, log: log), try workers.settings(), log: log) { pool in
            await outcome.take {
                try await server.run(on: pool, sharing: sharing) { port in
                    let url = "\(address.url(port: port, isSecure: settings.tls != nil))/"
                    // Nobody listening is no reason to end.
                    try? Console.print(url)
                    if isOpened { Browser.open(url) }
                }
            }
        }
        try outcome.get()
    }

    private func settings(for target: ServeTarget) throws -> AnnotatorSettings {
        let address = ListenAddress(host: host.first ?? "127.0.0.1", port: port)
        do throws(ServingError) {
            let token = try tokenFile.map { (path) throws(ServingError) in try AccessToken.read(file: path) }
            let tls = try ServerTLS(certificate: tlsCert, key: tlsKey, authority: tlsCa)
            guard address.isLoopback || token != nil || tls?.requiresClientCertificate == true else {
                throw ServingError.misused(
                    "--host \(address.host): expected --token-file or mutual TLS (--tls-ca) for an address that others can reach")
            }
            return AnnotatorSettings(
                address: address, names: Array(host.dropFirst()), folder: target.folder, images: target.images,
                roots: root + target.folders, token: token, tls: tls, uploadBytesMax: Int(uploadMax * 0x1p30))
        } catch {
            switch error {
            case .misused(let message): throw CoordinatorError(.usage, message)
            case .unreadable(let message): throw CoordinatorError(.inputOutput, message)
            case .unfit(let message): throw CoordinatorError(.badInput, message)
            }
        }
    }

    private func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

/// How the server ended.
private final class ServerOutcome: Sendable {
    private let result = Lock<Result<Void, any Error>?>(nil)

    func take(_ work: () async throws -> Void) async {
        do {
            try await work()
            result.withLock { $0 = .success(()) }
        } catch {
            result.withLock { $0 = .failure(error) }
        }
    }

    /// - Throws: what the server threw.
    func get() throws { try result.withLock { $0 }?.get() }
}

/// Opens pages in the browser of whoever sits at the machine.
private enum Browser {
    static func open(_ url: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        #if os(macOS)
            process.arguments = ["open", url]
        #else
            process.arguments = ["xdg-open", url]
        #endif
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        do {
            try process.run()
        } catch {
            Console.sayLine("coppice: warning: no browser was found; open \(url)")
        }
    }
}
