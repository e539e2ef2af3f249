internal import ArgumentParser

/// The options that name running workers. Each is a file in `Roster/Sources`, and a line here.
struct RosterOptions: ParsableArguments {
    @OptionGroup var list: WorkersOption
    @OptionGroup var file: WorkersFileOption
    @OptionGroup var names: WorkersDNSOption
    @OptionGroup var folder: RendezvousOption

    /// All of the options above.
    var all: [any RosterOption] { Mirror(reflecting: self).children.compactMap { ($0.value as? any RosterOptionGroup)?.option } }

    /// Those that were given.
    var given: [any RosterOption] { all.filter(\.isGiven) }
}

/// An option that names a source of workers.
protocol RosterOption: ParsableArguments {
    /// Such as `--workers`.
    static var flag: String { get }
    var isGiven: Bool { get }

    /// The source, once it is known that it can be one.
    ///
    /// - Parameter isTLSExpected: whether the user gave certificates, so that nothing should go to other machines unencrypted.
    func source(isTLSExpected: Bool) throws(CommandError) -> any RosterSource
}

private protocol RosterOptionGroup {
    var option: any RosterOption { get }
}

extension OptionGroup: RosterOptionGroup where Value: RosterOption {
    fileprivate var option: any RosterOption { wrappedValue }
}
