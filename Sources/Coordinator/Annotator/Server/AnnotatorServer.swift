internal import ImageTiles
package import Coordinator
internal import Formats
internal import Foundation
internal import HTTPServing
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import NIOPosix
internal import Primitives
internal import Projects
internal import ServiceLifecycle
internal import Synchronization

/// The annotator: a project, served to browsers, with workers that compute.
///
/// Initialization: `init` opens the project, which no other process may have open; `run` listens.
/// Computation: the responder answers; the live session, kept runs and streams go on by themselves.
/// Failure scenario: workers that are gone are said in words, and everything but results goes on; a disk that is full is said to who sent an
/// operation, and nothing that was acknowledged is lost; a killed server loses nothing, its kept runs go on at the next start.
/// Shutdown: `stop`, or the end of the task: streams end, requests are answered, runs keep what they have.
package final class AnnotatorServer: Sendable {
    private let settings: AnnotatorSettings
    private let store: ProjectStore
    private let logger: Logger
    private let group = Lock<ServiceGroup?>(nil)
    /// Ends when `run` does.
    private let life = AsyncStream.makeStream(of: Void.self)

    /// Opens the project, and makes it if it is not there.
    ///
    /// - Throws: an error of the project.
    package init(_ given: AnnotatorSettings, logger: Logger) throws(CoordinatorError) {
        var settings = given
        do throws(FileError) {
            try FileSystem.makeFolder(given.folder)
        } catch {
            throw CoordinatorError(.inputOutput, "project \(given.folder): \(error.reason)")
        }
        // Paths are compared with those that links lead to.
        settings.folder = FileSystem.resolved(given.folder) ?? given.folder
        (self.settings, self.logger) = (settings, logger)
        do throws(ProjectError) {
            store = try ProjectStore.open(folder: settings.folder)
        } catch {
            throw CoordinatorError(error)
        }
    }

    /// Whether a folder holds a project.
    package static func isProject(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: FilePath.join(folder, "project.sqlite"))
    }

    /// Copies the project of a folder into a file, or with uploaded images into a folder, also while another process serves it.
    ///
    /// - Returns: what the copy has, and has not: one line.
    /// - Throws: an error of the project, or of the file.
    package static func backup(folder: String, to path: String) throws(CoordinatorError) -> String {
        do throws(ProjectError) {
            return try ProjectStore.backup(folder: folder, to: path).line
        } catch {
            throw CoordinatorError(error)
        }
    }

    /// Serves until `stop` is called or the task is cancelled, and closes the project.
    ///
    /// - Parameters:
    ///   - sharing: folders whose files the pool's workers may read, if they are local.
    ///   - live: another engine than the coordinator's, for tests.
    ///   - listening: called once, with the port that was chosen.
    /// - Throws: an I/O error when the address cannot be listened on, or an image cannot be added.
    package func run(
        on pool: WorkerPool, sharing: SharedFolders, live other: (any LiveEngine)? = nil,
        listening: @escaping @Sendable (_ port: Int) -> Void
    ) async throws {
        defer {
            try? store.close()
            life.continuation.finish()
        }
        let project = try await serve(on: pool, sharing: sharing, other)
        defer {
            project.images.stop()
            project.work.files.close()
        }
        let origin = RequestOrigin(listeningOn: settings.address.host, alsoKnownAs: settings.names)
        let application = Application(
            responder: AnnotatorResponder(project: project, origin: origin),
            server: try .http1(within: settings.connections, tls: settings.tls),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.address.host, port: settings.address.port),
                availableConnectionsDelegate: .maximum(settings.connections.countMax, logger: logger)),
            onServerRunning: { [store, settings] channel in
                let port = channel.localAddress?.port ?? 0
                store.announce(settings.address.url(port: port, isSecure: settings.tls != nil))
                listening(port)
            },
            eventLoopGroupProvider: .singleton, logger: logger)
        // The last one ends first: streams, which would hold the server up; then runs and training; then the server.
        let services: [any Service] = [application, ProjectService(project: project), StreamService(hub: project.hub)]
        var configuration = ServiceGroupConfiguration(services: services, logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.endTimeMax
        let group = ServiceGroup(configuration: configuration)
        self.group.withLock { $0 = group }
        do {
            try await group.run()
        } catch let error as IOError {
            throw CoordinatorError(
                .inputOutput,
                "\(settings.address.host):\(settings.address.port): cannot listen: \(String(cString: strerror(error.errnoCode)))")
        }
    }

    /// For requests that are under way, and for what runs still get from workers.
    private static let endTimeMax = Duration.seconds(20)

    /// Ends streams, answers what is under way, and returns when the project is closed. For one caller.
    package func stop() async {
        guard let group = group.withLock({ $0 }) else { return }
        await group.triggerGracefulShutdown()
        for await _ in life.stream {}
    }

    private func serve(on pool: WorkerPool, sharing: SharedFolders, _ other: (any LiveEngine)?) async throws -> ServedProject {
        let folder = settings.folder
        let roots = FileRoots(settings.allRoots)
        let images = ServedImages(store, cacheFolder: FilePath.join(folder, "cache"), folders: roots.folders)
        let scratch = FilePath.join(folder, "cache/live")
        let live: any LiveEngine
        if let other {
            live = other
        } else {
            live = try LiveSessionEngine(
                LiveProject(store: store, images: images, scratchFolder: scratch), on: pool, sharing: sharing)
        }
        let work = SegmentationRun(pool: pool, sharing: sharing, project: folder)
        let runs = ProjectRuns(folder: FilePath.join(folder, "runs")) { try await work($0, in: $1, $2) }
        let files = ClientFiles(folder: FilePath.join(folder, "cache/files"))
        let project = ServedProject(
            store: store, images: images, live: live, runs: runs, work: ClientWork(files, on: pool, sharing: sharing),
            roots: roots,
            uploads: UploadFolder(path: FilePath.join(folder, ProjectStore.imagesFolder), bytesMax: settings.uploadBytesMax),
            token: settings.token, isSecure: settings.tls != nil, workers: { await WorkersDocument(of: pool) })
        try await project.begin(with: settings.images)
        return project
    }
}

/// Does what a project does by itself, until the server ends.
private struct ProjectService: Service {
    let project: ServedProject

    func run() async throws { await cancelWhenGracefulShutdown { await project.watch() } }
}

/// Ends all streams when the server ends.
private struct StreamService: Service {
    let hub: StreamHub

    func run() async throws {
        try? await gracefulShutdown()
        hub.close()
    }
}
