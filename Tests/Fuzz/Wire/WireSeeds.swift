@testable import Compression
internal import Foundation
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import FuzzSamples

/// A valid document of every kind, with the byte that chooses it in front.
enum WireSeeds {
    static func all() throws -> [String: [UInt8]] {
        let samples = try Samples()
        var seeds: [String: [UInt8]] = [:]
        func add(_ kind: FuzzedDocument, _ name: String, _ bytes: some Sequence<UInt8>) {
            seeds["\(kind)-\(name)"] = [kind.rawValue] + bytes
        }
        let slot = SlotWorkspace()
        for (name, job) in try samples.jobs() {
            let body = try WireJSON.encode(JobEnvelope(job))
            add(.job, name, body)
            let results: [String: FuzzedDocument] = [
                "trees": .treeResult, "tile": .tileResult, "rows": .rowResult, "features": .featureResult,
                "planes": .planeResult,
            ]
            if let kind = results[name] {
                add(kind, name, try JobRequest(body: body).run(in: slot, blobs: samples.blobs(of: job)).data)
            }
        }
        add(.blob, "table", try TableDocument(samples.table).encoded())
        add(.blob, "block", samples.blockDocument)
        add(.blob, "index", try samples.index(of: [ContentHash(of: Data()), ContentHash(of: Data([1]))]).encoded())
        add(.blob, "edges", try EdgesDocument(samples.rowModel.edges).encoded())
        add(.blob, "model", try samples.rowModel.encoded())
        let hash = ContentHash(of: Data())
        let worker = WorkerDescription(
            version: "1", slots: 2, memory: 1 << 30, cpu: ["avx2"], blobs: [.init(sha256: hash, bytes: 3)], draining: false)
        add(.worker, "worker", try WireJSON.encode(worker))
        add(.accepted, "accepted", try WireJSON.encode(AcceptedDocument(id: hash)))
        add(.missing, "missing", try WireJSON.encode(MissingDocument(missing: [hash, hash])))
        add(.failure, "error", try WireJSON.encode(ErrorDocument(code: "busy", message: "a\"\\\u{e9}", retryable: true)))
        add(
            .announcement, "worker",
            try WireJSON.encode(WorkerAnnouncement(url: "http://127.0.0.1:80", instance: "a-1", slots: 2)))
        add(.digest, "one", hash.digestField.utf8)
        add(.digest, "two", "md5=:AA==:, \(hash.digestField);q=1".utf8)
        for (index, url) in [
            "https://example.org/a/b.png", "s3://bucket/key?x=1", "http://[::1]:8080/a", "http://a/%2e%2e/b", "https://h:1",
        ].enumerated() { add(.url, "\(index)", url.utf8) }
        add(.base64, "padded", "QUJDRA==".utf8)
        add(.base64, "long", String(repeating: "QUJD", count: 20).utf8)
        add(.zlib, "packed", [0, 40] + (try Zlib.compress([UInt8](repeating: 7, count: 40))))
        return seeds
    }
}
