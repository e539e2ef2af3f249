@testable import Features
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

/// The feature jobs of labelled pixels: where each is cut out, and in which order its samples come.
@Suite struct LabelledTilesTests {
    /// A job, and what its samples become.
    private struct Cut: Equatable, Sendable {
        var label: String
        /// Of the pixels that are sent.
        var width: Int
        var height: Int
        var core: PixelRect
        /// Row-major in the core.
        var places: [Int32]
        /// Row-major in the image.
        var positions: [Int]
        var labels: [UInt16]
        var ranks: [Range<Int>]
    }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func spec() throws -> FeatureSpec {
        try FeatureSpec(families: [.intensity], sigmas: [1], channels: 1)
    }

    /// The jobs of a black image with some labels, in their order.
    private func cuts(
        width: Int, height: Int, labels: [(x: Int, y: Int, label: UInt16)], _ request: SampleRequest = SampleRequest()
    ) async throws -> [Cut] {
        var map = LabelMap(width: width, height: height, labels: [UInt16](repeating: 0, count: width * height))
        for (x, y, label) in labels { map.labels[y * width + x] = label }
        try map.write(to: folder("labels.png"))
        let pixels = [UInt8](repeating: 0, count: width * height)
        try PixelBuffer(width: width, height: height, channels: 1, sampleType: .uint8, bytes: pixels)
            .write(to: folder("image.png"))
        let pair = TrainingPair(image: ImageInput(path: folder("image.png")), labels: ImageInput(path: folder("labels.png")))
        let name = folder("image.png")
        return try await IdlePool.run { run in
            let tiles = LabelledTiles(
                set: try TrainingSet([pair]), spec: try Self.spec(), request: request, gaps: LabelGaps(), run: run)
            var cuts: [Cut] = []
            for try await job in tiles {
                let envelope = try WireJSON.decode(JobEnvelope.self, from: try job.body(nil))
                let features = try #require(envelope.job as? FeatureJob)
                let shape = try #require(features.window.pixels).shape
                let places = features.pixels.elements(as: Int32.self)
                let samples = WireArray([Float](repeating: 0, count: places.count), .float32, shape: [places.count, 1])
                let part = try job.accept(try WireJSON.encode(FeatureJob.Output(samples: samples)))
                cuts.append(
                    Cut(
                        label: job.label.replacing("\(name): ", with: ""), width: shape[1], height: shape[0],
                        core: features.window.core, places: places, positions: part.pixels.positions,
                        labels: part.pixels.labels, ranks: part.pixels.ranks))
            }
            return cuts
        }
    }

    /// An image of 3 × 2 tiles of 512 pixels, the last column 6 and the last row 3 pixels wide.
    @Test func `labels in every corner of the tiles are cut out with their halo, and counted in the order of the image`()
        async throws
    {
        let found = try await cuts(
            width: 1030, height: 515,
            labels: [(511, 0, 1), (512, 0, 2), (0, 1, 1), (513, 2, 1), (600, 512, 2), (1029, 514, 1)])
        let halo = try Self.spec().haloPixels
        #expect(halo >= 2, "it reaches below the last row")
        let expected = [
            Cut(
                label: "features at (0, 0)", width: 512 + halo, height: 2 + halo,
                core: PixelRect(x: 0, y: 0, width: 512, height: 2), places: [511, 512], positions: [511, 1030],
                labels: [1, 1], ranks: [0..<1, 2..<3]),
            Cut(
                label: "features at (512, 0)", width: 2 + 2 * halo, height: 3 + halo,
                core: PixelRect(x: halo, y: 0, width: 2, height: 3), places: [0, 5], positions: [512, 2573], labels: [2, 1],
                ranks: [1..<2, 3..<4]),
            Cut(
                label: "features at (600, 512)", width: 1 + 2 * halo, height: 3 + halo,
                core: PixelRect(x: halo, y: halo, width: 1, height: 1), places: [0], positions: [527_960], labels: [2],
                ranks: [4..<5]),
            Cut(
                label: "features at (1029, 514)", width: 1 + halo, height: 1 + halo,
                core: PixelRect(x: halo, y: halo, width: 1, height: 1), places: [0], positions: [530_449], labels: [1],
                ranks: [5..<6]),
        ]
        try #require(found.count == expected.count, "\(found.map(\.label))")
        for (one, other) in zip(found, expected) { #expect(one == other) }
    }

    @Test func `an image smaller than a tile is one job, and its halo ends where it does`() async throws {
        let found = try await cuts(width: 1, height: 2, labels: [(0, 0, 2), (0, 1, 1)])
        #expect(
            found == [
                Cut(
                    label: "features at (0, 0)", width: 1, height: 2, core: PixelRect(x: 0, y: 0, width: 1, height: 2),
                    places: [0, 1], positions: [0, 1], labels: [2, 1], ranks: [0..<2])
            ])
    }

    @Test func `samples that are not wanted have no place among the others`() async throws {
        let labels: [(x: Int, y: Int, label: UInt16)] = (0..<40).map { (x: $0, y: 0, label: UInt16(1 + $0 % 2)) }
        let all = try await cuts(width: 40, height: 1, labels: labels)
        #expect(all.map(\.positions) == [Array(0..<40)] && all.map(\.ranks) == [[0..<40]])
        // No key of label 2 is small enough, and none is for edges.
        var request = SampleRequest(selection: SampleSelection(seed: 1, keyMaxOfLabel: [2: 0]))
        let some = try await cuts(width: 40, height: 1, labels: labels, request)
        #expect(some.map(\.positions) == [Array(stride(from: 0, to: 40, by: 2))])
        #expect(some.map(\.labels) == [[UInt16](repeating: 1, count: 20)] && some.map(\.ranks) == [[0..<20]])
        request = SampleRequest(selection: SampleSelection(seed: 1, edgeShare: 0), onlyEdgeSamples: true)
        let none = try await cuts(width: 40, height: 1, labels: labels, request)
        #expect(none.isEmpty)
    }
}
