internal import Foundation
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Testing

@testable import Worker

/// Requests against a worker that serves on a real socket.
@Suite struct HTTPSurfaceTests {
    @Test func `probes, metrics, description and document answer`() async throws {
        try await LiveWorker.run(slots: 3) { worker in
            for path in ["/livez", "/readyz", "/metrics", "/openapi.json", "/v1/worker"] {
                let answer = try await worker.client.send("GET", path)
                #expect(answer.status == 200, "\(path)")
                #expect(answer.fields["content-length"] == "\(answer.body.count)", "\(path)")
            }
            let answer = try await worker.client.send("GET", "/v1/worker")
            let description = try WireJSON.decode(WorkerDescription.self, from: answer.body)
            #expect(description.version == Coppice.version)
            #expect(description.slots == 3)
            #expect(description.memory == WorkerLimits.memoryMin)
        }
    }

    @Test func `without its token everything but the probes is a 401`() async throws {
        try await LiveWorker.run(token: "secret") { worker in
            var stranger = worker.client
            for token in [nil, "wrong", "secret2"] {
                stranger.token = token
                for (method, path) in [
                    ("GET", "/metrics"), ("GET", "/openapi.json"), ("GET", "/v1/worker"), ("POST", "/v1/jobs"),
                    ("GET", "/nowhere"),
                    ("PATCH", "/v1/drain"), ("POST", "/v1/drain"),
                ] {
                    let answer = try await stranger.send(method, path)
                    #expect(answer.status == 401, "\(method) \(path)")
                    #expect(answer.errorCode == "unauthorized")
                    #expect(answer.fields["www-authenticate"]?.hasPrefix("Bearer") == true)
                }
                #expect(try await stranger.send("GET", "/livez").status == 200)
                #expect(try await stranger.send("GET", "/readyz").status == 200)
            }
            #expect(try await worker.client.send("GET", "/v1/worker").status == 200)
            #expect(!worker.engine.isDraining)
        }
    }

    @Test func `an unknown path is a 404, an unknown method a 405 that names the others`() async throws {
        try await LiveWorker.run { worker in
            let lost = try await worker.client.send("GET", "/v1/nothing")
            #expect(lost.status == 404)
            #expect(lost.errorCode == "not_found")
            #expect(lost.fields["content-type"] == "application/json")
            for (method, path, allowed) in [
                ("GET", "/v1/jobs", "POST"), ("POST", "/livez", "GET"), ("OPTIONS", "/v1/drain", "POST"),
                ("PROPFIND", "/v1/blobs/ab", "PUT, HEAD"), ("PUT", "/v1/jobs/ab", "GET, DELETE"),
            ] {
                let answer = try await worker.client.send(method, path)
                #expect(answer.status == 405, "\(method) \(path)")
                #expect(answer.fields["allow"] == allowed)
                #expect(answer.errorCode == "method_not_allowed")
            }
        }
    }

    @Test func `names, waits, media types and documents that are malformed are told apart`() async throws {
        try await LiveWorker.run { worker in
            let client = worker.client
            let good = GatedWorkload.Job(name: "x").document.body
            #expect(try await client.send("GET", "/v1/jobs/xyz").errorCode == "bad_name")
            #expect(try await client.send("PUT", "/v1/blobs/XYZ", body: good).errorCode == "bad_name")
            #expect(try await client.send("HEAD", "/v1/blobs/XYZ").status == 400)
            #expect(try await client.send("POST", "/v1/jobs?wait=61", body: good).errorCode == "bad_wait")
            let text = try await client.send("POST", "/v1/jobs", body: good, type: "text/plain")
            #expect((text.status, text.errorCode) == (415, "unsupported_media_type"))
            let broken = try await client.send("POST", "/v1/jobs", body: Data("{\"kind\":".utf8))
            #expect((broken.status, broken.errorCode) == (400, "malformed"))
            let empty = try await client.send("POST", "/v1/jobs", body: Data())
            #expect((empty.status, empty.errorCode) == (400, "malformed"))
            let other = try await client.send("POST", "/v1/jobs", body: Data("[1]".utf8))
            #expect((other.status, other.errorCode) == (422, "invalid_job"))
            #expect(
                try await client.send("POST", "/v1/jobs?wait=9", body: good, type: "application/json; charset=utf-8").status
                    == 200)
            #expect(try await client.send("POST", "/v1/jobs?wait=9", body: good, type: nil).status == 200)
        }
    }

    @Test func `a body beyond the limit is a 413, before it is sent`() async throws {
        try await LiveWorker.run { worker in
            let length = WorkerLimits.memoryMin
            let job = try await worker.client.send("POST", "/v1/jobs", body: Data("{".utf8), declaredLength: length)
            #expect((job.status, job.errorCode) == (413, "too_large"))
            let hash = ContentHash(named: "x")
            let blob = try await worker.client.send("PUT", "/v1/blobs/\(hash)", body: Data("{".utf8), declaredLength: length)
            #expect((blob.status, blob.errorCode) == (413, "too_large"))
        }
    }

    @Test func `a chunked body beyond the limit is a 413 too`() async throws {
        try await LiveWorker.run { worker in
            let size = worker.engine.limits.blobBytesMax + 1
            let chunk = "\(String(size, radix: 16))\r\n" + String(repeating: " ", count: size) + "\r\n0\r\n\r\n"
            // The client adds no length of its own to a request without a body.
            let answer = try await worker.client.send(
                "POST", "/v1/jobs", fields: ["Transfer-Encoding": "chunked"], rawBody: Data(chunk.utf8))
            #expect(answer.status == 413)
        }
    }
}
