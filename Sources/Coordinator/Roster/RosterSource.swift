/// Where the workers of a command come from, when they are running already.
///
/// A new source is one file, with the source and the option that names it, and one line in `RosterOptions`.
protocol RosterSource: Sendable {
    /// As messages name it, such as the path of a file.
    var name: String { get }
    /// Whether the list stays as it is first read.
    var isFixed: Bool { get }

    /// The list as it is now.
    ///
    /// May block for as long as a name server or a file server takes: called from threads made for that, one call at a time.
    /// - Throws: `RosterError` when nothing is known of the list at the moment; the workers that it had before stay.
    func read() throws(RosterError) -> RosterReading
}

/// A list of workers at one moment.
struct RosterReading: Equatable, Sendable {
    var workers: [RosterEntry] = []
    /// What had to be left out, and why: one line each, the same whenever it is the same.
    var complaints: [String] = []
}

/// One worker of a list.
struct RosterEntry: Hashable, Sendable {
    let url: WorkerURL
    /// Tells one process from a later one at the same URL; nil when the list cannot.
    var instance: String?
}

/// Why a list could not be read. One line.
struct RosterError: Error, Equatable, Sendable, CustomStringConvertible {
    let description: String
}
