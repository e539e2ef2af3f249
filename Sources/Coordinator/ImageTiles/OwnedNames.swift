internal import Foundation
internal import Primitives
internal import Synchronization

/// Names of folders that a process works in, by which those are told that a process has left which has ended: in a container, the next one
/// often has the same number.
enum OwnedNames {
    /// Those of this process that are in use.
    private static let inUse = Lock<Set<String>>([])

    /// A new name, such as `.4711-….part`, which is in use until it is released.
    static func make(prefix: String, suffix: String = "") -> String {
        let name = "\(prefix)\(getpid())-\(UUID().uuidString)\(suffix)"
        inUse.withLock { _ = $0.insert(name) }
        return name
    }

    /// Says that a name is not in use any more.
    static func release(_ name: String) { inUse.withLock { _ = $0.remove(name) } }

    /// Whether a name was made by a process that has ended, or is not in use any more.
    static func isAbandoned(_ name: String, prefix: String) -> Bool {
        guard name.hasPrefix(prefix), let process = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }) else { return false }
        if process == getpid() { return !inUse.withLock { $0.contains(name) } }
        return kill(process, 0) != 0 && errno == ESRCH
    }

    /// Removes what processes that have ended left in a folder.
    static func removeAbandoned(in folder: String, prefix: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where isAbandoned(name, prefix: prefix) {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }
}
