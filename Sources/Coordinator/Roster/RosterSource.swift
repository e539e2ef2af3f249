/// Where the workers of a command come from, when they are running already.
///
/// A new source is one file, with the source and the option that names it, and one line in the command line's `WorkerSourceOptions`.
package protocol RosterSource: Sendable {
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
package struct RosterReading: Equatable, Sendable {
    var workers: [RosterEntry] = []
    /// What had to be left out, and why: one line each, the same whenever it is the same.
    var complaints: [String] = []
}

/// One worker of a list.
package struct RosterEntry: Hashable, Sendable {
    let url: WorkerURL
    /// Tells one process from a later one at the same URL; nil when the list cannot.
    var instance: String?
}

/// Why a list could not be read. One line.
package struct RosterError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
}

/// How a person names a source of running workers: by an option with one text.
package protocol RosterOption: Sendable {
    /// Without the dashes.
    static var name: String { get }

    static var help: String { get }

    /// What the text is, for the help.
    static var valueName: String { get }

    /// The source, once it is known that it can be one.
    ///
    /// - Parameter isTLSExpected: whether the user gave certificates, so that nothing should go to other machines unencrypted.
    static func source(_ text: String, isTLSExpected: Bool) throws(CoordinatorError) -> any RosterSource
}

extension RosterOption {
    /// As it is typed.
    package static var flag: String { "--\(name)" }
}
