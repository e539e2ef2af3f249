internal import Foundation
internal import Machine

/// Where a worker's token comes from: a file, else the environment, never the command line.
enum TokenSource {
    /// The environment variable.
    static let variable = "COPPICE_TOKEN"

    /// - Throws: `StartError` when a file is named but unreadable, or the token is malformed.
    static func token(file path: String?) throws(StartError) -> BearerToken? {
        let fromEnvironment = SecretVariable.take(variable)
        if let path { return try read(file: path) }
        guard let text = fromEnvironment, !text.isEmpty else { return nil }
        guard let token = BearerToken(text) else {
            throw StartError(.badInput, "\(variable): expected 1 to 4096 visible ASCII characters")
        }
        return token
    }

    private static func read(file path: String) throws(StartError) -> BearerToken {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw StartError(.inputOutput, "token file \(path): cannot be read")
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let token = BearerToken(text) else {
            throw StartError(.badInput, "token file \(path): expected 1 to 4096 visible ASCII characters")
        }
        return token
    }
}
