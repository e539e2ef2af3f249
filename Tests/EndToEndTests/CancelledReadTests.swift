@testable import Features
import Foundation
@testable import HTTPClient
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

/// Jobs that are called off while their worker reads an image that a server does not send: the slot is free for the next job at once.
@Suite struct CancelledReadTests {
    /// What is read, and where its server stops.
    enum Stall: String, CaseIterable {
        case tiffBeforeHead, tiffInBody, zarrBeforeHead, zarrInBody

        var name: String { self == .tiffBeforeHead || self == .tiffInBody ? "image.tif" : "image.zarr" }
        var isInBody: Bool { self == .tiffInBody || self == .zarrInBody }

        /// Whether the server stops at a request: at a TIFF's first one or in the middle of its pixels, at a store's first chunk.
        func begins(at path: String, _ range: Range<Int>) -> Bool {
            switch self {
            case .tiffBeforeHead: true
            case .tiffInBody: range.lowerBound > 0
            case .zarrBeforeHead, .zarrInBody: path.split(separator: "/").last?.hasPrefix(".") == false
            }
        }
    }

    private static let rounds = 5
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 320, pixelsPerClass: 10)
        var image = HandmadeTIFF.Image(320, 320, samplesPerPixel: 3, seed: 0)
        image.tileSide = 64
        try Data(HandmadeTIFF.file([image])).write(to: URL(fileURLWithPath: scratch("image.tif")))
        try ZarrCopy.write(scratch("image.png"), to: scratch("image.zarr"))
    }

    private struct Pixels: Sendable {
        let client: WorkerClient
        let http = CurlClient()
        let url: String

        init(_ worker: HandStartedWorker) {
            url = worker.url
            client = WorkerClient(WorkerEndpoint(url: url), over: http)
        }

        func job(_ window: WindowDocument) throws -> Data {
            try WireJSON.encode(
                JobEnvelope(
                    FeatureJob(spec: FeatureSpec(families: [.intensity], sigmas: [1], channels: 3), window: window, pixels: [0])))
        }

        /// A job that no other round has, with its pixels in it.
        func ready(_ round: Int) throws -> Data {
            let bytes = [UInt8](repeating: UInt8(round), count: 8 * 8 * 3)
            let pixels = PixelBuffer(width: 8, height: 8, channels: 3, sampleType: .uint8, bytes: bytes)
            return try job(WindowDocument(pixels: pixels, core: PixelRect(x: 2, y: 2, width: 4, height: 4)))
        }

        /// A job over an image that the worker reads.
        func reading(_ image: ImageReference, _ round: Int) throws -> Data {
            var source = image
            source.window = PixelRect(x: 200 + round, y: 200, width: 64, height: 64)
            return try job(WindowDocument(source: source, core: PixelRect(x: 2, y: 2, width: 40, height: 40)))
        }
    }

    /// A server of the scratch folder, which says when it has stopped and when the client has gone.
    private func server(_ stall: Stall, _ said: AsyncStream<ContinuousClock.Instant>.Continuation) -> TestServer {
        TestServer { [scratch] connection in
            while let (head, _) = connection.readRequest() {
                let path = head.split(separator: " ").dropFirst().first.map { String($0.dropFirst()) } ?? ""
                guard let content = try? scratch.bytes(path) else {
                    connection.write("HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n")
                    continue
                }
                let range = Self.range(in: head, of: content.count)
                let part = Array(content[range ?? 0..<content.count])
                let lines = [
                    range.map {
                        "HTTP/1.1 206 Part\r\nContent-Range: bytes \($0.lowerBound)-\($0.upperBound - 1)/\(content.count)"
                    }
                        ?? "HTTP/1.1 200 OK", "ETag: \"v1\"", "Content-Length: \(part.count)", "", "",
                ]
                let answer = Array(lines.joined(separator: "\r\n").utf8) + part
                guard stall.begins(at: path, range ?? 0..<content.count) else {
                    connection.write(answer)
                    continue
                }
                if stall.isInBody { connection.write(Array(answer.dropLast(part.count / 2))) }
                said.yield(.now)
                connection.waitForEnd()
                said.yield(.now)
                return
            }
        }
    }

    private static func range(in head: String, of count: Int) -> Range<Int>? {
        guard let line = head.lowercased().split(separator: "\r\n").first(where: { $0.hasPrefix("range: bytes=") }) else {
            return nil
        }
        let bounds = line.dropFirst(13).split(separator: "-").compactMap { Int($0) }
        return bounds.count == 2 && bounds[0] < count ? bounds[0]..<min(count, bounds[1] + 1) : nil
    }

    /// The image as a server names it: the TIFF by its size and ETag, the store by its metadata.
    private func reference(_ stall: Stall, _ server: TestServer) throws -> ImageReference {
        let window = PixelRect(x: 0, y: 0, width: 320, height: 320)
        var image = ImageReference(path: "", size: try scratch.bytes("image.tif").count, modified: 0, window: window)
        image.tag = "\"v1\""
        if stall.name == "image.zarr" { image = try #require(try ImageReference(file: scratch("image.zarr"))) }
        (image.path, image.url) = (nil, "\(server.url)/\(stall.name)")
        return image
    }

    @Test(arguments: Stall.allCases)
    func `a job that reads from a server which stalls leaves its slot when it is called off`(stall: Stall) async throws {
        let (said, continuation) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
        var times = said.makeAsyncIterator()
        let server = server(stall, continuation)
        defer { server.stop() }
        let worker = try await HandStartedWorker.start(arguments: ["--allow-url", server.url])
        let pixels = Pixels(worker)
        let image = try reference(stall, server)
        for round in 0..<Self.rounds {
            guard case .accepted(let id) = try await pixels.client.submit(pixels.reading(image, round), wait: .zero) else {
                Issue.record("the job was not taken")
                return
            }
            _ = await times.next()
            let begin = ContinuousClock.now
            let deletion = HTTPRequest(method: .delete, url: "\(pixels.url)/v1/jobs/\(id)")
            #expect(try await pixels.http.send(deletion).status == 204)
            // The server stalls until its client is gone: only the worker can end the read. Left alone, it would do so after thirty
            // seconds of silence, five times.
            guard case .result = try await pixels.client.submit(pixels.ready(round), wait: .seconds(20)) else {
                Issue.record("\(stall), round \(round): the slot is taken")
                return
            }
            let done = ContinuousClock.now
            let gone = try #require(await times.next(), "the server does not say that its client is gone")
            print(
                "called off: \(stall.rawValue) \(round): the read ended after \((gone - begin) / .milliseconds(1)) ms, "
                    + "the next result came after \((done - begin) / .milliseconds(1)) ms")
        }
    }

    @Test(.serialized, arguments: Stall.allCases)
    func `a run that is cancelled while it reads from a server which stalls ends at once`(stall: Stall) async throws {
        let (said, continuation) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
        var times = said.makeAsyncIterator()
        let server = server(stall, continuation)
        defer { server.stop() }
        // No worker may read the image, so that the coordinator does.
        let workers = try LocalWorkers(count: 1, sharing: SharedFolders(of: []), logLevel: "warning")
        let request = FeatureArrayRequest(
            image: ImageInput(path: "\(server.url)/\(stall.name)"),
            features: FeatureRequest(families: [.intensity], sigmaMin: 1, sigmaMax: 1), tileSideMax: 64)
        let run = Task { [scratch] in
            try await Run.perform(on: workers) { run in try await run.writeFeatures(request, to: scratch("features.npy")) }
        }
        _ = await times.next()
        let begin = ContinuousClock.now
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        // The server stalls until its client is gone.
        let gone = try #require(await times.next(), "the server does not say that its client is gone")
        print("cancelled: \(stall.rawValue): the read ended after \((gone - begin) / .milliseconds(1)) ms")
        #expect(!scratch.names.contains { $0.hasPrefix(".") || $0 == "features.npy" }, "\(scratch.names)")
    }

    @Test func `a pipe in the place of a chunk is refused, not waited for`() async throws {
        let chunk = scratch("image.zarr/0/0.1.1")
        try FileManager.default.removeItem(atPath: chunk)
        #expect(mkfifo(chunk, 0o600) == 0)
        let image = try #require(try ImageReference(file: scratch("image.zarr")))
        let worker = try await HandStartedWorker.start(arguments: ["--data-root", scratch.folder.path])
        let pixels = Pixels(worker)
        guard case .failed(let body) = try await pixels.client.submit(pixels.reading(image, 0), wait: .seconds(60)) else {
            Issue.record("the job was done")
            return
        }
        #expect(body.message.contains("a pipe, socket or device"), "\(body.message)")
    }
}
