/// In whose name a request about jobs comes: the run, and how often it has been opened.
struct Mandate: Hashable, Sendable {
    let run: String
    let epoch: Int

    /// The longest name of a run, in visible ASCII characters.
    static let runLengthMax = 128
    /// Exact in every JSON implementation.
    static let epochMax = 1 << 53
}

/// The newest epoch of each run that a worker has heard of: bounded, the run that was silent for longest is forgotten first.
struct EpochBook: Sendable {
    enum Verdict: Equatable, Sendable {
        /// The newest epoch known, or the first one.
        case current
        /// Newer than all before: what older epochs began is nobody's any more.
        case raised
        case superseded(by: Int)
    }

    let runsMax: Int
    private var epochs: [String: (epoch: Int, lastHeard: Int)] = [:]
    private var hearings = 0

    init(runsMax: Int = 256) {
        precondition(runsMax > 0, "a book of \(runsMax) runs")
        self.runsMax = runsMax
    }

    var count: Int { epochs.count }

    /// Whether a request may pass, without taking note of it.
    func isSuperseded(_ mandate: Mandate) -> Bool { (epochs[mandate.run]?.epoch ?? 0) > mandate.epoch }

    /// Takes note of a request.
    ///
    /// - Complexity: O(1); O(runs) when one has to be forgotten.
    mutating func hear(_ mandate: Mandate) -> Verdict {
        hearings += 1
        let known = epochs[mandate.run]?.epoch
        if let known, known > mandate.epoch { return .superseded(by: known) }
        epochs[mandate.run] = (mandate.epoch, hearings)
        if epochs.count > runsMax, let oldest = epochs.min(by: { $0.value.lastHeard < $1.value.lastHeard }) {
            epochs[oldest.key] = nil
        }
        return known.map { $0 < mandate.epoch } == true ? .raised : .current
    }
}
