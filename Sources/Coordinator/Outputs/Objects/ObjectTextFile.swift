internal import Formats
internal import Foundation

/// A text file that is written from its beginning to its end, under a temporary name until it is complete.
final class ObjectTextFile {
    private let file: PendingFile
    private let output: OutputFile
    private var held: [UInt8] = []

    private static let heldByteCount = 1 << 16

    var path: String { file.path }

    init(path: String) throws {
        let file = try PendingFile(path: path)
        var output: OutputFile?
        try file.write {
            do {
                output = try OutputFile(path: file.temporaryPath)
            } catch let error as FileError {
                throw OutputError(path: path, reason: error.reason)
            }
        }
        guard let output else { preconditionFailure("no file \(path)") }
        (self.file, self.output) = (file, output)
    }

    func write(_ text: String) throws {
        held += text.utf8
        if held.count >= Self.heldByteCount { try flush() }
    }

    private func flush() throws {
        do {
            try held.withUnsafeBytes { try output.write($0) }
        } catch let error as FileError {
            throw OutputError(path: path, reason: error.reason)
        }
        held.removeAll(keepingCapacity: true)
    }

    func seal() throws {
        try flush()
        do {
            try output.close()
        } catch {
            throw OutputError(path: path, reason: error.reason)
        }
    }

    func publish() throws { try file.commit() }
}

/// Numbers and texts as JSON has them.
enum ObjectText {
    /// The shortest text that is read as the same number; whole numbers without a point.
    static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : "\(value)"
    }

    /// A text in quotation marks.
    static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
