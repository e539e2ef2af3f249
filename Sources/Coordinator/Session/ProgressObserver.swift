/// Who is told how a run goes. A command shows a bar, a server sends events; nobody needs to listen.
package protocol ProgressObserver: Sendable {
    /// A phase opens, such as `training`, of `total` pieces named by `unit`, such as `trees`; nil when the number is not known yet.
    func begin(_ phase: String, unit: String, total: Int?)
    /// Some pieces of the open phase, or a part of one, are done.
    func advance(byPart part: Double)
    /// So many pieces are done, or more.
    func advance(toAtLeast count: Int)
    /// How many workers are busy now, of how many.
    func workers(busy: Int, total: Int)
    /// The open phase is complete.
    func end()
    /// The open phase ends with an error, which follows.
    func abandon()
    /// One line that matters, such as a warning.
    func warn(_ text: String)
    /// One line of information.
    func say(_ text: String)
}

extension ProgressObserver {
    /// More pieces of the open phase are done.
    package func advance(by count: Int) { advance(byPart: Double(count)) }
}

/// Listens to nothing.
package struct SilentObserver: ProgressObserver {
    package init() {}

    package func begin(_ phase: String, unit: String, total: Int?) {}
    package func advance(byPart part: Double) {}
    package func advance(toAtLeast count: Int) {}
    package func workers(busy: Int, total: Int) {}
    package func end() {}
    package func abandon() {}
    package func warn(_ text: String) {}
    package func say(_ text: String) {}
}
