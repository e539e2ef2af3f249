import Foundation
@testable import Protocol
import Testing

@testable import Coordinator

/// Workers that come when the work has begun.
@Suite struct LateJoinTests {
    private let scene: FaultScene
    /// Holds back what the first worker says about jobs, so that the run cannot end before the second one is there.
    private let gate = Gate()
    private let first: HandStartedWorker
    private let held: FaultyWorker

    init() async throws {
        scene = try await FaultScene()
        first = try await HandStartedWorker.start()
        held = try FaultyWorker(before: first.url) { [gate] in $0.isJob ? .hold(gate) : .pass }
    }

    @Test func `a worker that is added to the file is used from then on`() async throws {
        try scene.append("# the first", to: "workers")
        try scene.append(held.url, to: "workers")
        let running = try Program.start(scene.segment() + ["--workers-file", scene.scratch("workers")])
        #expect(await running.says("\(held.url): 1 slots"))
        let late = try await HandStartedWorker.start()
        try scene.append("not a worker", to: "workers")
        try scene.append(late.url, to: "workers")
        #expect(await running.says("\(late.url): 1 slots"))
        gate.open()
        let outcome = await running.ended()
        let report = try scene.expectSameBytes(outcome)
        #expect(report.worker(late.url)?.jobs ?? 0 >= 1)
        let complaints = outcome.errors.split(separator: "\n").filter { $0.contains("line 3: expected a URL") }
        #expect(complaints.count == 1, "\(outcome.errors)")
    }

    @Test func `a worker that announces itself in the folder is used from then on, and takes its file away`() async throws {
        let folder = scene.scratch("rendezvous")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try announce(held.url, "held", in: folder)
        // A worker that died without a word, and things that are no announcements.
        try announce("http://127.0.0.1:1", "dead", in: folder)
        try Data("{\"format\":\"coppice-wor".utf8).write(to: URL(fileURLWithPath: "\(folder)/half.json"))
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/link.json", withDestinationPath: "/etc/passwd")
        let running = try Program.start(scene.segment() + ["--rendezvous", folder])
        #expect(await running.says("\(held.url): 1 slots"))
        let late = try await HandStartedWorker.start(arguments: ["--announce", folder])
        #expect(await running.says("\(late.url): 1 slots"))
        gate.open()
        let outcome = await running.ended()
        let report = try scene.expectSameBytes(outcome)
        #expect(report.worker(late.url)?.jobs ?? 0 >= 1)
        for name in ["half.json", "link.json"] {
            #expect(outcome.errors.components(separatedBy: "\(folder)/\(name): left out").count == 2, "\(outcome.errors)")
        }
        #expect(!outcome.errors.contains("root:"), "\(outcome.errors)")

        late.running.kill(SIGTERM)
        #expect(await late.running.ended().status == 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(left == ["dead.json", "half.json", "held.json", "link.json"])
    }

    @Test func `a list that names nobody ends the command after a while, and says who named nobody`() async throws {
        try scene.append("# nobody yet", to: "empty")
        gate.open()
        let outcome = try await Program.coppice(scene.segment() + ["--workers-file", scene.scratch("empty")])
        #expect(outcome.status == 69, "\(outcome.status): \(outcome.errors)")
        #expect(
            outcome.errors.hasSuffix("coppice: no usable worker: \(scene.scratch("empty")) names none\n"), "\(outcome.errors)")
    }

    @Test(arguments: [
        (["--workers-file", "@/bad"], Int32(65), "line 2: expected a URL"),
        (["--workers-file", "@/none"], 74, "none: cannot be read"),
        (["--workers-dns", "node"], 64, "expected NAME:PORT"), (["--rendezvous", "@/none"], 74, "--rendezvous"),
        (["--rendezvous", "@/", "--workers-dns", "a:1"], 64, "exclude each other: expected one, found 2"),
    ])
    func `a list that cannot be one is said at once`(workers: [String], status: Int32, words: String) async throws {
        try scene.append("http://127.0.0.1:1", to: "bad")
        try scene.append("ftp://x", to: "bad")
        gate.open()
        let options = workers.map { $0.replacing("@/", with: scene.scratch.folder.path + "/") }
        let outcome = try await Program.coppice(scene.segment() + options)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errors.contains(words) && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }

    private func announce(_ url: String, _ name: String, in folder: String) throws {
        let announcement = try WireJSON.encode(WorkerAnnouncement(url: url, instance: name, slots: 1))
        try announcement.write(to: URL(fileURLWithPath: "\(folder)/\(name).json"))
    }
}
