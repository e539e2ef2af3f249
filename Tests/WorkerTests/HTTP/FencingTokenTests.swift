internal import Foundation
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Synchronization
internal import Testing

@testable import Worker

@Suite struct FencingTokenTests {
    private func isKnown(_ id: ContentHash, to engine: JobEngine<GatedWorkload>) -> Bool {
        engine.state.withLock { state in state.table.entries[id] != nil }
    }

    private func fields(_ run: String, _ epoch: Int) -> [String: String] {
        ["Coppice-Run": run, "Coppice-Epoch": "\(epoch)"]
    }

    @Test func `an older epoch is told that it is superseded, whatever it asks`() async throws {
        try await LiveWorker.run { worker in
            let job = GatedWorkload.Job(name: "a")
            let accepted = try await worker.client.send(
                "POST", "/v1/jobs?wait=5", body: job.document.body, fields: fields("r", 2))
            #expect(accepted.status == 200)
            for (method, path) in [
                ("POST", "/v1/jobs"), ("GET", "/v1/jobs/\(job.document.id)"), ("DELETE", "/v1/jobs/\(job.document.id)"),
            ] {
                let answer = try await worker.client.send(
                    method, path, body: method == "POST" ? job.document.body : nil, fields: fields("r", 1))
                #expect(answer.status == 409, "\(method)")
                #expect(answer.errorCode == "superseded", "\(method)")
                #expect(answer.text.contains("\"retryable\":false"), "\(method)")
            }
            let other = try await worker.client.send("GET", "/v1/jobs/\(job.document.id)", fields: fields("s", 1))
            #expect(other.status == 200)
        }
    }

    @Test func `a new epoch calls off the running job of the old one`() async throws {
        try await LiveWorker.run { worker in
            let job = GatedWorkload.Job(name: "old", gate: true)
            let accepted = try await worker.client.send("POST", "/v1/jobs", body: job.document.body, fields: fields("r", 1))
            #expect(accepted.status == 202)
            let next = GatedWorkload.Job(name: "new")
            _ = try await worker.client.send("POST", "/v1/jobs", body: next.document.body, fields: fields("r", 2))
            #expect(try await worker.client.send("GET", "/v1/jobs/\(job.document.id)").status == 404)
            worker.load.open("old")
        }
    }

    @Test func `a new epoch that asks for the running job keeps it`() async throws {
        try await LiveWorker.run { worker in
            let job = GatedWorkload.Job(name: "kept", gate: true)
            for epoch in [1, 2] {
                let answer = try await worker.client.send("POST", "/v1/jobs", body: job.document.body, fields: fields("r", epoch))
                #expect(answer.status == 202)
            }
            worker.load.open("kept")
            #expect(
                try await worker.client.send("GET", "/v1/jobs/\(job.document.id)?wait=5", fields: fields("r", 2)).status == 200)
            #expect(worker.load.runCount("kept") == 1)
        }
    }

    @Test(arguments: [["Coppice-Epoch": "0"], ["Coppice-Epoch": "+1"], ["Coppice-Epoch": "1.5"], ["Coppice-Run": "two words"]])
    func `a malformed fencing token is refused`(fields: [String: String]) async throws {
        try await LiveWorker.run { worker in
            let answer = try await worker.client.send("POST", "/v1/jobs", body: Data("{}".utf8), fields: fields)
            #expect(answer.status == 400)
            #expect(answer.errorCode == "bad_fencing_token")
        }
    }

    @Test func `a job whose coordinator is gone without a word is called off`() async throws {
        try await LiveWorker.run(orphanAge: .seconds(1)) { worker in
            let job = GatedWorkload.Job(name: "orphan", gate: true)
            let accepted = try await worker.submit(job)
            #expect(accepted.status == 202)
            // Heard from inside: to ask for the job would keep it. The test does not end if it is never called off.
            for await name in worker.load.callOffs.stream where name == "orphan" { break }
            #expect(!isKnown(job.document.id, to: worker.engine))
            worker.load.open("orphan")
        }
    }
}
