/// The planes of a stack.
package struct StackShape: Codable, Hashable, Sendable {
    /// Planes in depth.
    package let depth: Int
    /// Time points.
    package let times: Int

    package init(depth: Int, times: Int) {
        precondition(depth >= 1 && times >= 1, "\(depth) × \(times) planes")
        (self.depth, self.times) = (depth, times)
    }

    /// Planes in all: those in depth come first, then time points.
    package var pages: Int { depth * times }

    /// Place in depth of a page.
    package func depth(ofPage page: Int) -> Int { page % depth }

    /// Time point of a page.
    package func time(ofPage page: Int) -> Int { page / depth }

    /// The axes besides rows and columns along which there are several planes.
    package var axes: String { (times > 1 ? "t" : "") + (depth > 1 ? "z" : "") }
}
