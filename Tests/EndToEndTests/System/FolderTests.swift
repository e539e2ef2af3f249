import Foundation
import Testing

/// Folders that cannot be written to: the cause by its name, before anything is computed.
@Suite struct FolderTests {
    private let scratch: Scratch

    /// Inputs, a folder `closed` that cannot be written to, and in it a run and a folder of images that are closed, too.
    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 96, pixelsPerClass: 100)
        let made = try await Shell.run(
            "mkdir -p closed/run shut && ln -s nowhere lost && echo x > file && chmod 0555 closed closed/run && chmod 0 shut",
            in: scratch)
        #expect(made.status == 0, "\(made.errors)")
    }

    private func refusal(_ command: String) async throws -> String {
        let outcome = try await Shell.run(
            "chmod 0 shut; \(Shell.withoutRights) \(command); echo $?; chmod 0700 shut", in: scratch)
        #expect(outcome.output.hasSuffix("74\n"), "\(command): \(outcome.output) \(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        return outcome.errors.trimmingCharacters(in: .newlines)
    }

    static let places = [
        ("closed/run", "the folder closed/run cannot be written to: Permission denied"),
        ("closed/new", "the folder closed cannot be written to: Permission denied"),
        ("closed/new/deeper", "the folder closed cannot be written to: Permission denied"),
        ("shut/new", "the folder shut cannot be written to: Permission denied"),
        ("file", "expected a folder at file, found a file"),
        ("file/new", "expected a folder at file, found a file"),
        ("lost", "expected a folder at lost, found a link that leads nowhere"),
        ("lost/new", "expected a folder at lost, found a link that leads nowhere"),
    ]

    @Test(arguments: places) func `a run directory`(place: String, words: String) async throws {
        let said = try await refusal(
            "\"$1\" train image.png scribbles.png --trees 2 --local 1 --output m.json --run-dir \(place) --quiet")
        #expect(said == "coppice: run \(place): \(words)")
        #expect(!scratch.names.contains("m.json"))
    }

    @Test(arguments: places) func `an output and a report`(place: String, words: String) async throws {
        let train = "\"$1\" train image.png scribbles.png --trees 2 --local 1 --quiet"
        #expect(try await refusal("\(train) --output \(place)/m.json") == "coppice: \(place)/m.json: \(words)")
        #expect(
            try await refusal("\(train) --output m.json --report \(place)/r.json") == "coppice: \(place)/r.json: \(words)")
        #expect(!scratch.names.contains("m.json"))
    }

    @Test func `a folder of the kernel takes no run`() async throws {
        let said = try await refusal("\"$1\" train image.png scribbles.png --output m.json --run-dir /sys/coppice/run")
        #expect(said.hasPrefix("coppice: run /sys/coppice/run: the folder /sys cannot be written to: "), "\(said)")
    }

    @Test func `the folders of the demo and of a worker`() async throws {
        #expect(
            try await refusal("\"$1\" demo closed/demo --size 64 --local 1 --quiet --report r.json")
                == "coppice: closed/demo/image.png: the folder closed cannot be written to: Permission denied")
        #expect(
            try await refusal("\"$2\" --cache closed")
                == "coppice-worker: --cache closed: cannot be written to: Permission denied")
        #expect(
            try await refusal("\"$2\" --announce closed --log-level critical")
                == "coppice-worker: --announce closed: the folder closed cannot be written to: Permission denied")
        #expect(
            try await refusal("\"$1\" train image.png scribbles.png --output m.json --rendezvous none")
                == "coppice: --rendezvous none: No such file or directory")
    }
}
