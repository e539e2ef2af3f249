package import Foundation

/// Training and segmentation while somebody paints. The coordinator's live session is one; tests have others.
///
/// Safe to use from any task.
package protocol LiveEngine: Sendable {
    /// Does what it does by itself, until the task is cancelled.
    func run() async
    /// An operation was committed that changes labels or settings.
    func labelsChanged(to sequence: Int) async
    func set(isLive: Bool) async
    /// Trains once now.
    func update() async
    /// What a tab shows, in the place of what it showed before.
    ///
    /// - Parameter stream: the key of the stream that the tab listens to. Each key is of one stream, and never used again.
    /// - Throws: an error of the image, if it cannot be read.
    func setView(_ view: ViewDocument, of stream: String, tab: String) async throws
    func removeView(of stream: String, tab: String) async
    /// Takes away the views of a stream that has ended.
    func removeStream(_ stream: String) async
    /// What a stream is told, from the present state on. Ends with `removeStream`.
    func signals(for stream: String) async -> AsyncStream<LiveSignal>
    var isLive: Bool { get async }
    /// What is known of the model that is shown; nil before there is one.
    func report() async -> ReportDocument?
    /// Estimates the accuracy stroke by stroke; the report comes as a signal.
    func estimate(folds: Int?) async
    /// The `number`-th next place that the model is unsure of, from 0 on; nil if none is known.
    func uncertainPlace(_ number: Int, image: String, z: Int, t: Int) async -> PlaceDocument?
    /// What a run is done with: the model of all labelled pixels, as `coppice train` makes it, trained now unless it is the one that is
    /// shown; an earlier model that is shown again is taken as it is.
    ///
    /// - Throws: a line for people, such as that there is nothing to learn from.
    func finalModel() async throws -> LiveModelFile
    /// The file of a model that was shown lately; nil if it is not held any more.
    func model(revision: Int) async -> Data?
    /// Shows an earlier model again until the next training.
    ///
    /// - Throws: a line for people.
    func restore(revision: Int) async throws
}
