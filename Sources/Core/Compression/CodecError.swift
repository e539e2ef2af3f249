/// Why bytes cannot be packed or unpacked. `description` is one line.
package struct CodecError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
