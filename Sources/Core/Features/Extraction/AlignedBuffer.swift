/// Memory of one extractor that is kept between calls: 64-byte aligned, zero when it is new.
final class AlignedBuffer<Element: BitwiseCopyable & ExpressibleByIntegerLiteral> {
    let base: UnsafeMutablePointer<Element>
    let count: Int

    /// - Parameter count: elements; a buffer of none has an address that must not be read.
    init(count: Int = 0) {
        self.count = count
        base = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 64)
            .assumingMemoryBound(to: Element.self)
        base.initialize(repeating: 0, count: count)
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }

    /// This buffer if it has room for `needed` elements, or a new one; what was stored is not moved there.
    func reserving(_ needed: Int) -> AlignedBuffer {
        needed <= count ? self : AlignedBuffer(count: needed)
    }
}
