internal import Coordinator
internal import Foundation
internal import Primitives
internal import Synchronization

/// What a command says on stderr while it works: a bar with rate, time left and busy workers on a terminal, a sparse line otherwise.
///
/// Safe to use from any task.
final class ProgressReporter: ProgressObserver {
    private struct State {
        var line: ProgressLine?
        var lastShown: ContinuousClock.Instant?
        var barIsOpen = false
        var wasShown = false
    }

    private let state = Lock(State())
    private let isQuiet: Bool
    private let isTerminal = isatty(2) == 1
    private let clock = ContinuousClock()

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    /// Opens a phase, such as `training`, of `total` pieces named by `unit`, such as `trees`; nil when the number is not known yet.
    func begin(_ phase: String, unit: String, total: Int?) {
        state.withLock { state in
            close(&state)
            state.line = ProgressLine(phase: phase, unit: unit, total: total, start: clock.now)
            state.lastShown = nil
            state.wasShown = false
        }
        update()
    }

    /// A part of a piece is done.
    func advance(byPart part: Double) {
        state.withLock { $0.line?.done += part }
        update()
    }

    /// So many pieces are done, or more.
    func advance(toAtLeast count: Int) {
        state.withLock { state in state.line.map { state.line?.done = max($0.done, Double(count)) } }
        update()
    }

    /// How many workers are busy now, of how many.
    func workers(busy: Int, total: Int) {
        state.withLock { $0.line?.workers = (busy, total) }
        update()
    }

    /// Closes the open phase; its last state stays on the screen (off a terminal, only if the phase was long enough to be shown).
    func end() {
        state.withLock { state in
            if isTerminal || state.wasShown { show(&state) }
            close(&state)
            state.line = nil
        }
    }

    /// Closes the open phase without a word: the error message follows.
    func abandon() {
        state.withLock { state in
            if state.barIsOpen { write("\r\u{1B}[K") }
            state.barIsOpen = false
            state.line = nil
        }
    }

    /// Prints a line that stays, such as a warning, without breaking the bar; also when quiet.
    func warn(_ text: String) {
        state.withLock { state in
            write((state.barIsOpen ? "\r\u{1B}[K" : "") + Console.singleLine(text) + "\n")
            state.barIsOpen = false
        }
    }

    /// Prints a line that stays, unless quiet.
    func say(_ text: String) {
        if !isQuiet { warn(text) }
    }

    private func update() {
        state.withLock { state in
            let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
            if let last = state.lastShown, clock.now - last < interval { return }
            // Off a terminal a phase is silent until it has lasted for a while.
            if !isTerminal, state.lastShown == nil {
                state.lastShown = clock.now
                return
            }
            state.lastShown = clock.now
            show(&state)
        }
    }

    private func show(_ state: inout State) {
        guard !isQuiet, let line = state.line else { return }
        let text = line.text(at: clock.now)
        state.wasShown = true
        write(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n")
        state.barIsOpen = isTerminal
    }

    private func close(_ state: inout State) {
        if state.barIsOpen { write("\n") }
        state.barIsOpen = false
    }

    private func write(_ text: String) {
        Console.say(text)
    }
}
