/// Why stored bytes are no chunk. `description` is one line.
struct CodecError: Error, Equatable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
