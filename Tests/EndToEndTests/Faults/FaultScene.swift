import Foundation
import Testing

/// An image and a model, and the labels that segmenting it gives when nothing goes wrong.
struct FaultScene: Sendable {
    let scratch: Scratch
    let expected: Data

    /// So many tiles that every worker gets some.
    static let tile = 32

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch)
        let trained = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "30", "--output", scratch("model.json"),
            "--local", "2", "--quiet",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        let quiet = try await Program.coppice(Self.segment(scratch, into: "quiet.png") + ["--local", "1"])
        #expect(quiet.status == 0, "\(quiet.errors)")
        expected = try scratch.bytes("quiet.png")
    }

    /// The command, without its workers. It tells what happens on stderr, and reports to `report.json`.
    func segment(into output: String = "shaken.png") -> [String] { Self.segment(scratch, into: output) }

    private static func segment(_ scratch: Scratch, into output: String) -> [String] {
        [
            "segment", scratch("image.png"), "--model", scratch("model.json"), "--output", scratch(output), "--tile",
            "\(tile)", "--report", scratch("report.json"), "--quiet", "--log-level", "info",
        ]
    }

    /// Starts the command with a list of workers.
    func start(_ workers: [String], _ more: [String] = []) throws -> Running {
        try Program.start(segment() + ["--workers", workers.joined(separator: ",")] + more)
    }

    /// Expects that the command has ended well, with the bytes of a quiet run; returns its report.
    @discardableResult
    func expectSameBytes(_ outcome: Program.Outcome) throws -> Report {
        #expect(outcome.status == 0, "\(outcome.status): \(outcome.errors)")
        #expect(try scratch.bytes("shaken.png") == expected)
        return try Report(scratch("report.json"))
    }

    /// Writes a line at the end of a file, which is made if it is missing.
    func append(_ line: String, to name: String) throws {
        let known = (try? scratch.bytes(name)) ?? Data()
        try (known + Data("\(line)\n".utf8)).write(to: URL(fileURLWithPath: scratch(name)), options: .atomic)
    }
}
