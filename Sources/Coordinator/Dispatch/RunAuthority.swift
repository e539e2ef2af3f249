/// In whose name jobs are sent: workers that know a later epoch of a run take nothing from an earlier one any more.
struct RunAuthority: Codable, Hashable, Sendable {
    /// The run's UUID, made when its directory was.
    let run: String
    /// How often the run has been opened, from 1.
    let epoch: Int
}
