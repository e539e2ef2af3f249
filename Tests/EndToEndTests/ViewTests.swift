import Foundation
@testable import Formats
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Synchronization
import Testing

@testable import Coordinator

/// Parts of images, segmented for somebody who looks at them.
@Suite struct ViewTests {
    private let scratch: Scratch
    private let model: ModelFile

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 300)
        let trained = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "10", "--output", scratch("model.json"),
            "--quiet",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        model = try ModelFile.load(scratch("model.json"))
    }

    private func view(_ request: ViewRequest) async throws -> [ViewTile] {
        let tiles = Lock<[ViewTile]>([])
        let model = model
        let folders = SharedFolders(of: [request.image.path])
        let workers = try LocalWorkers(count: 1, sharing: folders, logLevel: "warning")
        try await Run.perform(on: workers, sharing: folders) { run in
            try await run.segment(request, with: model) { tile in tiles.withLock { $0.append(tile) } }
        }
        return tiles.withLock { $0 }
    }

    /// The labels of the whole image, as the command writes them: `[row][column]`.
    private func labels(of image: String) async throws -> [UInt16] {
        let outcome = try await Program.coppice([
            "segment", image, "--model", scratch("model.json"), "--output", scratch("labels.png"), "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let reader = try ImageFile.openLabels(path: scratch("labels.png"))
        var labels = [UInt16](repeating: 0, count: 300 * 300)
        try labels.withUnsafeMutableBufferPointer { try reader.read(300, into: $0) }
        return labels
    }

    @Test(arguments: ["image.png", "image.tif"])
    func `the tiles of a view are those of the whole image, the nearest first`(name: String) async throws {
        if name.hasSuffix("tif") {
            var tiled = HandmadeTIFF.Image(300, 300, samplesPerPixel: 3, seed: 0)
            tiled.bytes = try pixels(of: scratch("image.png")).bytes
            tiled.tileSide = 64
            try Data(HandmadeTIFF.file([tiled])).write(to: URL(fileURLWithPath: scratch(name)))
        }
        let whole = try await labels(of: scratch(name))
        var request = ViewRequest(
            image: ImageInput(path: scratch(name)), part: PixelRect(x: 70, y: 130, width: 100, height: 60),
            maps: [.labels, .probabilities], focus: [165, 140], tileSide: 64)
        let tiles = try await view(request)
        // Columns 64 to 191 and rows 128 to 191.
        #expect(tiles.map(\.core).map { [$0.x, $0.y] } == [[128, 128], [64, 128]])
        for tile in tiles {
            let classes = try #require(tile.maps[.labels]).bytes
            let core = tile.core
            let expected = (core.y..<core.endY).flatMap { row in whole[row * 300 + core.x..<row * 300 + core.endX] }
            #expect(expected == classes.map { UInt16(model.model.classes[Int($0)].label) })
            #expect(tile.maps[.probabilities]?.shape == [3, tile.core.height, tile.core.width])
        }
        request.part = PixelRect(x: 400, y: 0, width: 10, height: 10)
        #expect(try await view(request).isEmpty, "there is nothing outside of the image")
    }

    private func pixels(of path: String) throws -> PixelBuffer {
        let windows = ImageWindows(try ImageFile.source(path: path, .first), path: path)
        try windows.advance(to: 0..<windows.info.height)
        return try windows.window(PixelRect(x: 0, y: 0, width: windows.info.width, height: windows.info.height))
    }

    @Test func `a view of a map that workers do not make is refused`() async throws {
        let request = ViewRequest(
            image: ImageInput(path: scratch("image.png")), part: PixelRect(x: 0, y: 0, width: 9, height: 9), maps: [.overlay])
        await #expect {
            _ = try await view(request)
        } throws: { error in
            "\(error)".hasSuffix("expected maps that workers make, found overlay")
        }
    }

    @Test func `requests are values that can be written down`() throws {
        let view = ViewRequest(
            image: ImageInput(path: "a.tif"), part: PixelRect(x: 1, y: 2, width: 3, height: 4), maps: [.labels, .uncertainty],
            focus: [2, 3])
        let segmentation = SegmentationRequest(
            [.init(image: ImageInput(path: "a.tif"), paths: [.labels: "b.png", .probabilities: "p.npy"])], tileSide: 512)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let (first, second) = (try encoder.encode(view), try encoder.encode(segmentation))
        let decoder = JSONDecoder()
        #expect(try encoder.encode(decoder.decode(ViewRequest.self, from: first)) == first)
        #expect(try decoder.decode(SegmentationRequest.self, from: second).works == segmentation.works)
        #expect(segmentation.parameters == ["tile": "512", "probabilities": "float32", "uncertainty": "none"])
    }
}
