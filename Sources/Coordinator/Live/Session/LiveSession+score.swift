internal import Primitives
internal import Scheduling
internal import Synchronization

/// What is set aside, compared with what the forest makes of it.
extension LiveSession {
    /// Compares the forest that is shown with what is set aside, unless that was done, and tells the score.
    ///
    /// - Throws: `ImageError` for images that cannot be read.
    package func rescore() async throws {
        guard let model = models[0], scoredRevision != model.revision else { return }
        let planes = try await surroundings.validation()
        let found = Lock<LiveScore?>(nil)
        if !planes.isEmpty {
            let sources = sources
            try await Run.perform(on: surroundings.pool, priority: .normal, sharing: surroundings.folders) { run in
                let scoring = try await offload { try Scoring(model, on: planes, sources) }
                let score = try await scoring.score(in: run)
                found.withLock { $0 = score }
            }
        }
        guard models[0]?.revision == model.revision else { return }
        scoredRevision = model.revision
        tell(.score(found.withLock { $0 }))
    }
}
