internal import Formats
internal import Foundation
internal import Glibc
internal import Machine
internal import Protocol
internal import ServiceLifecycle

/// This worker's file in a folder that coordinators watch.
///
/// Written under a temporary name, synced and renamed, so that nobody ever reads half of it. Blocks: not for the cooperative pool.
struct Announcement: Sendable {
    let folder: String
    private let instance = UUID().uuidString.lowercased()

    /// - Throws: `StartError` unless `folder` is a folder.
    init(folder: String) throws(StartError) {
        self.folder = folder
        var status = stat()
        guard stat(folder, &status) == 0 else { throw Self.failure(folder, SystemReason.last) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw Self.failure(folder, "expected a folder, found something else") }
    }

    /// Makes the worker known as reachable at `url`.
    func publish(url: String, slots: Int) throws(StartError) {
        let announcement = WorkerAnnouncement(url: url, instance: instance, slots: slots)
        guard let bytes = try? WireJSON.encode(announcement) + Data("\n".utf8) else {
            throw Self.failure(folder, "the announcement cannot be written as JSON")
        }
        if let reason = OutputFile.failure(ofWriting: bytes, to: temporaryPath) {
            withdraw()
            throw Self.failure(folder, FileSystem.obstacle(toWritingIn: folder) ?? "cannot be written to: \(reason)")
        }
        guard rename(temporaryPath, path) == 0 else {
            let code = errno
            withdraw()
            throw Self.failure(folder, "cannot be written to: \(SystemReason.text(code))")
        }
    }

    /// Takes the file away, if it is there.
    func withdraw() {
        unlink(temporaryPath)
        unlink(path)
    }

    private var name: String { WorkerAnnouncement(url: "", instance: instance, slots: 0).fileName }
    private var path: String { "\(folder)/\(name)" }
    private var temporaryPath: String { "\(folder)/.\(name).partial" }

    private static func failure(_ folder: String, _ reason: String) -> StartError {
        StartError(.inputOutput, "--announce \(folder): \(reason)")
    }
}

/// Announces the worker once it listens, and takes the announcement away as soon as it drains or ends.
struct AnnouncementService<Load: Workload>: Service {
    let engine: JobEngine<Load>
    let announcement: Announcement
    /// The URL at which others reach the worker, for the port that was chosen; comes once.
    let urls: AsyncStream<String>
    private let files = DedicatedThread<Void>(name: "announcement", niceness: 0) {}

    init(engine: JobEngine<Load>, announcement: Announcement, urls: AsyncStream<String>) {
        self.engine = engine
        self.announcement = announcement
        self.urls = urls
    }

    /// Time between two looks whether a coordinator has asked the worker to drain.
    private static var period: Duration { .milliseconds(500) }

    func run() async throws {
        let (announcement, slots) = (announcement, engine.limits.slotCount)
        let published = try await cancelWhenGracefulShutdown { () async throws -> Bool in
            for await url in urls {
                try await files.run { _ in Result { () throws(StartError) in try announcement.publish(url: url, slots: slots) } }
                    .get()
                return true
            }
            return false
        }
        if published {
            await cancelWhenGracefulShutdown {
                while !Task.isCancelled, !engine.isDraining { try? await Task.sleep(for: Self.period) }
            }
        }
        await files.run { _ in announcement.withdraw() }
        // A service that returns before the others would end them.
        try await gracefulShutdown()
    }
}
