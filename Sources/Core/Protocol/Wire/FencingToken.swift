/// In whose name a request about jobs comes: workers that know a later epoch of a run take nothing from an earlier one any more.
///
/// On the wire, the fields `Coppice-Run` and `Coppice-Epoch`.
package struct FencingToken: Codable, Hashable, Sendable {
    /// The run's UUID, made when its directory was; 1 to `runLengthMax` visible ASCII characters.
    package let run: String
    /// How often the run has been opened, from 1 to `epochMax`.
    package let epoch: Int

    /// The longest name of a run, in characters.
    package static let runLengthMax = 128
    /// Exact in every JSON implementation.
    package static let epochMax = 1 << 53

    package init(run: String, epoch: Int) { (self.run, self.epoch) = (run, epoch) }
}
