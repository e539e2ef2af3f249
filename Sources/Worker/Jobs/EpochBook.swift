internal import Protocol

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
    func isSuperseded(_ token: FencingToken) -> Bool { (epochs[token.run]?.epoch ?? 0) > token.epoch }

    /// Takes note of a request.
    ///
    /// - Complexity: O(1); O(runs) when one has to be forgotten.
    mutating func hear(_ token: FencingToken) -> Verdict {
        hearings += 1
        let known = epochs[token.run]?.epoch
        if let known, known > token.epoch { return .superseded(by: known) }
        epochs[token.run] = (token.epoch, hearings)
        if epochs.count > runsMax, let oldest = epochs.min(by: { $0.value.lastHeard < $1.value.lastHeard }) {
            epochs[oldest.key] = nil
        }
        return known.map { $0 < token.epoch } == true ? .raised : .current
    }
}
