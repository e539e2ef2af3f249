/// Memory that all threads of a team write to, all of it set to zero at first.
///
/// `@unchecked Sendable`: threads write disjoint parts while a team runs, and nobody reads before it is done.
final class SharedBuffer<Element: BitwiseCopyable & ExpressibleByIntegerLiteral>: @unchecked Sendable {
    let count: Int
    let base: UnsafeMutablePointer<Element>

    init(count: Int) {
        self.count = count
        base = .allocate(capacity: max(1, count))
        base.initialize(repeating: 0, count: count)
    }

    deinit { base.deallocate() }
}
