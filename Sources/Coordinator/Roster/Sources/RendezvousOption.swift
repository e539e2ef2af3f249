internal import Foundation

/// `--rendezvous`: a folder in which workers announce themselves (`coppice-worker --announce`).
package enum RendezvousOption: RosterOption {
    package static let name = "rendezvous"
    package static let help = "Folder in which workers announce themselves (coppice-worker --announce)."
    package static let valueName = "folder"

    package static func source(_ text: String, isTLSExpected: Bool) throws(CommandError) -> any RosterSource {
        let path = text
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw CommandError(.inputOutput, "\(flag) \(path): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandError(.inputOutput, "\(flag) \(path): expected a folder, found something else")
        }
        return RendezvousFolder(path: path, isTLSExpected: isTLSExpected)
    }
}
