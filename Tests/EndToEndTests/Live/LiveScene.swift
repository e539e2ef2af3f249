@testable import AnnotationFormats
@testable import Annotations
@testable import Features
@testable import Forest
@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Synchronization
import Testing

@testable import Coordinator

/// Somebody who paints on the demo's image, and what the command line makes of the same strokes.
struct LiveScene: Sendable {
    let scratch: Scratch
    let image: LiveImage

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 600)
        let input = ImageInput(path: scratch("image.png"))
        image = LiveImage(key: "image", input: input, pixels: input)
    }

    /// Strokes of three classes, about so many pixels wide.
    func shapes(_ count: Int, width: Double) -> [LiveShape] {
        var random = SplitMix64(seed: 3)
        return (0..<count).map { number in
            let points = (0..<3).map { _ in
                AnnotationPoint(x: Double(random.next() % 600), y: Double(random.next() % 600))
            }
            let stroke = AnnotationShape.stroke(AnnotationPath(through: points), width: width)
            return LiveShape(id: "\(number)", annotation: Annotation(stroke, classNumber: 1 + number % 3))
        }
    }

    /// The shapes as labels of the image.
    func labels(_ shapes: [LiveShape], sequence: Int) throws -> LiveLabels {
        LiveLabels(
            sequence: sequence, planes: [LivePlane(image: image, shapes: shapes)], names: [1: "cell", 2: "edge", 3: "rest"],
            colours: [:], features: FeatureRequest(preset: .scikitImage, sigmaMax: 4),
            forest: try ForestParameters(trees: 30, seed: 5))
    }

    /// Writes shapes as the file that `coppice train` reads.
    private func write(_ labels: LiveLabels) throws -> String {
        let document = AnnotationDocument(
            classes: labels.names.sorted { $0.key < $1.key }.map { AnnotationClass(number: $0.key, name: $0.value) },
            annotations: labels.planes[0].shapes.map(\.annotation))
        let path = scratch("strokes.annotations.json")
        let bytes = try #require(try CoppiceAnnotations.write(document, AnnotationWriting()))
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// The model of the command line.
    func commandLineModel(_ labels: LiveLabels) async throws -> Data {
        let outcome = try await Program.coppice([
            "train", scratch("image.png"), try write(labels), "--trees", "30", "--seed", "5", "--features", "scikit-image",
            "--sigma-max", "4", "--output", scratch("model.json"), "--quiet", "--folds", "0",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try Data(contentsOf: URL(fileURLWithPath: scratch("model.json")))
    }

    /// The labels of the whole image, `[row][column]`, as the command line segments it with a model of the same strokes.
    func commandLineLabels(_ labels: LiveLabels) async throws -> [UInt16] {
        _ = try await commandLineModel(labels)
        let outcome = try await Program.coppice([
            "segment", scratch("image.png"), "--model", scratch("model.json"), "--output", scratch("labels.png"), "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let map = try ImageFile.readAllLabels(path: scratch("labels.png"))
        try #require(map.width == 600 && map.height == 600)
        return map.labels
    }

    /// All of the image, looked at near its upper right corner.
    var wholeView: LiveView {
        LiveView(
            image: image, rect: PixelRect(x: 0, y: 0, width: 600, height: 600), level: 0, focus: [550, 50], serial: 7)
    }

    /// All of the image and more, in half its resolution.
    var farView: LiveView {
        var view = wholeView
        view.rect = PixelRect(x: 0, y: 0, width: 20_000, height: 20_000)
        view.level = 1
        return view
    }

    /// The views that were complete: which forest they showed, and what share of them was exact.
    static func completions(_ events: [LiveEvent]) -> [(revision: Int, share: Double)] {
        events.compactMap { event in
            guard case .viewComplete(_, let serial, let revision, _, _, let share) = event else { return nil }
            #expect(serial == 7)
            return (revision, share)
        }
    }
}

/// Every second pixel each way in the place of a working copy.
struct NoLevels: LivePixels {
    func size(of image: LiveImage, level: Int) throws -> (width: Int, height: Int) { (300, 300) }

    func window(_ rect: PixelRect, of image: LiveImage, level: Int) throws -> PixelBuffer {
        let whole = try ImageFile.readAll(path: image.pixels.path)
        let full = PixelRect(x: rect.x * 2, y: rect.y * 2, width: rect.width * 2, height: rect.height * 2)
        let wide = whole.cropped(to: full)
        var bytes: [UInt8] = []
        let size = wide.channels * wide.sampleType.byteCount
        for row in 0..<rect.height {
            for column in 0..<rect.width {
                let first = (row * 2 * wide.width + column * 2) * size
                bytes += wide.bytes[first..<first + size]
            }
        }
        return PixelBuffer(
            width: rect.width, height: rect.height, channels: wide.channels, sampleType: wide.sampleType, bytes: bytes)
    }
}

/// Sessions.
extension LiveScene {
    /// Has local workers that may read the image.
    func withWorkers(
        _ count: Int = 1, _ body: @escaping @Sendable (_ pool: WorkerPool, _ folders: SharedFolders) async -> Void
    ) async throws {
        let folders = SharedFolders(of: [image.input.path])
        let workers = try LocalWorkers(count: count, sharing: folders, logLevel: "warning")
        try await WorkerPool.serve(workers, log: { _ in }) { pool in await body(pool, folders) }
    }

    /// Has a session see labels, and a view, and gives all that it tells until `isEnough`.
    func events(
        of steps: [LiveLabels], _ view: LiveView, until isEnough: @escaping @Sendable ([LiveEvent]) -> Bool
    ) async throws -> [LiveEvent] {
        let seen = Lock<[LiveEvent]>([])
        let current = Lock(steps[0])
        let path = try write(steps[steps.count - 1])
        let image = image
        try await withWorkers(2) { pool, folders in
            let session = LiveSession(
                .init(
                    pool: pool, folders: folders, pixels: NoLevels(), labels: { current.withLock { $0 } },
                    request: { labels in
                        var request = TrainingRequest(
                            .images([TrainingPair(image: image.input, labels: ImageInput(path: path))], labels.features),
                            forest: labels.forest)
                        request.folds = 4
                        return request
                    }))
            let events = await session.events(for: "client")
            try? await session.setView(view, of: "client", tab: "tab")
            for labels in steps {
                current.withLock { $0 = labels }
                await session.labelsChanged(to: labels.sequence)
            }
            for await event in events {
                let now = seen.withLock { seen in
                    seen.append(event)
                    return seen
                }
                if isEnough(now) { break }
            }
            await session.end()
        }
        return seen.withLock { $0 }
    }

    /// Has a session on one worker do what `body` says; without labels no training comes to an end.
    func withSession(_ labels: LiveLabels?, _ body: @escaping @Sendable (LiveSession) async -> Void) async throws {
        try await withWorkers { pool, folders in
            let session = LiveSession(
                .init(
                    pool: pool, folders: folders, pixels: NoLevels(),
                    labels: {
                        guard let labels else { throw CancellationError() }
                        return labels
                    },
                    request: { _ in throw CancellationError() }))
            await body(session)
            await session.end()
        }
    }
}
