internal import ArgumentParser
internal import Foundation

/// `--rendezvous`: a folder in which workers announce themselves (`coppice-worker --announce`).
struct RendezvousOption: RosterOption {
    @Option(
        help: ArgumentHelp("Folder in which workers announce themselves (coppice-worker --announce).", valueName: "folder"))
    var rendezvous: String?

    static var flag: String { "--rendezvous" }
    var isGiven: Bool { rendezvous != nil }

    func source(isTLSExpected: Bool) throws(CommandError) -> any RosterSource {
        let path = rendezvous ?? ""
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw CommandError(.inputOutput, "\(Self.flag) \(path): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandError(.inputOutput, "\(Self.flag) \(path): expected a folder, found something else")
        }
        return RendezvousFolder(path: path, isTLSExpected: isTLSExpected)
    }
}
