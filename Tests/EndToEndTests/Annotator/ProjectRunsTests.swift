import Foundation
internal import Synchronization
import Testing

@testable import Annotator
@testable import Coordinator
@testable import Primitives

/// The list of runs, with work that computes nothing.
@Suite(.timeLimit(.minutes(5))) struct ProjectRunsTests {
    private static let id = "44444444-4444-4444-8444-444444444444"

    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let order = RunOrder(
        id: id, kind: "segment", images: [], maps: [], format: .tif, objects: nil, areas: false, person: "somebody",
        time: "2026-11-30T12:00:00Z")

    private var end: String { scratch("runs/\(Self.id)/end.json") }

    /// Returns once the run is in a state.
    private func wait(for state: String, of runs: ProjectRuns) async -> RunDocument {
        while true {
            if let document = try? await runs.document(of: Self.id), document.state == state { return document }
            await Task.yield()
        }
    }

    @Test func `a run that failed is done again in its folder, and has ended then`() async throws {
        let folders = Lock<[String]>([])
        let runs = ProjectRuns(folder: scratch("runs")) { _, folder, progress in
            let count = folders.withLock { folders in
                folders.append(folder)
                return folders.count
            }
            if count == 1 {
                progress.say("the first half is done")
                throw CoordinatorError(.badInput, "the second half is not there")
            }
        }
        let serving = Task { await runs.serve() }
        try await runs.add(Self.order, model: Data("model".utf8))
        let failed = await wait(for: "failed", of: runs)
        #expect(failed.message == "the second half is not there")
        #expect(FileManager.default.fileExists(atPath: end))
        try await runs.again(Self.id)
        let done = await wait(for: "done", of: runs)
        #expect(done.message == nil, "nothing is said of the first time")
        #expect(folders.withLock { $0 } == [failed.directory, failed.directory])
        #expect(try scratch.bytes("runs/\(Self.id)/model.json") == Data("model".utf8))
        await #expect(throws: Refusal.self, "nothing is left to do") { try await runs.again(Self.id) }
        await #expect(throws: Refusal.self) { try await runs.again("nothing") }
        serving.cancel()
        await serving.value
    }

    @Test func `a run that is cancelled, and ordered again before it has stopped, is done`() async throws {
        let door = Door()
        let attempts = Lock(0)
        let runs = ProjectRuns(folder: scratch("runs")) { _, _, _ in
            attempts.withLock { $0 += 1 }
            await door.pass()
            try Task.checkCancellation()
        }
        let serving = Task { await runs.serve() }
        door.holdNext()
        try await runs.add(Self.order, model: Data())
        await door.isHolding()
        await #expect(throws: Refusal.self, "it goes on") { try await runs.again(Self.id) }
        try await runs.cancel(Self.id)
        let cancelled = try await runs.document(of: Self.id)
        #expect(cancelled.state == "cancelled")
        try await runs.again(Self.id)
        #expect(!FileManager.default.fileExists(atPath: end), "the next server would go on with it")
        door.release()
        _ = await wait(for: "done", of: runs)
        #expect(attempts.withLock { $0 } == 2)
        serving.cancel()
        await serving.value
    }

    @Test func `a run of an earlier program, which says less, is done again by another server`() async throws {
        let place = scratch.folder.appendingPathComponent("runs/\(Self.id)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let order = """
            {"areas":true,"format":"png","id":"\(Self.id)","images":[{"name":"a","pages":1,"path":"/a.png"}],"kind":"segment",\
            "maps":[],"person":"somebody","time":"2026-11-30T12:00:00Z"}
            """
        try Data(order.utf8).write(to: place.appendingPathComponent("order.json"))
        try Data("{\"state\":\"cancelled\",\"time\":\"2026-11-30T13:00:00Z\"}".utf8).write(
            to: place.appendingPathComponent("end.json"))
        let runs = ProjectRuns(folder: scratch("runs")) { _, _, _ in }
        let serving = Task { await runs.serve() }
        let cancelled = await wait(for: "cancelled", of: runs)
        #expect(cancelled.revision == nil && cancelled.modelTime == nil && cancelled.images.map(\.name) == ["a"])
        try await runs.again(Self.id)
        _ = await wait(for: "done", of: runs)
        serving.cancel()
        await serving.value
    }
}
