/// Where a worker is, and what it wants to hear.
package struct WorkerEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// `http(s)://host:port`.
    let url: String
    /// The bearer token, if the worker asks for one. Never shown.
    let token: String?
    /// Whether it was started here, on loopback: what is sent goes from memory to memory, and needs no hash to arrive as it was.
    let isLocal: Bool

    init(url: String, token: String? = nil, isLocal: Bool = false) {
        self.url = url
        self.token = token
        self.isLocal = isLocal
    }

    package var description: String { url }
}
