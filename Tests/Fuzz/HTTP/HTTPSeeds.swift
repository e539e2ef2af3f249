internal import Foundation
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import FuzzSamples

/// Requests of every route, whole and in parts.
enum HTTPSeeds {
    static func all() throws -> [String: [UInt8]] {
        let samples = try Samples()
        var seeds: [String: [UInt8]] = [:]
        func add(_ name: String, _ text: String, _ body: Data = Data()) { seeds[name] = Array(text.utf8) + body }
        for path in ["livez", "readyz", "metrics", "openapi.json", "v1/worker", "v1/nothing"] {
            add(path.replacing("/", with: "-"), "GET /\(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        add("two", "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nHEAD /readyz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        add("drain", "POST /v1/drain HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        add("continue", "POST /v1/jobs HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
        add(
            "chunked",
            "POST /v1/jobs?wait=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"kin\r\n4;x=y\r\nd\":3\r\n0\r\nT: u\r\n\r\n"
        )
        for (name, job) in try samples.jobs(FuzzedWorker.blobNames(samples)) {
            let body = try WireJSON.encode(JobEnvelope(job))
            let id = ContentHash(of: body)
            add(
                "job-\(name)",
                "POST /v1/jobs?wait=2 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\ncoppice-run: r\r\n"
                    + "coppice-epoch: 2\r\nContent-Length: \(body.count)\r\n\r\n", body)
            add("get-\(name)", "GET /v1/jobs/\(id)?wait=0.1 HTTP/1.1\r\ncoppice-run: r\r\ncoppice-epoch: 1\r\n\r\n")
            add("delete-\(name)", "DELETE /v1/jobs/\(id) HTTP/1.1\r\n\r\n")
        }
        let table = try samples.blobDocuments().table
        let hash = ContentHash(of: table)
        add("put", "PUT /v1/blobs/\(hash) HTTP/1.1\r\nContent-Length: \(table.count)\r\n\r\n", table)
        add("head", "HEAD /v1/blobs/\(hash) HTTP/1.1\r\n\r\n")
        let other = Data("{\"format\":\"coppice-table\"}".utf8)
        add(
            "put-other",
            "PUT /v1/blobs/\(ContentHash(of: other)) HTTP/1.1\r\nContent-Type: application/octet-stream\r\n"
                + "Content-Length: \(other.count)\r\n\r\n", other)
        return seeds
    }
}
