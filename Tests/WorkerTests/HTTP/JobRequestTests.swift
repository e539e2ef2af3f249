internal import Foundation
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Testing

@testable import Worker

@Suite struct JobRequestTests {
    typealias Job = GatedWorkload.Job

    @Test func `a job that is done within the wait is answered with its result`() async throws {
        try await LiveWorker.run { worker in
            let answer = try await worker.submit(Job(name: "quick"), wait: 30)
            #expect(answer.status == 200)
            #expect(answer.text == "{\"result\":\"quick\"}")
        }
    }

    @Test func `answers name the hash of their body, and a job that was damaged on the way is not done`() async throws {
        try await LiveWorker.run { worker in
            let sent = Job(name: "sent").document
            let damaged = Job(name: "senu").document.body
            let good = ["Content-Digest": sent.id.digestField]
            let refused = try await worker.client.send("POST", "/v1/jobs?wait=30", body: damaged, fields: good)
            #expect((refused.status, refused.errorCode) == (422, "damaged"))
            #expect(refused.text.contains("\"retryable\":true"))
            let malformed = try await worker.client.send(
                "POST", "/v1/jobs?wait=30", body: sent.body, fields: ["Content-Digest": "sha-256=:AAAA:"])
            #expect((malformed.status, malformed.errorCode) == (400, "bad_digest"))
            #expect(worker.load.runCount("sent") + worker.load.runCount("senu") == 0)
            let answer = try await worker.client.send("POST", "/v1/jobs?wait=30", body: sent.body, fields: good)
            #expect(answer.status == 200)
            for answer in [refused, malformed, answer, try await worker.client.send("GET", "/v1/worker")] {
                #expect(answer.fields["content-digest"] == ContentHash(of: answer.body).digestField)
            }
        }
    }

    @Test func `a job that takes longer is accepted, can be polled, and keeps its result`() async throws {
        try await LiveWorker.run { worker in
            let job = Job(name: "slow", gate: true)
            let accepted = try await worker.submit(job)
            #expect(accepted.status == 202)
            #expect(try WireJSON.decode(AcceptedDocument.self, from: accepted.body).id == job.document.id)
            #expect(try await worker.client.send("GET", "/v1/jobs/\(job.document.id)?wait=0.01").status == 202)
            worker.load.open("slow")
            for _ in 0..<2 {
                let result = try await worker.client.send("GET", "/v1/jobs/\(job.document.id)?wait=30")
                #expect((result.status, result.text) == (200, "{\"result\":\"slow\"}"))
            }
            #expect(try await worker.submit(job).status == 200)
            #expect(worker.load.runCount("slow") == 1)
        }
    }

    @Test func `waits end when their own timeout does, in whatever order they began`() async throws {
        try await LiveWorker.run { worker in
            let job = Job(name: "slow", gate: true)
            #expect(try await worker.submit(job).status == 202)
            let path = "/v1/jobs/\(job.document.id)?wait="
            try await withThrowingTaskGroup(of: (String, Int).self) { group in
                for wait in ["30", "0.2", "0.01", "0.1"] {
                    group.addTask { (wait, try await worker.client.send("GET", path + wait).status) }
                }
                for _ in 0..<3 {
                    let (wait, status) = try #require(await group.next())
                    #expect(wait != "30" && status == 202, "\(wait) s: \(status)")
                }
                worker.load.open("slow")
                let (wait, status) = try #require(await group.next())
                #expect(wait == "30" && status == 200, "\(wait) s: \(status)")
            }
        }
    }

    @Test func `the same job sent twice at the same time is computed once`() async throws {
        try await LiveWorker.run { (worker: LiveWorker) async throws in
            let job = Job(name: "twin", gate: true)
            #expect(try await worker.submit(job).status == 202)
            async let first = worker.submit(job, wait: 30)
            async let second = worker.submit(job, wait: 30)
            worker.load.open("twin")
            let answers = try await (first, second)
            #expect(answers.0.status == 200)
            #expect(answers.0.body == answers.1.body)
            #expect(worker.load.runCount("twin") == 1)
        }
    }

