internal import Foundation

/// `--workers`: the list is the option itself, and stays as it is.
package enum WorkersOption: RosterOption {
    package static let name = "workers"
    package static let help = "Running workers to use instead: URLs, separated by commas."
    package static let valueName = "url,url"

    package static func source(_ text: String, isTLSExpected: Bool) throws(CoordinatorError) -> any RosterSource {
        var urls: [WorkerURL] = []
        for part in text.split(separator: ",") {
            let entry = part.trimmingCharacters(in: .whitespaces)
            if entry.isEmpty { continue }
            guard let url = WorkerURL(entry) else {
                throw CoordinatorError(
                    .usage, "\(flag): expected URLs like \(WorkerURL.example), found \(entry.quotedForMessage)")
            }
            urls.append(url)
        }
        guard !urls.isEmpty else { throw CoordinatorError(.usage, "\(flag): expected at least one worker URL, found none") }
        return FixedList(name: flag, reading: RosterReading(workers: urls.map { RosterEntry(url: $0) }))
    }
}

/// A list that stays as it is.
struct FixedList: RosterSource {
    let name: String
    let reading: RosterReading
    var isFixed: Bool { true }

    func read() -> RosterReading { reading }
}
