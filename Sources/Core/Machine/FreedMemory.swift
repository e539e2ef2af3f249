private import CMalloc

/// How the process deals with memory that it has freed.
package enum FreedMemory {
    /// Blocks up to this size come from the heap, so that the next of their size finds them there.
    private static let heapBlockBytesMax: Int32 = 32 << 20
    /// So much freed memory at the end of a heap is kept.
    private static let keptBytesMax: Int32 = 64 << 20

    /// Keeps freed blocks for the next ones, instead of giving their pages back and asking for fresh ones, which the system must
    /// clear: documents of some megabytes come and go with every job. To be called before the first of them.
    package static func keep() {
        #if os(Linux)
            mallopt(M_MMAP_THRESHOLD, heapBlockBytesMax)
            mallopt(M_TRIM_THRESHOLD, keptBytesMax)
        #endif
    }
}
