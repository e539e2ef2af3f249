/// The name of one value of a store: components joined by slashes, such as `0/c/3/5`.
///
/// No key leads out of its store: components that mean another folder do not come into being.
package struct StoreKey: Hashable, Sendable {
    let components: [String]

    /// The store itself.
    static let root = StoreKey(components: [])

    private static let componentByteCountMax = 255
    private static let componentCountMax = 32

    private init(components: [String]) { self.components = components }

    /// The key that metadata names by a relative path; nil for an absolute or empty one, for `.` and `..`, for what no file can be
    /// called, and for more than 32 components.
    init?(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= Self.componentCountMax, parts.allSatisfy(Self.isName) else { return nil }
        components = parts
    }

    /// The key of `name` below this one.
    ///
    /// - Precondition: `name` comes from the program, not from a file.
    func appending(_ name: String) -> StoreKey {
        precondition(Self.isName(name), "\"\(name)\" is no component")
        return StoreKey(components: components + [name])
    }

    /// The key that `relative` is from here.
    func appending(_ relative: StoreKey) -> StoreKey { StoreKey(components: components + relative.components) }

    /// The components with slashes between them; empty for the root.
    var path: String { components.joined(separator: "/") }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text != "." && text != ".." && text.utf8.count <= componentByteCountMax
            && !text.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    }
}
