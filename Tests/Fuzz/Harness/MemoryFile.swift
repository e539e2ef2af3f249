internal import Foundation

/// A file without a name whose content is replaced again and again; readers open it by `path`.
public final class MemoryFile {
    private let descriptor: Int32
    public let path: String

    public init() {
        var template = Array("/dev/shm/coppice-fuzz-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        precondition(descriptor >= 0 && unlink(template) == 0, "no file in /dev/shm: \(String(cString: strerror(errno)))")
        path = "/proc/self/fd/\(descriptor)"
    }

    deinit { close(descriptor) }

    public func replaceContent(_ bytes: [UInt8]) {
        precondition(ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count)
    }
}