    @Test func `a job that can succeed nowhere is a 422 that is not worth a retry`() async throws {
        try await LiveWorker.run { worker in
            let answer = try await worker.submit(Job(name: "bad", fail: true), wait: 30)
            #expect(answer.status == 422)
            let document = try WireJSON.decode(ErrorDocument.self, from: answer.body)
            #expect(document == ErrorDocument(code: "invalid_job", message: "bad: meant to fail", retryable: false))
        }
    }

    @Test func `slots and as many waiting jobs are taken, the next is a 429, and known ones are still joined`() async throws {
        try await LiveWorker.run(slots: 2) { worker in
            for name in ["a", "b", "c", "d"] {
                #expect(try await worker.submit(Job(name: name, gate: true)).status == 202)
            }
            let refused = try await worker.submit(Job(name: "e"))
            #expect((refused.status, refused.errorCode) == (429, "busy"))
            #expect(refused.fields["retry-after"] == "1")
            #expect(try await worker.submit(Job(name: "d", gate: true)).status == 202)
            for name in ["a", "b", "c", "d"] { worker.load.open(name) }
            #expect(try await worker.submit(Job(name: "d", gate: true), wait: 30).status == 200)
        }
    }

    @Test func `a cancelled job is forgotten, and whoever waits for it is told`() async throws {
        try await LiveWorker.run { (worker: LiveWorker) async throws in
            let job = Job(name: "unwanted", gate: true)
            let path = "/v1/jobs/\(job.document.id)"
            #expect(try await worker.client.send("DELETE", path).status == 404)
            #expect(try await worker.submit(job).status == 202)
            async let waiting = worker.client.send("GET", "\(path)?wait=30")
            // Whether the poll is there before or after the cancellation, it is told the truth.
            #expect(try await worker.client.send("DELETE", path).status == 204)
            let told = try await waiting
            #expect([409, 404].contains(told.status))
            #expect(try await worker.client.send("GET", path).status == 404)
            worker.load.open("unwanted")
            #expect(try await worker.submit(Job(name: "next"), wait: 30).status == 200)
        }
    }

    @Test func `a draining worker finishes what runs, gives back what waits and refuses what is new`() async throws {
        try await LiveWorker.run { worker in
            let running = Job(name: "running", gate: true)
            let queued = Job(name: "queued", gate: true)
            #expect(try await worker.submit(running).status == 202)
            #expect(try await worker.submit(queued).status == 202)
            #expect(try await worker.client.send("POST", "/v1/drain").status == 202)
            let ready = try await worker.client.send("GET", "/readyz")
            #expect((ready.status, ready.errorCode) == (503, "draining"))
            let refused = try await worker.submit(Job(name: "new"))
            #expect((refused.status, refused.errorCode) == (503, "draining"))
            #expect(refused.fields["retry-after"] != nil)
            #expect(try await worker.submit(queued).status == 503)
            #expect(try await worker.client.send("GET", "/v1/jobs/\(queued.document.id)").status == 404)
            worker.load.open("running")
            #expect(try await worker.submit(running, wait: 30).status == 200)
            #expect(try await worker.client.send("GET", "/livez").status == 200)
        }
    }

    @Test func `jobs are counted by kind and outcome`() async throws {
        try await LiveWorker.run { worker in
            _ = try await worker.submit(Job(name: "one"), wait: 30)
            _ = try await worker.submit(Job(name: "two", fail: true), wait: 30)
            let page = try await worker.client.send("GET", "/metrics").text
            #expect(page.contains("coppice_worker_jobs_total{kind=\"gated\",outcome=\"done\"} 1\n"))
            #expect(page.contains("coppice_worker_jobs_total{kind=\"gated\",outcome=\"invalid\"} 1\n"))
            #expect(page.contains("coppice_worker_responses_total{status=\"422\"} 1\n"))
        }
    }
}
