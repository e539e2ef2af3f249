internal import Coordinator
internal import Foundation
internal import HTTPServing
internal import ImageTiles
internal import Primitives
internal import Projects
internal import Synchronization

/// All that the responders share: the project, its images, what is computed, and who listens.
///
/// Safe to use from any task.
final class ServedProject: Sendable {
    let store: ProjectStore
    let images: ServedImages
    let live: any LiveEngine
    let hub = StreamHub()
    let runs: ProjectRuns
    /// What is done on files of clients.
    let work: ClientWork
    let masks: LabelMasks
    let roots: FileRoots
    let uploads: UploadFolder
    let token: AccessToken?
    let isSecure: Bool
    let budget = BodyBudget(bytesMax: bodyBytesMax)
    let logins = Lock(LoginPace())
    /// The persons of whom streams were told last.
    private let toldPersons = Lock<PersonsMessage?>(nil)
    /// Who works, for people.
    let workers: @Sendable () async -> WorkersDocument

    /// Memory for the bodies of requests, all together.
    static let bodyBytesMax = 256 << 20

    init(
        store: ProjectStore, images: ServedImages, live: any LiveEngine, runs: ProjectRuns, work: ClientWork, roots: FileRoots,
        uploads: UploadFolder, token: AccessToken?, isSecure: Bool, workers: @escaping @Sendable () async -> WorkersDocument
    ) {
        (self.store, self.images, self.live, self.runs, self.work, self.roots) = (store, images, live, runs, work, roots)
        (self.uploads, self.token, self.isSecure, self.workers) = (uploads, token, isSecure, workers)
        masks = LabelMasks(store)
    }

    /// Tells streams and the live session what is appended to the log, and everybody what else changes, until the task is cancelled.
    func watch() async {
        let changes = store.changes()
        // Of what came before.
        hub.ring()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow(changes) }
            group.addTask { await self.images.watch(self.hub) }
            group.addTask { await self.runs.serve() }
            group.addTask { await self.live.run() }
            group.addTask { await self.runs.watch { self.hub.say($0, about: .progress(type: $0.type, id: $0.id)) } }
            group.addTask { await self.watchWorkers() }
        }
    }

    /// The person of an id, who may be new here.
    ///
    /// - Throws: disk full; input/output.
    func person(_ id: String) throws(ProjectError) -> Person {
        if let known = store.state.person(id) { return known }
        let person = try store.person(id)
        tellPersons()
        return person
    }

    /// Tells a stream that has just begun who paints.
    func tellPersons(to client: StreamClient) {
        // Under the lock, here and below: the newest is told last.
        toldPersons.withLock { _ in
            let now = PersonsMessage(store.state.allPersons)
            client.add(StreamFrame(now), about: .latest(type: now.type))
        }
    }

    /// Tells streams who paints, if that has changed.
    private func tellPersons() {
        toldPersons.withLock { told in
            let now = PersonsMessage(store.state.allPersons)
            guard now != told else { return }
            told = now
            hub.say(now, about: .latest(type: now.type))
        }
    }

    /// The image that lies elsewhere after an operation; nil of one that moves none.
    private func relinkedImage(by action: Action) -> String? {
        switch action {
        case .relinkImage(let image, _): image
        case .undo(let id), .redo(let id): store.state.operation(id).flatMap { relinkedImage(by: $0.action) }
        default: nil
        }
    }

    private func follow(_ changes: AsyncStream<[ProjectOperation]>) async {
        var labelSequence = -1
        for await operations in changes {
            for image in Set(operations.compactMap { relinkedImage(by: $0.action) }) { images.relinked(image) }
            hub.ring()
            tellPersons()
            let state = store.state
            if state.labelSequence != labelSequence {
                labelSequence = state.labelSequence
                await live.labelsChanged(to: labelSequence)
            }
        }
    }

    /// Time between two looks at the workers.
    private static let workersPeriod = Duration.seconds(2)

    private func watchWorkers() async {
        var last: WorkersMessage?
        while !Task.isCancelled {
            let now = await workers().short
            if now != last { hub.say(now, about: .latest(type: now.type)) }
            last = now
            do { try await Task.sleep(for: Self.workersPeriod) } catch { return }
        }
    }
}
