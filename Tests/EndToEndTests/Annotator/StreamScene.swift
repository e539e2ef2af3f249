import Foundation
internal import NIOCore
internal import Synchronization

@testable import Annotator
@testable import Coordinator
@testable import HTTPClient
@testable import Primitives
@testable import Projects

/// A live engine that computes nothing: it knows who listens and what is looked at.
final class ListeningEngine: LiveEngine {
    private struct State {
        var listeners: [String: AsyncStream<LiveSignal>.Continuation] = [:]
        var views: Set<[String]> = []
    }

    private let state = Lock(State())
    /// Where streams begin to listen, are taken away, and views are taken.
    let (listening, removal, viewing) = (Door(), Door(), Door())
    /// Where it begins to run.
    let running = Door()

    /// Tells every stream.
    ///
    /// - Returns: how many there are.
    func tell(_ signal: LiveSignal) -> Int {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(signal) }
        return listeners.count
    }

    /// Of each view: the stream's key and the tab.
    var views: Set<[String]> { state.withLock { $0.views } }

    func signals(for stream: String) async -> AsyncStream<LiveSignal> {
        await listening.pass()
        let (signals, continuation) = AsyncStream.makeStream(of: LiveSignal.self)
        state.withLock { $0.listeners.updateValue(continuation, forKey: stream) }?.finish()
        return signals
    }

    func removeStream(_ stream: String) async {
        await removal.pass()
        let ended = state.withLock { state in
            state.views = state.views.filter { $0[0] != stream }
            return state.listeners.removeValue(forKey: stream)
        }
        ended?.finish()
    }

    func setView(_ view: ViewDocument, of stream: String, tab: String) async throws {
        await viewing.pass()
        state.withLock { _ = $0.views.insert([stream, tab]) }
    }

    func removeView(of stream: String, tab: String) async { state.withLock { _ = $0.views.remove([stream, tab]) } }

    // MARK: Nothing

    struct Nothing: Error {}

    func run() async { await running.pass() }
    func labelsChanged(to sequence: Int) async {}
    func set(isLive: Bool) async {}
    func update() async {}
    var isLive: Bool { get async { true } }
    func report() async -> ReportDocument? { nil }
    func estimate(folds: Int?) async {}
    func uncertainPlace(_ number: Int, image: String, z: Int, t: Int) async -> PlaceDocument? { nil }
    func finalModel() async throws -> LiveModelFile { throw Nothing() }
    func model(revision: Int) async -> Data? { nil }
    func restore(revision: Int) async throws { throw Nothing() }
}

/// No workers: nothing is computed.
private struct NoWorkers: WorkerSource {
    var name: String? { "nowhere" }
    var isLocal: Bool { true }
    var workerPeakMemory: Int? { nil }

    func expectedSlots(_ slots: @escaping @Sendable (WorkerEndpoint) async -> Int?) async throws -> Int { 1 }
    func serve(_ dispatcher: Dispatcher, while body: @escaping @Sendable () async -> Void) async { await body() }
}

/// A project and its streams without a server.
struct StreamScene: Sendable {
    let engine = ListeningEngine()
    let project: ServedProject
    let scratch: Scratch

    /// Makes a project in a folder of its own, and ends what it has begun.
    static func with(_ body: @escaping @Sendable (StreamScene) async throws -> Void) async throws {
        let failure = Lock<(any Error)?>(nil)
        try await WorkerPool.serve(NoWorkers(), log: { _ in }) { pool in
            do {
                let scene = try StreamScene(pool)
                defer {
                    scene.project.images.stop()
                    try? scene.project.store.close()
                }
                try await body(scene)
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    private init(_ pool: WorkerPool) throws {
        scratch = try Scratch()
        let store = try ProjectStore.open(folder: scratch("project"))
        let images = ServedImages(store, cacheFolder: scratch("cache"), folders: [scratch.folder.path])
        let work = ClientWork(ClientFiles(folder: scratch("files")), on: pool, sharing: SharedFolders(below: []))
        project = ServedProject(
            store: store, images: images, live: engine, runs: ProjectRuns(folder: scratch("runs")) { _, _, _ in }, work: work,
            roots: FileRoots([scratch.folder.path]), uploads: UploadFolder(path: scratch("images"), bytesMax: 1 << 20),
            token: nil,
            isSecure: false, workers: { WorkersDocument(workers: [], usable: 0, busy: 0) })
    }

    /// Opens a client's stream, and reads it.
    func open(_ client: String, since: Int = 0) throws -> OpenStream {
        guard let client = project.hub.open(client) else { throw ListeningEngine.Nothing() }
        let stream = ServedStream(project: project, client: client)
        let (frames, continuation) = AsyncStream.makeStream(of: Frame.self)
        let task = Task {
            defer { continuation.finish() }
            try await stream.send(since: since) { buffer in
                for frame in Frame.all(of: buffer) { continuation.yield(frame) }
            }
        }
        return OpenStream(key: client.key, task: task, frames: frames)
    }

    struct Frame: Sendable {
        let json: Data

        /// The frames of a part that has no half ones: each is written whole.
        static func all(of buffer: ByteBuffer) -> [Frame] {
            var (buffer, frames) = (buffer, [Frame]())
            while let lengths = buffer.readMultipleIntegers(endianness: .little, as: (UInt32, UInt32).self),
                let json = buffer.readBytes(length: Int(lengths.0)), buffer.readBytes(length: Int(lengths.1)) != nil
            {
                frames.append(Frame(json: Data(json)))
            }
            return frames
        }

        var document: [String: Any] { (try? JSONSerialization.jsonObject(with: json) as? [String: Any]) ?? [:] }
        var type: String { document["type"] as? String ?? "" }
    }
}

/// A stream as its client sees it.
struct OpenStream: Sendable {
    let key: String
    let task: Task<Void, any Error>
    let frames: AsyncStream<StreamScene.Frame>

    /// Frames up to the next one of a type. Fewer if the stream ends first.
    func frames(until type: String) async -> [StreamScene.Frame] {
        var found: [StreamScene.Frame] = []
        for await frame in frames {
            found.append(frame)
            if frame.type == type { break }
        }
        return found
    }

    /// The next frame of a type; nil if the stream ends first.
    func next(_ type: String) async -> StreamScene.Frame? {
        await frames(until: type).last.flatMap { $0.type == type ? $0 : nil }
    }

    /// Ends the stream as a connection that breaks does.
    func breakOff() async {
        task.cancel()
        _ = await task.result
    }
}
