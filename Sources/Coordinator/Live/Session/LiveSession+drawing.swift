package import Annotations
internal import Scheduling

/// Work that can begin before a stroke is finished.
extension LiveSession {
    /// A stroke is being drawn on what a tab shows: features of the pixels that it covers so far are computed, so that the training after it
    /// has them. Nobody waits for it, and nothing is trained.
    package func prepare(_ stroke: Annotation, of client: String, tab: String) {
        guard state.isLive, training == nil, preparation == nil, let shown = views[Place(client: client, tab: tab)],
            let trainer = trainers[shown.level]
        else { return }
        let image = shown.view.image
        preparation = Task {
            // What is wrong with an image is said by the training.
            try? await Run.perform(on: surroundings.pool, priority: .interactive, sharing: surroundings.folders) { run in
                try await trainer.prepare(stroke, on: image, in: run)
            }
            preparation = nil
        }
    }
}
