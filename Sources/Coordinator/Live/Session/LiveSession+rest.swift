internal import Foundation
internal import Primitives
internal import Protocol
internal import Scheduling

/// What is done once nobody paints.
extension LiveSession {
    /// After so long without a new stroke all labelled pixels are learned from.
    private static let restTime = Duration.milliseconds(800)

    func waitForRest() {
        rest?.cancel()
        guard state.isLive, !wantsTraining, models[0]?.labelSequence == state.labelSequence else { return }
        rest = Task { [clock] in
            try? await clock.sleep(for: Self.restTime)
            if !Task.isCancelled { await self.settle() }
        }
    }

    /// Learns from all labelled pixels, if that was not done, and estimates how well the forest does.
    func settle() async {
        let start = clock.now
        do {
            let labels = try await surroundings.labels()
            guard let shown = models[0], shown.labelSequence == labels.sequence else { return }
            var request = try await surroundings.request(labels)
            let folds = request.folds
            request.folds = 0
            if !shown.isExact {
                try await perform(request) { run, request in
                    let model = try await run.train(request)
                    let bytes = try await offload { try model.encoded() }
                    let file = ModelFile(model: model, bytes: bytes, hash: ContentHash(of: bytes))
                    try await self.showExact(file, labels, start, shown)
                }
            }
            guard !Task.isCancelled, !wantsTraining, labels.sequence == state.labelSequence else { return }
            isAtRest = true
            refine()
            try await rescore()
            request.folds = folds
            guard folds > 0, estimatedSequence != labels.sequence else { return }
            try await perform(request) { run, request in
                _ = try await run.train(request)
                await self.tell(.report(LiveReport(labelSequence: labels.sequence, estimate: run.record.estimate)))
            }
            estimatedSequence = labels.sequence
        } catch is CancellationError {
        } catch {
            guard !Task.isCancelled else { return }
            let error = CoordinatorError(classifying: error)
            tell(.trouble(error.description))
            guard error.kind == .noWorker else { return }
            // Nothing but workers was lacking: the same again, as often as it takes.
            try? await clock.sleep(for: Self.retryTime)
            if !Task.isCancelled { waitForRest() }
        }
    }

    func perform(
        _ request: TrainingRequest, _ body: @escaping @Sendable (Run, TrainingRequest) async throws -> Void
    ) async throws {
        try Task.checkCancellation()
        try await Run.perform(on: surroundings.pool, priority: .normal, sharing: surroundings.folders) { run in
            try await body(run, request)
        }
    }

    func showExact(
        _ file: ModelFile, _ labels: LiveLabels, _ start: ContinuousClock.Instant, _ shown: LiveModel
    ) throws {
        guard labels.sequence == state.labelSequence, !wantsTraining else { throw CancellationError() }
        show(file, labels, 0, start, samples: shown.labelledPixels, countOfLabel: shown.countOfLabel)
    }
}
