internal import Coordinator
internal import Primitives
internal import Synchronization

/// How far a run is: what a progress bar would show, for whoever asks.
///
/// Safe to use from any task.
final class RunProgress: ProgressObserver {
    struct Figures: Equatable {
        var phase = ""
        var done = 0
        var total: Int?
        /// The last line that matters.
        var message: String?
    }

    private struct State {
        var figures = Figures()
        var parts = 0.0
    }

    private let state = Lock(State())
    /// Called after each change.
    private let changed: @Sendable () -> Void

    init(changed: @escaping @Sendable () -> Void) { self.changed = changed }

    var figures: Figures { state.withLock { $0.figures } }

    func begin(_ phase: String, unit: String, total: Int?) {
        change { state in
            state.parts = 0
            state.figures = Figures(phase: phase, done: 0, total: total, message: state.figures.message)
        }
    }

    func advance(byPart part: Double) {
        change { state in
            state.parts += part
            state.figures.done = Int(state.parts)
        }
    }

    func advance(toAtLeast count: Int) {
        change { state in
            state.parts = max(state.parts, Double(count))
            state.figures.done = Int(state.parts)
        }
    }

    func workers(busy: Int, total: Int) {}

    func end() { change { state in if let total = state.figures.total { state.figures.done = total } } }

    func abandon() {}

    func warn(_ text: String) { change { $0.figures.message = text } }

    func say(_ text: String) { change { $0.figures.message = text } }

    private func change(_ body: (inout State) -> Void) {
        let isNew = state.withLock { state in
            let before = state.figures
            body(&state)
            return state.figures != before
        }
        if isNew { changed() }
    }
}
