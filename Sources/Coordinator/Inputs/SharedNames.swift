/// What a file of this machine may be called on another one that sees the same storage.
enum SharedNames {
    /// The path, and what remains of it below a folder that is mounted in another place.
    ///
    /// - Parameter path: absolute.
    static func names(of path: String, countMax: Int) -> [String] {
        let components = path.split(separator: "/")
        return [path]
            + (1..<max(1, min(components.count, countMax))).map { count in components.dropFirst(count).joined(separator: "/") }
    }
}
