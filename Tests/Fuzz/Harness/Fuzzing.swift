internal import CFuzzer
internal import Foundation

/// What all fuzz targets share: their start, their seeds, and what they hold against the code under test.
///
/// `TARGET seeds FOLDER` writes the target's seeds; anything else goes to libFuzzer.
public enum Fuzzing {
    /// Runs a target to its end.
    ///
    /// - Parameters:
    ///   - seeds: inputs to start from, by name.
    ///   - test: called with one input at a time, always on the same thread.
    public static func main(
        seeds: () throws -> [String: [UInt8]], test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
    ) throws -> Never {
        let arguments = CommandLine.arguments
        if arguments.count == 3, arguments[1] == "seeds" {
            let folder = URL(fileURLWithPath: arguments[2])
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (name, bytes) in try seeds() { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
            exit(0)
        }
        var count = CommandLine.argc
        var texts: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &texts, test))
    }

    /// The input as an array.
    public static func bytes(_ input: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
        Array(UnsafeBufferPointer(start: input, count: count))
    }

    /// A refusal is one line for people, and says something.
    public static func expectOneLine(_ message: String) {
        precondition(!message.isEmpty && !message.contains(where: \.isNewline), "expected one line, found: \(message)")
    }
}
