/// Where a worker is, and what it wants to hear.
struct WorkerEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// `http(s)://host:port`.
    let url: String
    /// The bearer token, if the worker asks for one. Never shown.
    let token: String?

    init(url: String, token: String? = nil) {
        self.url = url
        self.token = token
    }

    var description: String { url }
}
