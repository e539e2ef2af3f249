internal import ArgumentParser
internal import Coordinator

/// The options that name running workers: one line for each kind of source in `Roster/Sources`.
struct WorkerSourceOptions: ParsableArguments {
    @OptionGroup var list: SourceOption<WorkersOption>
    @OptionGroup var file: SourceOption<WorkersFileOption>
    @OptionGroup var names: SourceOption<WorkersDNSOption>
    @OptionGroup var folder: SourceOption<RendezvousOption>

    /// All of the options above.
    var all: [any TextOption] { Mirror(reflecting: self).children.compactMap { ($0.value as? any TextOptionGroup)?.option } }

    /// Those that were given.
    var given: [any TextOption] { all.filter(\.isGiven) }
}

/// The option of one kind of source.
struct SourceOption<Kind: RosterOption>: ParsableArguments {
    @Option(name: .customLong(Kind.name), help: ArgumentHelp("\(Kind.help)", valueName: Kind.valueName))
    var text: String?
}

/// An option that names a source of workers.
protocol TextOption {
    /// Such as `--workers`.
    var flag: String { get }

    var isGiven: Bool { get }

    /// The source, once it is known that it can be one.
    ///
    /// - Parameter isTLSExpected: whether the user gave certificates, so that nothing should go to other machines unencrypted.
    func source(isTLSExpected: Bool) throws(CoordinatorError) -> any RosterSource
}

extension SourceOption: TextOption {
    var flag: String { Kind.flag }

    var isGiven: Bool { text != nil }

    func source(isTLSExpected: Bool) throws(CoordinatorError) -> any RosterSource {
        try Kind.source(text ?? "", isTLSExpected: isTLSExpected)
    }
}

private protocol TextOptionGroup {
    var option: any TextOption { get }
}

extension OptionGroup: TextOptionGroup where Value: TextOption {
    fileprivate var option: any TextOption { wrappedValue }
}
