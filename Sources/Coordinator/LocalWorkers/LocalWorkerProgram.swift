import Foundation

/// Where the program of local workers is.
enum LocalWorkerProgram {
    /// The environment variable that names the program.
    static let variable = "COPPICE_WORKER"
    static let name = "coppice-worker"

    /// The program named by the environment, else the one beside this process's own, else the first on the search path.
    ///
    /// - Throws: `LocalWorkerError.notFound` with the places that were looked at.
    static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(LocalWorkerError) -> String {
        if let named = environment[variable], !named.isEmpty {
            guard isExecutable(named) else {
                throw .notFound("\(variable): expected an executable file, found \(named)")
            }
            return named
        }
        var places: [String] = []
        if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            places.append((own as NSString).deletingLastPathComponent)
        }
        places += (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for place in places where isExecutable("\(place)/\(name)") { return "\(place)/\(name)" }
        throw .notFound("\(name) is neither beside coppice nor on the search path; set \(variable) to where it is")
    }

    private static func isExecutable(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }
}

/// Why local workers cannot be had. `description` is one line.
enum LocalWorkerError: Error, Equatable, Sendable, CustomStringConvertible {
    case notFound(String)

    var description: String {
        switch self {
        case .notFound(let message): message
        }
    }
}
