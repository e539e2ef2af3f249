/// Whose jobs go first where runs share workers. Runs of one priority share them evenly.
package enum RunPriority: Int, Codable, Comparable, CaseIterable, Sendable {
    /// Nobody waits for it, such as a batch over night.
    case background
    case normal
    /// Somebody looks at a screen until it is done.
    case interactive

    package static func < (left: RunPriority, right: RunPriority) -> Bool { left.rawValue < right.rawValue }
}
