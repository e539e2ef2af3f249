internal import Primitives
internal import Synchronization

/// What a command tells its report while it runs.
///
/// Safe to use from any task.
package final class RunRecord: Sendable {
    private struct State: Sendable {
        var parameters: [String: String] = [:]
        var seed: UInt64?
        var inputs: [String] = []
        var outputs: [String] = []
        var results: [String: Double] = [:]
        var estimate: AccuracyEstimate?
    }

    private let state = Lock(State())

    /// The values that the result depends on, by the names of their options.
    package var parameters: [String: String] {
        get { state.withLock { $0.parameters } }
        set { state.withLock { $0.parameters = newValue } }
    }

    var seed: UInt64? {
        get { state.withLock { $0.seed } }
        set { state.withLock { $0.seed = newValue } }
    }

    /// Paths of the files read.
    package var inputs: [String] {
        get { state.withLock { $0.inputs } }
        set { state.withLock { $0.inputs = newValue } }
    }

    /// Paths of the files written.
    package var outputs: [String] {
        get { state.withLock { $0.outputs } }
        set { state.withLock { $0.outputs = newValue } }
    }

    /// Figures of the result.
    package var results: [String: Double] {
        get { state.withLock { $0.results } }
        set { state.withLock { $0.results = newValue } }
    }

    /// How well the model that was trained is expected to do; nil where there is none, or that was not asked for.
    package var estimate: AccuracyEstimate? {
        get { state.withLock { $0.estimate } }
        set { state.withLock { $0.estimate = newValue } }
    }
}
