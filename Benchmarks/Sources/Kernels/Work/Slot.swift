internal import Features
internal import Forest

/// The buffers of one thread, kept from run to run, as a worker's slot keeps them from job to job.
final class Slot {
    let features = FeatureExtractor()
    let grower = TreeGrower()
    let prediction = PredictionWorkspace()
    private var bins: [UInt8] = []
    private var votes: [UInt32] = []

    /// Lends room for `count` bytes to `body`. Content is not kept.
    func withBins(_ count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        if bins.count < count { bins = [UInt8](repeating: 0, count: count) }
        bins.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { body(base) } }
    }

    /// Lends room for `count` vote sums to `body`. Content is not kept.
    func withVotes(_ count: Int, _ body: (UnsafeMutablePointer<UInt32>) -> Void) {
        if votes.count < count { votes = [UInt32](repeating: 0, count: count) }
        votes.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { body(base) } }
    }
}
