/// Why a reference is not followed. `description` is one line.
package struct ReferenceError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
