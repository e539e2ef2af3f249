internal import Protocol

/// The newest epoch of each run, by which requests with an older fencing token are refused.
///
/// Bounded: the run without a request for longest is forgotten first.
struct NewestEpochs: Sendable {
    enum Admission: Equatable, Sendable {
        /// The newest epoch known, or the first one.
        case current
        /// Newer than all before: what older epochs began is nobody's any more.
        case raised
        case superseded(by: Int)
    }

    let runsMax: Int
    private var epochs: [String: (epoch: Int, lastRequest: Int)] = [:]
    private var requestCount = 0

    init(runsMax: Int = 256) {
        precondition(runsMax > 0, "epochs of \(runsMax) runs")
        self.runsMax = runsMax
    }

    var count: Int { epochs.count }

    /// Whether a request may pass, without taking note of it.
    func isSuperseded(_ token: FencingToken) -> Bool { (epochs[token.run]?.epoch ?? 0) > token.epoch }

    /// Takes note of a request, and says whether it may pass.
    ///
    /// - Complexity: O(1); O(runs) when one has to be forgotten.
    mutating func admit(_ token: FencingToken) -> Admission {
        requestCount += 1
        let known = epochs[token.run]?.epoch
        if let known, known > token.epoch { return .superseded(by: known) }
        epochs[token.run] = (token.epoch, requestCount)
        if epochs.count > runsMax, let oldest = epochs.min(by: { $0.value.lastRequest < $1.value.lastRequest }) {
            epochs[oldest.key] = nil
        }
        return known.map { $0 < token.epoch } == true ? .raised : .current
    }
}
