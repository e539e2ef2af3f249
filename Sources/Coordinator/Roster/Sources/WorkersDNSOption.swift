internal import Foundation

/// `--workers-dns`: every address of a name, such as that of a headless service of Kubernetes.
package enum WorkersDNSOption: RosterOption {
    package static let name = "workers-dns"
    package static let help = "Every address that the name has, now and later, is a worker; https://name:port for TLS."
    package static let valueName = "name:port"

    package static func source(_ text: String, isTLSExpected: Bool) throws(CoordinatorError) -> any RosterSource {
        guard let name = NamedWorkers(text) else {
            throw CoordinatorError(
                .usage, "\(flag): expected NAME:PORT or https://NAME:PORT, found \(text.quotedForMessage)")
        }
        return name
    }
}

/// The workers behind a name: one at each of its addresses, all on one port.
///
/// A worker's IPv4 address and its IPv6 address would be two workers, so IPv6 counts only for names without IPv4 addresses. Under
/// https, certificates must be for the addresses.
struct NamedWorkers: RosterSource {
    /// Numeric addresses of a name, none if there is no such name at the moment.
    typealias Resolve = @Sendable (_ name: String) throws(RosterError) -> [String]

    private let scheme: String
    private let host: String
    private let port: Int
    private let resolve: Resolve

    /// - Parameter text: `name:port`, perhaps with `http://` or `https://` in front; nil for anything else.
    init?(_ text: String, resolve: @escaping Resolve = Self.addresses) {
        var rest = text[...]
        var scheme = "http"
        for known in ["https", "http"] where rest.hasPrefix("\(known)://") {
            scheme = known
            rest.removeFirst(known.count + 3)
            break
        }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = Int(parts[1]), (1...65535).contains(port), (1...253).contains(parts[0].utf8.count),
            parts[0].utf8.allSatisfy({ (33...126).contains($0) && !"/@?#[]".utf8.contains($0) })
        else { return nil }
        self.scheme = scheme
        host = String(parts[0])
        self.port = port
        self.resolve = resolve
    }

    var name: String { "\(host):\(port)" }
    var isFixed: Bool { false }

    func read() throws(RosterError) -> RosterReading {
        let addresses = try resolve(host)
        let fourth = addresses.filter { !$0.contains(":") }
        var reading = RosterReading()
        for address in Set(fourth.isEmpty ? addresses : fourth).sorted() {
            // The zone of a link-local address is written as RFC 6874 has it.
            let place = address.contains(":") ? "[\(address.replacing("%", with: "%25"))]" : address
            if let url = WorkerURL("\(scheme)://\(place):\(port)") { reading.workers.append(RosterEntry(url: url)) }
        }
        if addresses.isEmpty { reading.complaints = ["\(host): the name has no address at the moment"] }
        return reading
    }

    /// Asks the system, which may take as long as its name servers do.
    static let addresses: Resolve = { name throws(RosterError) in
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &found)
        // There is no such name, or it has no address: a service whose workers are all gone looks like this.
        if code == EAI_NONAME || code == -5 { return [] }
        guard code == 0 else {
            throw RosterError(description: "\(name): cannot be resolved: \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(found) }
        var addresses: [String] = []
        var next = found
        while let one = next?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(one.ai_addr, one.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
                addresses.append(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
            }
            next = one.ai_next
        }
        return addresses
    }
}
