/// What the control groups of a process grant it: those of Linux, version 1 and 2, as containers and batch systems set them.
///
/// `/proc/self/cgroup` says in which group the process is for each controller, `/proc/self/mountinfo` where groups are seen as folders. A
/// limit of a group above holds as well: all folders from the process's up to the mounted one are looked at.
struct ControlGroups {
    /// The content of a file, by its path; nil if it cannot be read.
    typealias Files = (_ path: String) -> String?

    /// Folders to look into for processor time, and for memory, of each version.
    private let folders: [(controller: Controller, version: Int, paths: [String])]
    private let files: Files

    private enum Controller: String, CaseIterable { case cpu, memory }

    private struct Mount {
        let root: String
        let place: String
        let version: Int
        let controllers: Set<String>
    }

    /// - Parameter files: how files are read; those of `/proc` and of the groups.
    init(_ files: @escaping Files) {
        self.files = files
        let mounts = Self.mounts(files("/proc/self/mountinfo") ?? "")
        let groups = Self.groups(files("/proc/self/cgroup") ?? "")
        folders = Controller.allCases.flatMap { controller in
            mounts.compactMap { mount in
                let isSecond = mount.version == 2
                guard isSecond || mount.controllers.contains(controller.rawValue) else { return nil }
                guard let group = groups[isSecond ? "" : controller.rawValue] else { return nil }
                return (controller, mount.version, Self.folders(of: group, in: mount))
            }
        }
    }

    /// Processors that may be busy at the same time, rounded up; nil without a limit.
    var cores: Int? {
        values(of: .cpu) { folder, version in
            let words: [Substring]
            if version == 2 {
                words = (files("\(folder)/cpu.max") ?? "").split(whereSeparator: \.isWhitespace)
            } else {
                words = ["quota", "period"].flatMap {
                    (files("\(folder)/cpu.cfs_\($0)_us") ?? "").split(whereSeparator: \.isWhitespace).prefix(1)
                }
            }
            guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0 else {
                return nil
            }
            return quota / period + (quota % period == 0 ? 0 : 1)
        }
    }

    /// Memory, in bytes; nil without a limit.
    var memoryBytes: Int? {
        values(of: .memory) { folder, version in
            let text = files("\(folder)/\(version == 2 ? "memory.max" : "memory.limit_in_bytes")") ?? ""
            return text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        }
    }

    /// The least of the limits of a controller.
    private func values(of controller: Controller, _ limit: (_ folder: String, _ version: Int) -> Int?) -> Int? {
        folders.filter { $0.controller == controller }.flatMap { entry in entry.paths.compactMap { limit($0, entry.version) } }
            .min()
    }

    /// The group of the process by controller; that of version 2 by the empty name.
    private static func groups(_ text: String) -> [String: String] {
        var groups: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            for controller in fields[1].split(separator: ",", omittingEmptySubsequences: false) {
                groups[String(controller)] = String(fields[2])
            }
        }
        return groups
    }

    /// Where groups are mounted: `36 35 98:0 ROOT PLACE OPTIONS … - TYPE SOURCE SUPEROPTIONS`.
    private static func mounts(_ text: String) -> [Mount] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.lastIndex(of: "-"), dash >= 5, fields.count > dash + 1 else { return nil }
            let type = fields[dash + 1]
            guard type == "cgroup" || type == "cgroup2" else { return nil }
            let options = fields.count > dash + 3 ? fields[dash + 3] : ""
            return Mount(
                root: unescaped(fields[3]), place: unescaped(fields[4]), version: type == "cgroup2" ? 2 : 1,
                controllers: Set(options.split(separator: ",").map(String.init)))
        }
    }

    /// The folder of a group, and those above it up to the mounted one; the mounted one alone for a group that is not seen.
    private static func folders(of group: String, in mount: Mount) -> [String] {
        let below = components(group)
        let root = components(mount.root)
        let place = mount.place == "/" ? "" : mount.place
        guard below.starts(with: root), !below.contains("..") else { return [place] }
        let rest = below.dropFirst(root.count)
        return (0...rest.count).reversed().map { count in
            ([place] + rest.prefix(count).map(String.init)).joined(separator: "/")
        }
    }

    private static func components(_ path: String) -> [Substring] { path.split(separator: "/") }

    /// A field in which spaces and the like are written as `\040`.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
