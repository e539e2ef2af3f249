package import Foundation

extension Data {
    /// Bytes that `fill` writes, all of them: not zeroed before, which takes as long as a copy.
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
