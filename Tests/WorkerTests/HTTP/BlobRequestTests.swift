internal import HTTPServing
internal import Foundation
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Testing

@testable import Worker

@Suite struct BlobRequestTests {
    @Test func `a blob is created once, and is there`() async throws {
        try await LiveWorker.run { worker in
            let first = try await worker.put(byteCount: 1000)
            #expect(first.status == 201)
            #expect(try await worker.put(byteCount: 1000).status == 200)
            #expect(try await worker.client.send("HEAD", "/v1/blobs/\(first.hash)").status == 200)
            #expect(try await worker.client.send("HEAD", "/v1/blobs/\(ContentHash(named: "x"))").status == 404)
            #expect(worker.engine.snapshot.blobs == [.init(sha256: first.hash, bytes: 1000)])
        }
    }

    @Test func `a large blob that is there already is let pass, and whoever sends it reads the answer`() async throws {
        var limits = ConnectionLimits()
        limits.lingerTime = .zero
        try await LiveWorker.run(memory: 64 << 20, connections: limits) { worker in
            let hash = try await worker.put(byteCount: 1000).hash
            let room = WorkerLimits(slots: 1, memory: 64 << 20).blobBodyBytes
            let large = Data(repeating: UInt8(ascii: " "), count: room)
            #expect(try await worker.client.send("PUT", "/v1/blobs/\(hash)", body: large).status == 200)
            #expect(worker.server.bodyBytesInUse == 0)
        }
    }

    @Test func `a blob that is there already does not make a body without an end welcome`() async throws {
        try await LiveWorker.run { worker in
            let hash = try await worker.put(byteCount: 1000).hash
            let room = WorkerLimits(slots: 1, memory: WorkerLimits.memoryMin).blobBodyBytes
            let chunk = "\(String(room + 1, radix: 16))\r\n" + String(repeating: " ", count: room + 1) + "\r\n0\r\n\r\n"
            let refused = try await worker.client.send(
                "PUT", "/v1/blobs/\(hash)", fields: ["Transfer-Encoding": "chunked"], rawBody: Data(chunk.utf8))
            #expect(refused.errorCode == "too_large")
        }
    }

    @Test func `bytes under a wrong name and bytes that are no blob are refused`() async throws {
        try await LiveWorker.run { worker in
            let name = ContentHash(named: "something else")
            let wrong = try await worker.client.send("PUT", "/v1/blobs/\(name)", body: Data("{\"bytes\":1}".utf8))
            #expect((wrong.status, wrong.errorCode) == (422, "wrong_hash"))
            let garbage = Data("garbage".utf8)
            let invalid = try await worker.client.send("PUT", "/v1/blobs/\(ContentHash(of: garbage))", body: garbage)
            #expect((invalid.status, invalid.errorCode) == (422, "invalid_blob"))
            #expect(worker.engine.snapshot.blobs.isEmpty)
        }
    }

    @Test func `a job whose blobs are missing names them, and runs when they are there`() async throws {
        try await LiveWorker.run { worker in
            let held = try await worker.put(byteCount: 1).hash
            let body = Data("{\"bytes\":2}".utf8)
            let missing = ContentHash(of: body)
            let job = GatedWorkload.Job(name: "needy", blobs: [held, missing])
            let refused = try await worker.submit(job, wait: 30)
            #expect(refused.status == 424)
            #expect(try WireJSON.decode(MissingDocument.self, from: refused.body).missing == [missing])
            #expect(try await worker.client.send("PUT", "/v1/blobs/\(missing)", body: body).status == 201)
            #expect(try await worker.submit(job, wait: 30).status == 200)
        }
    }

    @Test func `blobs of unfinished jobs stay, and a blob for which they leave no room is a 503 that is worth a retry`()
        async throws
    {
        try await LiveWorker.run { worker in
            let half = worker.engine.limits.blobBytesMax / 2
            let needed = try await worker.put(byteCount: half + 1).hash
            let job = GatedWorkload.Job(name: "holder", gate: true, blobs: [needed])
            #expect(try await worker.submit(job).status == 202)
            let refused = try await worker.put(byteCount: half + 2)
            #expect((refused.status, refused.code) == (503, "blobs_in_use"))
            worker.load.open("holder")
            #expect(try await worker.submit(job, wait: 30).status == 200)
            #expect(try await worker.put(byteCount: half + 2).status == 201)
            #expect(try await worker.client.send("HEAD", "/v1/blobs/\(needed)").status == 404)
        }
    }

    @Test func `a blob that is too large once decoded is a 413`() async throws {
        try await LiveWorker.run { worker in
            let refused = try await worker.put(byteCount: worker.engine.limits.blobBytesMax + 1)
            #expect((refused.status, refused.code) == (413, "too_large"))
        }
    }
}
