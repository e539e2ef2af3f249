import Foundation
@testable import Primitives
@testable import Protocol
@testable import Scheduling
import Testing

@testable import Coordinator

@Suite struct RunDirectoryTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func manifest(
        _ command: String = "segment", tile: String = "64", inputs: [String]
    ) throws(CoordinatorError) -> RunManifest {
        try RunManifest(command: command, parameters: ["tile": tile], inputs: inputs)
    }

    private func open(_ manifest: RunManifest) throws(CoordinatorError) -> RunDirectory {
        try RunDirectory(path: folder("run"), manifest: manifest, arguments: ["coppice"])
    }

    /// The error of opening the run with another manifest.
    private func refusal(_ manifest: RunManifest) -> CoordinatorError? {
        do throws(CoordinatorError) {
            _ = try open(manifest)
            return nil
        } catch {
            return error
        }
    }

    @Test func `the key of an input changes with the run, the input's place and its content`() throws {
        func keys(_ name: String, _ contents: [String]) throws -> [String] {
            let paths = try contents.indices.map { try folder.write(contents[$0], to: "input\($0)") }
            let manifest = try RunManifest(
                command: "segment", parameters: [:], inputs: paths, separateInputs: contents.count)
            let run = try RunDirectory(path: folder(name), manifest: manifest, arguments: ["coppice"])
            defer { try? run.conclude(nil) }
            return contents.indices.map(run.key)
        }
        let first = try keys("run", ["a", "a"])
        #expect(first.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) } && first[0] != first[1])
        #expect(try keys("run", ["a", "a"]) == first)
        let changed = try keys("run", ["a", "b"])
        #expect(changed[0] == first[0] && changed[1] != first[1])
        #expect(try keys("other", ["a", "a"])[0] != first[0])
    }

    @Test func `a changed input is refused by its name and hash`() throws {
        let cells = try folder.write("cells", to: "cells.png")
        _ = try open(manifest(inputs: [cells]))
        let before = ContentHash(of: Data("cells".utf8)).hex.prefix(12)
        let after = ContentHash(of: Data("other".utf8)).hex.prefix(12)
        _ = try folder.write("other", to: "cells.png")
        let error = refusal(try manifest(inputs: [cells]))
        #expect(error?.kind == .badInput)
        #expect(
            error?.description
                == "run \(folder("run")): expected input \(cells) with sha256 \(before)…, found \(after)…; use another --run-dir")
    }

    @Test func `an input that has moved is the same input`() throws {
        _ = try open(manifest(inputs: [try folder.write("cells", to: "cells.png")]))
        #expect(refusal(try manifest(inputs: [try folder.write("cells", to: "moved.png")])) == nil)
    }

    @Test func `other commands, parameters, versions and numbers of inputs are refused by name`() throws {
        let cells = try folder.write("cells", to: "cells.png")
        _ = try open(manifest(inputs: [cells]))
        var newer = try manifest(inputs: [cells])
        newer.version = "99.0"
        for (other, text) in [
            (try manifest("features", inputs: [cells]), "expected the command segment, found features"),
            (try manifest(tile: "32", inputs: [cells]), "expected tile 64, found 32"),
            (newer, "expected coppice \(Coppice.version), found 99.0"),
            (try manifest(inputs: []), "expected 1 input files, found 0"),
        ] {
            let error = refusal(other)
            #expect(error?.kind == .badInput)
            #expect(error?.description == "run \(folder("run")): \(text); use another --run-dir")
        }
        #expect(refusal(try manifest(inputs: [cells])) == nil)
    }

    @Test func `a refused opening does not raise the epoch`() throws {
        _ = try open(manifest(inputs: []))
        #expect(refusal(try manifest(tile: "32", inputs: [])) != nil)
        #expect(try open(manifest(inputs: [])).ledger.authority.epoch == 2)
    }

    @Test func `a directory that somebody works in is refused, and free again afterwards`() throws {
        let run = try open(manifest(inputs: []))
        let error = refusal(try manifest(inputs: []))
        #expect(error?.kind == .inputOutput)
        #expect(error?.description.contains("found process \(getpid()) on ") == true)
        #expect(RunLock.holder(in: folder("run"))?.hasPrefix("process \(getpid()) on ") == true)
        withExtendedLifetime(run) {}
    }

    @Test func `the lock ends with its holder`() throws {
        do { _ = try open(manifest(inputs: [])) }
        #expect(RunLock.holder(in: folder("run")) == nil)
    }

    @Test func `a file in the way is an I/O error`() throws {
        _ = try folder.write("", to: "run")
        #expect(refusal(try manifest(inputs: []))?.kind == .inputOutput)
    }

    @Test func `a file that is no ledger is refused`() throws {
        try open(manifest(inputs: [])).conclude(nil)
        _ = try folder.write(String(repeating: "no database ", count: 1000), to: "run/ledger.sqlite")
        do throws(CoordinatorError) {
            _ = try RunStatus(directory: folder("run"))
            Issue.record("a text file was read as a ledger")
        } catch {
            #expect(error.kind == .inputOutput && error.description.contains("ledger.sqlite"), "\(error)")
        }
    }

    @Test(arguments: [
        CoordinatorError(.interrupted, "interrupted"), .init(.incomplete, "1 of 9 jobs failed"), .init(.noWorker, "none"),
    ])
    func `an error that can be mended says what is kept and how to go on`(failure: CoordinatorError) async throws {
        let run = try open(manifest(inputs: []))
        let phase = try run.ledger.phase(0, "segment", proposedGranularity: 1)
        try run.ledger.setJobs(9, of: phase)
        try await run.ledger.journal(of: phase).keep(Data("x".utf8), of: JobIndex(0))
        do throws(CoordinatorError) {
            try run.conclude(failure)
            Issue.record("the failure is gone")
        } catch {
            #expect(error.kind == failure.kind)
            #expect(error.description.hasPrefix(failure.description))
            #expect(error.description.hasSuffix("1 of 9 jobs are kept in \(folder("run")); the same command continues"))
        }
    }
}
