@testable import Formats
import Foundation
@testable import HTTPClient
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

/// Jobs that name their pixels: the same results as with pixels sent, and nothing read that was not allowed.
@Suite struct SecureReferenceTests {
    /// A worker with a data root, and a model that it holds.
    private struct Scene {
        let scratch: Scratch
        let worker: HandStartedWorker
        let client: WorkerClient
        let model: ContentHash
        let root: String

        init() async throws {
            let scratch = try Scratch()
            self.scratch = scratch
            root = scratch("root")
            try FileManager.default.createDirectory(atPath: root + "/deep", withIntermediateDirectories: true)
            try DemoInputs.write(to: scratch, side: 150, pixelsPerClass: 200)
            try FileManager.default.copyItem(atPath: scratch("image.png"), toPath: root + "/deep/image.png")
            let train = try await Program.coppice([
                "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "5", "--local", "1", "--output",
                scratch("model.json"),
            ])
            #expect(train.status == 0, "\(train.errors)")
            worker = try await HandStartedWorker.start(arguments: [
                "--data-root", root, "--allow-url", "https://images.example.org/slides", "--allow-url",
                "http://127.0.0.1:9/slides", "--memory", "512M",
            ])
            client = WorkerClient(WorkerEndpoint(url: worker.url), over: CurlClient())
            let bytes = try scratch.bytes("model.json")
            model = ContentHash(of: bytes)
            guard case .stored = try await client.upload(bytes, as: model) else { throw Unexpected(answer: "no model") }
        }

        struct Unexpected: Error { let answer: String }

        /// A reference to a file as it is now.
        func reference(_ path: String, file: String? = nil, _ window: PixelRect) throws -> ImageReference {
            let identity = try InputFile(path: file ?? "\(root)/\(path)").identity
            return ImageReference(
                path: path, size: identity.byteCount, modified: identity.modifiedNanoseconds, window: window)
        }

        /// The result of a job over a window.
        func run(_ window: WindowDocument) async throws -> Data {
            switch try await client.submit(WireJSON.encode(JobEnvelope(job(window))), wait: .seconds(60)) {
            case .result(let data): return data
            case .failed(let body): throw Unexpected(answer: body.message)
            case let other: throw Unexpected(answer: "\(other)")
            }
        }

        /// The message with which a job is refused; nil if it is not.
        func refusal(_ window: WindowDocument) async throws -> String? {
            switch try await client.submit(WireJSON.encode(JobEnvelope(job(window))), wait: .seconds(60)) {
            case .failed(let body) where body.code == "invalid_job" && !body.retryable: return body.message
            default: return nil
            }
        }

        private func job(_ window: WindowDocument) -> TileJob {
            TileJob(
                model: model, window: window,
                maps: [.labels: MapRequest(.uint8), .probabilities: MapRequest(.uint16), .uncertainty: MapRequest(.float32)])
        }
    }

    @Test func `a window that is named gives the same bytes as one that is sent, in any order of windows`() async throws {
        let scene = try await Scene()
        let scratch = scene.scratch
        let image = try ImageFile.readAll(path: scratch("image.png"))
        let windows = [
            PixelRect(x: 0, y: 0, width: 150, height: 40), PixelRect(x: 20, y: 30, width: 60, height: 50),
            PixelRect(x: 80, y: 30, width: 70, height: 50), PixelRect(x: 3, y: 140, width: 9, height: 10),
            PixelRect(x: 0, y: 10, width: 150, height: 140),
        ]
        for window in windows {
            let core = PixelRect(x: 1, y: 2, width: window.width - 2, height: window.height - 3)
            let rows = BandReader(try ImageFile.open(path: scratch("image.png")))
            try rows.advance(to: 0..<image.height)
            let sent = try await scene.run(WindowDocument(pixels: rows.window(window), core: core))
            let relative = try scene.reference("deep/image.png", window)
            #expect(try await scene.run(WindowDocument(source: relative, core: core)) == sent, "\(window)")
            let absolute = try scene.reference("\(scene.root)/deep/image.png", file: scene.root + "/deep/image.png", window)
            #expect(try await scene.run(WindowDocument(source: absolute, core: core)) == sent, "\(window)")
        }
    }

