/// How long a request waits for a job: the query parameter `wait`.
enum Patience {
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
