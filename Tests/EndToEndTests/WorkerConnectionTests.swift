@testable import Features
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

/// What a coordinator relies on when it speaks to a worker, over every transport.
@Suite struct WorkerConnectionTests {
    private static let wait = Duration.seconds(20)

    private func connect(
        over transport: Transport, _ body: @escaping @Sendable (any WorkerConnection) async throws -> Void
    ) async throws {
        try await transport.connect(workerCount: 1) { endpoints, connect in try await body(connect(endpoints[0])) }
    }

    /// A black image of 4 × 3 pixels.
    private static func window() -> WindowDocument {
        let pixels = PixelBuffer(width: 4, height: 3, channels: 1, sampleType: .uint8, bytes: [UInt8](repeating: 0, count: 12))
        return WindowDocument(pixels: pixels, core: PixelRect(x: 0, y: 0, width: 4, height: 3))
    }

    private static func spec() throws -> FeatureSpec {
        try FeatureSpec(families: [.intensity], sigmas: [1], channels: 1)
    }

    /// A job that needs no blobs: its result is twelve zeros.
    private static func planes() throws -> Data {
        try WireJSON.encode(JobEnvelope(PlaneJob(spec: try spec(), window: window())))
    }

    private static func bytes(of answer: JobAnswer) -> Data? { if case .result(let data) = answer { data } else { nil } }

    private static func failure(_ answer: JobAnswer) -> ErrorDocument.Body? {
        if case .failed(let body) = answer { body } else { nil }
    }

    @Test(arguments: Transport.allCases)
    func `a worker says what it is`(transport: Transport) async throws {
        try await connect(over: transport) { worker in
            guard case .described(let found) = try await worker.describe() else {
                Issue.record("the worker does not describe itself")
                return
            }
            #expect(found.version == Coppice.version && found.slots == 2 && !found.draining && found.blobs.isEmpty)
        }
    }

    @Test(arguments: Transport.allCases)
    func `a job has its result at once, or when its id is asked for`(transport: Transport) async throws {
        try await connect(over: transport) { worker in
            let job = try Self.planes()
            let submitted = try await worker.submit(job, wait: Self.wait, for: nil)
            let data = try #require(Self.bytes(of: submitted))
            let planes = try WireJSON.decode(PlaneJob.Output.self, from: data).planes
            #expect(planes.shape == [1, 3, 4])
            #expect(planes.elements(as: Float.self) == [Float](repeating: 0, count: 12))
            let polled = try await worker.poll(ContentHash(of: job), wait: Self.wait, for: nil)
            #expect(Self.bytes(of: polled) == data)
            let again = try await worker.submit(job, wait: .zero, for: nil)
            #expect(Self.bytes(of: again) == data)
        }
    }

    @Test(arguments: Transport.allCases)
    func `a job names the blob that it lacks, and is done once that is there`(transport: Transport) async throws {
        try await connect(over: transport) { worker in
            let blob = try WireJSON.encode(EdgesDocument(try BinEdges([[-1, 1]])))
            let hash = ContentHash(of: blob)
            let job = try WireJSON.encode(
                JobEnvelope(FeatureJob(spec: try Self.spec(), window: Self.window(), pixels: [0, 5, 11], edges: hash)))
            guard case .missing(let missing) = try await worker.submit(job, wait: Self.wait, for: nil) else {
                Issue.record("the job does not lack its blob")
                return
            }
            #expect(missing == [hash])
            // Twice: the second time it is there.
            for _ in 0..<2 {
                guard case .stored = try await worker.upload(blob, as: hash) else {
                    Issue.record("the blob is not taken")
                    return
                }
            }
            let answer = try await worker.submit(job, wait: Self.wait, for: nil)
            let output = try WireJSON.decode(FeatureJob.Output.self, from: try #require(Self.bytes(of: answer)))
            // Zero lies above one edge.
            #expect(output.samples.elements(as: UInt8.self) == [1, 1, 1])
        }
    }

    @Test(arguments: Transport.allCases)
    func `a blob under another name may come again, and what is no blob may not`(transport: Transport) async throws {
        try await connect(over: transport) { worker in
            let blob = try WireJSON.encode(EdgesDocument(try BinEdges([[0]])))
            let other = Data("{}".utf8)
            for (bytes, name, isRetryable) in [(blob, ContentHash(of: other), true), (other, ContentHash(of: other), false)] {
                guard case .failed(let body) = try await worker.upload(bytes, as: name) else {
                    Issue.record("the blob is not refused")
                    return
                }
                #expect(body.retryable == isRetryable, "\(body.message)")
            }
        }
    }

    @Test(arguments: Transport.allCases)
    func `what is no job is refused for good, and a job that nobody gave is not known`(transport: Transport) async throws {
        try await connect(over: transport) { worker in
            for (text, code) in [("[", "malformed"), ("{}", "invalid_job"), ("{\"kind\":\"tea\"}", "invalid_job")] {
                let answer = try await worker.submit(Data(text.utf8), wait: Self.wait, for: nil)
                let body = try #require(Self.failure(answer), "\(text)")
                #expect(body.code == code && !body.retryable, "\(text): \(body.message)")
            }
            guard case .forgotten = try await worker.poll(ContentHash(of: Data("tea".utf8)), wait: .zero, for: nil) else {
                Issue.record("a job that nobody gave is known")
                return
            }
        }
    }

    @Test(arguments: Transport.allCases)
    func `an older epoch of a run is superseded, and another run is not`(transport: Transport) async throws {
        try await connect(over: transport) { worker in
            let job = try Self.planes()
            let new = try await worker.submit(job, wait: Self.wait, for: FencingToken(run: "r", epoch: 2))
            #expect(Self.bytes(of: new) != nil)
            let old = FencingToken(run: "r", epoch: 1)
            guard case .superseded = try await worker.submit(job, wait: Self.wait, for: old),
                case .superseded = try await worker.poll(ContentHash(of: job), wait: .zero, for: old)
            else {
                Issue.record("the older epoch is heard")
                return
            }
            let other = try await worker.submit(job, wait: Self.wait, for: FencingToken(run: "s", epoch: 1))
            #expect(Self.bytes(of: other) != nil)
        }
    }
}