    @Test func `paths that lead out of the root are refused, whether there is a file or not`() async throws {
        let scene = try await Scene()
        let scratch = scene.scratch
        let files = FileManager.default
        try files.createSymbolicLink(atPath: scene.root + "/out.png", withDestinationPath: scratch("image.png"))
        try files.createSymbolicLink(atPath: scene.root + "/outside", withDestinationPath: scratch.folder.path)
        try files.createDirectory(atPath: scene.root + "-sibling", withIntermediateDirectories: true)
        try files.copyItem(atPath: scratch("image.png"), toPath: scene.root + "-sibling/image.png")
        #expect(mkfifo(scene.root + "/pipe", 0o600) == 0)
        let window = PixelRect(x: 0, y: 0, width: 20, height: 20)
        let cases = [
            ("../image.png", "without \"..\""), ("deep/../../image.png", "without \"..\""),
            (scratch("image.png"), "under a --data-root"), ("/etc/passwd", "under a --data-root"),
            ("/nowhere/at/all", "under a --data-root"), (scene.root + "-sibling/image.png", "under a --data-root"),
            ("out.png", "under a --data-root"), ("outside/image.png", "under a --data-root"),
            ("missing.png", "under a --data-root"), ("pipe", "a pipe, socket or device"), ("deep", "a directory"),
            ("deep/image.png\0.txt", "without a zero byte"), ("", "1 to 4096 characters"),
            ("/dev/zero", "under a --data-root"), ("file:///etc/passwd", "under a --data-root"),
        ]
        for (path, words) in cases {
            let source = try scene.reference(path, file: scratch("image.png"), window)
            let refusal = try await scene.refusal(WindowDocument(source: source, core: window))
            #expect(refusal?.contains(words) == true, "\(path): \(refusal ?? "accepted")")
        }
        #expect(scene.worker.running.process.isRunning)
    }

    @Test func `a file that has changed, is no image, or is smaller than the window is refused`() async throws {
        let scene = try await Scene()
        let window = PixelRect(x: 0, y: 0, width: 20, height: 20)
        try Data("no image at all, but long enough".utf8).write(to: URL(fileURLWithPath: scene.root + "/text.png"))
        var larger = try scene.reference("deep/image.png", window)
        larger.size += 1
        var older = try scene.reference("deep/image.png", window)
        older.modified -= 1
        let cases = [
            (larger, "expected \(larger.size) bytes"), (older, "changed at \(older.modified)"),
            (try scene.reference("text.png", window), "PNG, JPEG, TIFF, JPEG 2000, whole-slide, NumPy or zipped OME-Zarr"),
            (
                try scene.reference("deep/image.png", PixelRect(x: 140, y: 0, width: 20, height: 20)),
                "expected a rectangle inside 150×150"
            ),
            (
                try scene.reference("deep/image.png", PixelRect(x: 0, y: .max, width: 20, height: 20)),
                "expected a rectangle inside 150×150"
            ),
        ]
        for (source, words) in cases {
            let refusal = try await scene.refusal(WindowDocument(source: source, core: window))
            #expect(refusal?.contains(words) == true, "\(words): \(refusal ?? "accepted")")
        }
    }

    @Test func `URLs are policed, and of those that are allowed only images are read`() async throws {
        let scene = try await Scene()
        let window = PixelRect(x: 0, y: 0, width: 20, height: 20)
        let cases = [
            ("file:///etc/passwd", "expected http, https or s3"),
            ("http://169.254.169.254/latest/meta-data/", "below an --allow-url"),
            ("https://images.example.org@evil.example/slides/a.png", "no user"),
            ("https://images.example.org/slides/../secret.png", "a path without"),
            ("https://images.example.org/slides-of-others/a.png", "below an --allow-url"),
            ("http://127.0.0.1:9/slides/a.tif", "times in a row"),
        ]
        for (url, words) in cases {
            var source = ImageReference(path: "", size: 1, modified: 1, window: window)
            (source.path, source.url) = (nil, url)
            let refusal = try await scene.refusal(WindowDocument(source: source, core: window))
            #expect(refusal?.contains(words) == true, "\(url): \(refusal ?? "accepted")")
        }
    }
}
