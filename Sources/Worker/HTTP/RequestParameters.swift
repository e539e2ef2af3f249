internal import HTTPTypes
internal import Protocol

/// How long a request waits for a job: the query parameter `wait`.
enum WaitTimeout {
    /// The longest wait, in seconds.
    static let secondsMax = 60

    /// The wait asked for in a query; zero without one, nil when it is malformed, repeated or out of range.
    static func parse(query: String?) -> Duration? {
        let values = (query ?? "").split(separator: "&").compactMap { pair -> Substring? in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0] == "wait" else { return nil }
            return parts.count == 2 ? parts[1] : ""
        }
        guard let text = values.first else { return .zero }
        let isDecimal = text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
        guard values.count == 1, isDecimal, let seconds = Double(text), (0...Double(secondsMax)).contains(seconds) else {
            return nil
        }
        return .seconds(seconds)
    }
}

extension FencingToken {
    /// A field of a fencing token that is not what it should be.
    struct Malformed: Error {
        /// One line for people.
        let message: String
    }

    /// The fencing token that a request carries; nil without one. Both fields are needed for that.
    init?(_ fields: HTTPFields) throws(Malformed) {
        let run = fields.value("coppice-run")
        if let run, !(1...Self.runLengthMax).contains(run.utf8.count) || !run.utf8.allSatisfy({ (33...126).contains($0) }) {
            throw Malformed(message: "coppice-run: expected 1 to \(Self.runLengthMax) visible ASCII characters")
        }
        var epoch: Int?
        if let text = fields.value("coppice-epoch") {
            let isDecimal = text.utf8.allSatisfy { (48...57).contains($0) }
            guard isDecimal, let value = Int(text), (1...Self.epochMax).contains(value) else {
                throw Malformed(message: "coppice-epoch: expected a whole number from 1 to \(Self.epochMax)")
            }
            epoch = value
        }
        guard let run, let epoch else { return nil }
        self.init(run: run, epoch: epoch)
    }
}

extension HTTPFields {
    /// The first field of a name in lower case.
    fileprivate func value(_ name: String) -> String? { first { $0.name.canonicalName == name }?.value }
}
