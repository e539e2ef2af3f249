internal import Forest
internal import Foundation
internal import Primitives
internal import Protocol
internal import Scheduling

/// Training: one is on, and one waits.
extension LiveSession {
    /// A newer training waits.
    private struct Superseded: Error {}

    func train() {
        wantsTraining = true
        rest?.cancel()
        stopRefining()
        guard training == nil else { return }
        training = Task { await trainUntilCurrent() }
    }

    func trainUntilCurrent() async {
        state.isTraining = true
        tell(.state(state))
        var lacksWorkers = false
        while wantsTraining, !Task.isCancelled {
            wantsTraining = false
            lacksWorkers = false
            do {
                try await trainOnce(clock.now)
            } catch is Superseded {
            } catch is CancellationError {
            } catch {
                let error = CoordinatorError(classifying: error)
                state.message = error.description
                lacksWorkers = error.kind == .noWorker
            }
        }
        state.isTraining = false
        training = nil
        tell(.state(state))
        if lacksWorkers { waitForWorkers() } else { waitForRest() }
    }

    /// Trains again before long, until somebody works: workers are looked for while there is something to do.
    private func waitForWorkers() {
        rest?.cancel()
        rest = Task { [clock] in
            try? await clock.sleep(for: Self.retryTime)
            if !Task.isCancelled { self.train() }
        }
    }

    func trainOnce(_ start: ContinuousClock.Instant) async throws {
        // What is not there yet is computed with the rest.
        preparation?.cancel()
        await preparation?.value
        let labels = try await surroundings.labels()
        state.labelSequence = max(state.labelSequence, labels.sequence)
        let shown = Set(views.values.map(\.level))
        // What somebody looks at comes first.
        for level in shown.union([0]).sorted(by: { (shown.contains($0) ? 0 : 1, $0) < (shown.contains($1) ? 0 : 1, $1) }) {
            if let model = models[level], model.isWhole, model.labelSequence == labels.sequence, !model.isRestored { continue }
            let trainer = trainers[level] ?? LiveTrainer(level: level, sources)
            trainers[level] = trainer
            try await Run.perform(on: surroundings.pool, priority: .interactive, sharing: surroundings.folders) { run in
                let trained = try await trainer.train(labels, in: run) { early in
                    try await self.show(early, labels, level, start)
                    if await self.wantsTraining { throw Superseded() }
                }
                try await self.show(trained, labels, level, start)
            }
        }
        state.message = nil
    }

    func show(
        _ trained: LiveTrainer.Trained, _ labels: LiveLabels, _ level: Int, _ start: ContinuousClock.Instant
    ) async throws {
        let model = trained.model
        let file = try await offload {
            let bytes = try model.encoded()
            return ModelFile(model: model, bytes: bytes, hash: ContentHash(of: bytes))
        }
        show(
            file, labels, level, start, samples: trained.samples, countOfLabel: trained.countOfLabel)
    }

    func show(
        _ file: ModelFile, _ labels: LiveLabels, _ level: Int, _ start: ContinuousClock.Instant, samples: Int,
        countOfLabel: [Int: Int]
    ) {
        // The same forest of other labels is shown anew: what it is worth has changed.
        revision += 1
        present(
            LiveModel(
                revision: revision, labelSequence: labels.sequence, level: level, file: file,
                trees: file.model.forest.trees.count, treesTotal: labels.forest.trees, samples: samples,
                labelledPixels: countOfLabel.values.reduce(0, +), countOfLabel: countOfLabel,
                seconds: (clock.now - start) / .seconds(1), isRestored: false))
    }

    /// Shows an earlier forest again, until the next training.
    ///
    /// - Parameters:
    ///   - labelSequence: the operation that it was trained after.
    ///   - samples: pixels that it learned from, of `labelledPixels`.
    /// - Returns: the revision under which it is shown.
    @discardableResult
    package func restore(_ file: ModelFile, labelSequence: Int, samples: Int, labelledPixels: Int) -> Int {
        rest?.cancel()
        stopRefining()
        revision += 1
        let trees = file.model.forest.trees.count
        let counts = zip(file.model.classes, file.model.training.samplesPerClass).map { ($0.label, $1) }
        let shown = revision
        present(
            LiveModel(
                revision: revision, labelSequence: labelSequence, level: 0, file: file, trees: trees, treesTotal: trees,
                samples: samples, labelledPixels: labelledPixels, countOfLabel: Dictionary(uniqueKeysWithValues: counts),
                seconds: 0, isRestored: true))
        return shown
    }

    func present(_ model: LiveModel) {
        let level = model.level
        ageDoubts(for: model)
        models[level] = model
        if level == 0 || state.model == nil {
            state.model = .init(
                revision: model.revision, labelSequence: model.labelSequence, trees: model.trees, treesTotal: model.treesTotal,
                samples: model.samples, labelledPixels: model.labelledPixels, isExact: model.isExact, seconds: model.seconds)
        }
        tell(.state(state))
        feeds.removeValue(forKey: level)?.task.cancel()
        issued[level] = []
        for (place, shown) in views where shown.level == level {
            views[place]?.restart(at: clock.now)
            serve(place)
        }
        if level == 0 { renumberPreviews() }
        if !model.isWhole, !model.isRestored { feedLater(model) }
        feed(level)
    }
}
