internal import HTTPTypes

/// A path that the worker answers, whatever the method.
enum Route: Equatable {
    case live
    case ready
    case metrics
    case openAPI
    case worker
    /// The name as it stands in the path, unchecked.
    case blob(name: String)
    case jobs
    /// The id as it stands in the path, unchecked.
    case job(id: String)
    case drain

    /// Nil when there is nothing under the path.
    init?(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        switch parts.count {
        case 1:
            switch parts[1] {
            case "livez": self = .live
            case "readyz": self = .ready
            case "metrics": self = .metrics
            case "openapi.json": self = .openAPI
            default: return nil
            }
        case 2 where parts[1] == "v1":
            switch parts[2] {
            case "worker": self = .worker
            case "jobs": self = .jobs
            case "drain": self = .drain
            default: return nil
            }
        case 3 where parts[1] == "v1" && !parts[3].isEmpty:
            switch parts[2] {
            case "blobs": self = .blob(name: String(parts[3]))
            case "jobs": self = .job(id: String(parts[3]))
            default: return nil
            }
        default: return nil
        }
    }

    /// The methods that the path has.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .live, .ready, .metrics, .openAPI, .worker: [.get]
        case .blob: [.put, .head]
        case .jobs, .drain: [.post]
        case .job: [.get, .delete]
        }
    }

    /// Whether the path is open to everybody even when the worker has a token.
    var isPublic: Bool { self == .live || self == .ready }
}
