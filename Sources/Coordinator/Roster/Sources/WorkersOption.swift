internal import ArgumentParser
internal import Foundation

/// `--workers`: the list is the option itself, and stays as it is.
struct WorkersOption: RosterOption {
    @Option(help: ArgumentHelp("Running workers to use instead: URLs, separated by commas.", valueName: "url,url"))
    var workers: String?

    static var flag: String { "--workers" }
    var isGiven: Bool { workers != nil }

    func source(isTLSExpected: Bool) throws(CommandError) -> any RosterSource {
        var urls: [WorkerURL] = []
        for part in (workers ?? "").split(separator: ",") {
            let entry = part.trimmingCharacters(in: .whitespaces)
            if entry.isEmpty { continue }
            guard let url = WorkerURL(entry) else {
                throw CommandError(
                    .usage, "\(Self.flag): expected URLs like \(WorkerURL.example), found \(entry.quotedForMessage)")
            }
            urls.append(url)
        }
        guard !urls.isEmpty else { throw CommandError(.usage, "\(Self.flag): expected at least one worker URL, found none") }
        return FixedList(name: Self.flag, reading: RosterReading(workers: urls.map { RosterEntry(url: $0) }))
    }
}

/// A list that stays as it is.
struct FixedList: RosterSource {
    let name: String
    let reading: RosterReading
    var isFixed: Bool { true }

    func read() -> RosterReading { reading }
}
