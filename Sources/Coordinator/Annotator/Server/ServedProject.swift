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
    let token: AccessToken?
    let isSecure: Bool
    let budget = BodyBudget(bytesMax: bodyBytesMax)
    let logins = Lock(LoginPace())
    /// Who works, for people.
    let workers: @Sendable () async -> WorkersDocument

    /// Memory for the bodies of requests, all together.
    static let bodyBytesMax = 256 << 20

    init(
        store: ProjectStore, images: ServedImages, live: any LiveEngine, runs: ProjectRuns, work: ClientWork, roots: FileRoots,
        token: AccessToken?, isSecure: Bool, workers: @escaping @Sendable () async -> WorkersDocument
    ) {
        (self.store, self.images, self.live, self.runs, self.work, self.roots) = (store, images, live, runs, work, roots)
        (self.token, self.isSecure, self.workers) = (token, isSecure, workers)
        masks = LabelMasks(store)
    }

    /// Tells streams and the live session what is appended to the log, and everybody what else changes, until the task is cancelled.
    func watch() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.watchLog() }
            group.addTask { await self.images.watch(self.hub) }
            group.addTask { await self.runs.serve() }
            group.addTask { await self.live.run() }
            group.addTask { await self.runs.watch { self.hub.say($0, about: .progress(type: $0.type, id: $0.id)) } }
            group.addTask { await self.watchWorkers() }
        }
    }

    private func watchLog() async {
        var labelSequence = -1
        for await _ in store.changes() {
            hub.ring()
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
