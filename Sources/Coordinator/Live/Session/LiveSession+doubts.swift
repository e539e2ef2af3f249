/// Where the forest knows least.
extension LiveSession {
    /// Somebody who waits until all views of an image are complete.
    struct ViewWaiter {
        let image: LiveImage
        let continuation: CheckedContinuation<Void, Never>
    }

    /// The uncertainty of what is shown is made for so long after somebody has asked for doubtful places.
    private static let doubtsTime = Duration.seconds(60)

    /// The `n`-th of the places where the forest knows least, away from those before and from what is painted: of what is on a screen, and
    /// of what was, by the rules of `DoubtfulPlaces`.
    ///
    /// - Parameter time: after so long it is taken of the tiles that are there.
    /// - Returns: column and row in the full resolution, and the uncertainty, 0…1, by the forest that last made the place; nil where none
    ///   is known.
    package func doubtfulPlace(
        _ n: Int, in image: LiveImage, within time: Duration = .seconds(3)
    ) async -> (x: Int, y: Int, uncertainty: Double)? {
        wantsDoubtsUntil = clock.now + Self.doubtsTime
        for (place, shown) in views where shown.view.image == image {
            views[place]?.restart(at: clock.now)
            serve(place)
            issued[shown.level] = []
            feed(shown.level)
        }
        await waitForViews(of: image, atMost: time)
        return try? await offload { [doubts, trainer = trainers[0]] () -> (x: Int, y: Int, uncertainty: Double)? in
            guard let resolution = doubts.resolution(of: image) else { return nil }
            // Shapes label other pixels in other resolutions: those of the full one count.
            let labelled = trainer?.labelledSpots(of: image, in: resolution) ?? []
            return doubts.place(n, in: image, labelled: labelled)
        }
    }

    /// Notes that a forest is about to be shown. Places by the one before it stay known, as stale ones, if both tell the same classes apart
    /// by the same features, and neither is an earlier one that is shown again.
    func ageDoubts(for model: LiveModel) {
        if model.isRestored {
            doubts.removeAll()
        } else if let former = models[model.level], former.isRestored || !former.isComparable(to: model) {
            // A resolution that nobody looks at gets its forest later: what is known of it is by the former classes or features, too.
            let older = models.values.filter { $0.labelSequence < model.labelSequence }.map(\.level)
            doubts.removeAll(of: Set(older + [model.level]))
        } else {
            doubts.markStale(level: model.level)
        }
    }

    /// Returns once all views of an image are complete, or gone, after `time` at the latest.
    private func waitForViews(of image: LiveImage, atMost time: Duration) async {
        guard hasIncompleteView(of: image) else { return }
        viewWaiterCount += 1
        let number = viewWaiterCount
        // Ends with the wait.
        let limit = Task { [clock] in
            try? await clock.sleep(for: time)
            endWait(number)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { viewWaiters[number] = ViewWaiter(image: image, continuation: $0) }
        } onCancel: {
            limit.cancel()
        }
        limit.cancel()
    }

    /// Ends the waits that views have been completed for.
    func endWaits() {
        for (number, waiter) in viewWaiters where !hasIncompleteView(of: waiter.image) { endWait(number) }
    }

    private func endWait(_ number: Int) { viewWaiters.removeValue(forKey: number)?.continuation.resume() }

    private func hasIncompleteView(of image: LiveImage) -> Bool {
        views.values.contains { $0.view.image == image && !$0.isComplete }
    }
}
