internal import Features
internal import Forest
package import Primitives

/// The buffers of one slot, reused from job to job so that steady work touches no fresh memory.
///
/// One thread at a time: each slot's thread owns one.
package final class SlotWorkspace {
    let features = FeatureExtractor()
    let grower = TreeGrower()
    let prediction = PredictionWorkspace()
    var bins: [UInt8] = []
    var votes: [UInt32] = []

    /// Reads the windows that jobs name instead of sending them; nil: such jobs are refused.
    package var references: ReferenceReader?

    /// Where maps may be written instead of being sent.
    package var outputs = OutputPolicy()

    /// Raised by another thread to call off the job that runs here.
    package var cancellation: CancellationFlag?

    package init() {}

    /// Throws once the running job has been called off.
    func checkCancellation() throws(JobError) {
        if cancellation?.isRaised == true { throw .cancelled }
    }

    /// Grows `bins` to at least `count` bytes. Content is not kept.
    func reserveBins(_ count: Int) {
        if bins.count < count { bins = [UInt8](repeating: 0, count: count) }
    }

    /// Grows `votes` to at least `count` sums. Content is not kept.
    func reserveVotes(_ count: Int) {
        if votes.count < count { votes = [UInt32](repeating: 0, count: count) }
    }
}
