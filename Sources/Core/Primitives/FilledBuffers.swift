package import Foundation

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

extension Data {
    /// Bytes that `fill` must set, all of them. They are not zeroed first, which would take as long as a copy.
    package init(unfilled byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        guard byteCount > 0, let memory = malloc(byteCount) else {
            precondition(byteCount == 0, "no memory for \(byteCount) bytes")
            self.init()
            return
        }
        do {
            try fill(UnsafeMutableRawBufferPointer(start: memory, count: byteCount))
        } catch {
            free(memory)
            throw error
        }
        self.init(bytesNoCopy: memory, count: byteCount, deallocator: .free)
    }
}
