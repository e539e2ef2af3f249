@testable import Compression
import Foundation
@testable import HTTPClient
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

/// Documents that would take a worker's memory, stack or time: each is an error message, and the worker goes on.
@Suite struct SecureDocumentTests {
    private func client(_ worker: HandStartedWorker) -> WorkerClient {
        WorkerClient(WorkerEndpoint(url: worker.url), over: CurlClient())
    }

    private func refusal(of job: String, by client: WorkerClient) async throws -> ErrorDocument.Body? {
        guard case .failed(let body) = try await client.submit(Data(job.utf8), wait: .seconds(30)) else { return nil }
        return body
    }

    private func rows(_ values: String) -> String {
        let hash = ContentHash(of: Data())
        return #"{"kind":"rows","model":"\#(hash)","probabilities":false,"values":{"dtype":"<f4",\#(values)}}"#
    }

    @Test func `arrays that unpack to more than they say, or to more than is allowed, are refused`() async throws {
        let worker = try await HandStartedWorker.start(arguments: ["--memory", "128M"])
        let client = client(worker)
        let zeros = [UInt8](repeating: 0, count: 8 << 20)
        let bomb = Data(try zeros.withUnsafeBytes { try Zlib.compress($0, level: 9) }).base64EncodedString()
        let cases = [
            (#""shape":[1,1],"encoding":"zlib+base64","data":"\#(bomb)""#, "values"),
            (#""shape":[16384,16384],"encoding":"zlib+base64","data":"\#(bomb)""#, "bytes of zlib data in all"),
            (#""shape":[9223372036854775807,4],"encoding":"base64","data":"""#, "expected at most"),
            (#""shape":[2,2],"encoding":"base64","data":"AAAA""#, "expected 16 bytes"),
        ]
        for (values, words) in cases {
            let refusal = try await refusal(of: rows(values), by: client)
            #expect(refusal?.code == "invalid_job")
            #expect(refusal?.message.contains(words) == true, "\(refusal?.message ?? "accepted")")
        }
        #expect(try PlainHTTP.get("\(worker.url)/livez").contains(" 200 "))
    }

    @Test func `a model whose nodes go round in a circle is refused`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 80, pixelsPerClass: 80)
        let train = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "2", "--local", "1", "--output",
            scratch("model.json"),
        ])
        #expect(train.status == 0, "\(train.errors)")
        let whole = try scratch.bytes("model.json")
        var model = try #require(try JSONSerialization.jsonObject(with: whole) as? [String: Any])
        var trees = try #require(model["trees"] as? [[String: Any]])
        var right = try #require(trees[0]["right"] as? [String: Any])
        var nodes = try #require((right["data"] as? String).flatMap { Data(base64Encoded: $0) })
        // The root's right child is the root.
        for index in 0..<4 { nodes[index] = 0 }
        right["data"] = nodes.base64EncodedString()
        trees[0]["right"] = right
        model["trees"] = trees
        let worker = try await HandStartedWorker.start()
        let client = client(worker)
        for (document, isGood) in [(try JSONSerialization.data(withJSONObject: model), false), (whole, true)] {
            switch try await client.upload(document, as: ContentHash(of: document)) {
            case .stored: #expect(isGood)
            case .failed(let body):
                #expect(!isGood)
                #expect(body.code == "invalid_blob" && !body.retryable)
            case let other: Issue.record("\(other)")
            }
        }
        #expect(try PlainHTTP.get("\(worker.url)/livez").contains(" 200 "))
    }

    @Test func `a tile that computes in more memory than the worker has is refused for good, with what to do`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 400, pixelsPerClass: 200)
        let arguments = [
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "2", "--local", "1", "--output",
            scratch("model.json"),
        ]
        #expect(try await Program.coppice(arguments).status == 0)
        let worker = try await HandStartedWorker.start(arguments: ["--memory", "16M"])
        let segment = [
            "segment", scratch("image.png"), "--model", scratch("model.json"), "--workers", worker.url, "--output",
            scratch("labels.png"), "--tile",
        ]
        let refused = try await Program.coppice(segment + ["400"])
        #expect(refused.status == 65, "\(refused.errors)")
        #expect(refused.errors.contains("send smaller tiles"), "\(refused.errors)")
        #expect(!scratch.names.contains("labels.png"))
        let done = try await Program.coppice(segment + ["100"])
        #expect(done.status == 0, "\(done.errors)")
    }

    @Test func `a token in the environment is gone from there once the program runs`() async throws {
        let secret = "correct-horse-battery-staple"
        let worker = try await HandStartedWorker.start(token: secret)
        let environment = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(worker.running.identifier)/environ"))
        #expect(!String(decoding: environment, as: UTF8.self).contains(secret))
    }

    @Test func `the coordinator's token is gone from its environment while it works, and none of its workers gets it`()
        async throws
    {
        let secret = "correct-horse-battery-staple"
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 300)
        func environment(_ process: Int32) -> String {
            let bytes = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/environ"))
            return String(decoding: bytes ?? Data(), as: UTF8.self)
        }
        var seen: [String] = []
        let outcome = try await Program.coppice(
            ["train", scratch("image.png"), scratch("scribbles.png"), "--local", "1", "--output", scratch("m.json")],
            environment: ["COPPICE_TOKEN": secret]
        ) { running in
            // Once there is a worker, the coordinator has long been past its start.
            while seen.isEmpty, running.process.isRunning {
                let workers = Processes.children(of: running.identifier)
                if !workers.isEmpty { seen = ([running.identifier] + workers).map(environment) }
                sched_yield()
            }
        }
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(seen.first?.contains("PATH=") == true)
        #expect(!seen.contains { $0.contains(secret) })
    }

    @Test func `a token that goes to another machine over plain HTTP is warned of once`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 80, pixelsPerClass: 80)
        // Addresses that are set aside for documentation: nobody answers there. A worker on loopback gets no warning.
        let worker = try await HandStartedWorker.start(token: "secret-token")
        for (urls, warnings) in [("\(worker.url),http://192.0.2.1:9,http://192.0.2.2:9", 1), (worker.url, 0)] {
            let outcome = try await Program.coppice(
                [
                    "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "2", "--workers", urls, "--output",
                    scratch("\(warnings).json"),
                ], environment: ["COPPICE_TOKEN": "secret-token"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count { $0.contains("unencrypted") } == warnings, "\(outcome.errors)")
            #expect(!outcome.errors.contains("secret-token"))
        }
    }
}
