extension Array where Element: BitwiseCopyable {
    /// An array of `count` elements, all of which `fill` must set.
    ///
    /// Memory is only touched as `fill` writes to it: a large claim by a small damaged file costs no more than what is decoded.
    ///
    /// - Throws: what `fill` throws.
    @inlinable
    package init<Failure: Error>(
        filled count: Int, by fill: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Void
    ) throws(Failure) {
        var failure: Failure?
        self.init(unsafeUninitializedCapacity: count) { buffer, initializedCount in
            do throws(Failure) {
                try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
                initializedCount = count
            } catch {
                failure = error
                initializedCount = 0
            }
        }
        if let failure { throw failure }
    }
}
