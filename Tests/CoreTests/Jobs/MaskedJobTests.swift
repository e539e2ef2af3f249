@testable import Features
@testable import Forest
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

/// Jobs on windows of which some pixels have no data.
@Suite struct MaskedJobTests {
    private let model: SegmentationModel
    private let spec: FeatureSpec
    private let hash: ContentHash
    private let blobs: BlobSet

    init() throws {
        model = try SegmentationModelTests.model()
        guard case .pixels(let spec, _) = model.input else { preconditionFailure("a model of tables") }
        self.spec = spec
        let bytes = try model.encoded()
        hash = ContentHash(of: bytes)
        blobs = BlobSet([hash: try Blob(decoding: bytes)])
    }

    /// A textured image; `hasData` says which pixels have data.
    private func image(_ width: Int, _ height: Int, hasData: (_ row: Int, _ column: Int) -> Bool) -> PixelBuffer {
        PixelBuffer(
            width: width, height: height, channels: 1, sampleType: .uint8,
            bytes: (0..<width * height).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) },
            validity: (0..<width * height).map { hasData($0 / width, $0 % width) ? 1 : 0 })
    }

    private func job(_ pixels: PixelBuffer, core: PixelRect, _ kinds: [MapKind] = [.labels, .probabilities, .uncertainty])
        -> TileJob
    {
        TileJob(
            model: hash, window: WindowDocument(pixels: pixels, core: core),
            maps: Dictionary(uniqueKeysWithValues: kinds.map { ($0, MapRequest($0.content.elements[0])) }))
    }

    /// The result of a job that went over the wire.
    private func output<Result: Decodable>(of job: some Job, as type: Result.Type) throws -> Result {
        let request = try JobRequest(body: try WireJSON.encode(JobEnvelope(job)))
        return try WireJSON.decode(type, from: request.run(in: SlotWorkspace(), blobs: blobs).data)
    }

    @Test func `pixels without data get no class, no votes and no uncertainty, and all others a class`() throws {
        let pixels = image(90, 80) { row, column in (row - 40) * (row - 40) + (column - 30) * (column - 30) > 300 && row != 3 }
        let core = PixelRect(x: 5, y: 2, width: 70, height: 75)
        let job = job(pixels, core: core)
        let output = try output(of: job, as: TileJob.Output.self)
        try job.check(output)
        let validity = try #require(pixels.validity(of: core))
        for kind in [MapKind.labels, .probabilities, .uncertainty] {
            let sent = try #require(output.maps[kind]?.sent)
            try kind.content.check(
                sent, width: core.width, height: core.height, classCount: 3, gaps: .known(validity), name: kind.rawValue)
        }
        let classes = try #require(output.maps[.labels]?.sent).elements(as: UInt8.self)
        let probabilities = try #require(output.maps[.probabilities]?.sent).elements(as: UInt16.self)
        for pixel in classes.indices where validity[pixel] == 1 {
            let shares = (0..<3).map { probabilities[$0 * classes.count + pixel] }
            #expect(shares[Int(classes[pixel])] == shares.max() && shares.max() != 0)
        }
        let alone = try self.output(of: self.job(pixels, core: core, [.labels]), as: TileJob.Output.self)
        #expect(alone.maps[.labels] == output.maps[.labels])
    }

    @Test(arguments: [7, 31, 64, 200])
    func `tiles of any side give the classes of the whole`(side: Int) throws {
        let whole = image(200, 170) { row, column in (row / 30 + column / 40) % 3 > 0 && (row * 7 + column * 3) % 11 > 0 }
        let all = try output(
            of: job(whole, core: PixelRect(x: 0, y: 0, width: 200, height: 170)), as: TileJob.Output.self)
        let expected = try #require(all.maps[.labels]?.sent).elements(as: UInt8.self)
        let grid = TileGrid(imageWidth: 200, imageHeight: 170, tileSide: side, haloPixels: spec.haloPixels)
        var found = [UInt8](repeating: 77, count: expected.count)
        for index in stride(from: 0, to: grid.count, by: max(1, grid.count / 40)) {
            let tile = grid.tile(row: index / grid.columns, column: index % grid.columns)
            let job = job(whole.cropped(to: tile.window), core: tile.core.relative(to: tile.window), [.labels])
            let classes = try #require(output(of: job, as: TileJob.Output.self).maps[.labels]?.sent).elements(as: UInt8.self)
            for pixel in classes.indices {
                found[(tile.core.y + pixel / tile.core.width) * 200 + tile.core.x + pixel % tile.core.width] = classes[pixel]
            }
        }
        #expect(zip(found, expected).allSatisfy { $0 == $1 || $0 == 77 })
        #expect(found.contains { $0 != 77 })
    }

    @Test func `smoothed tiles give the maps of the whole, whatever is stored at pixels without data`() throws {
        let smoothing = VoteSmoothing(sigma: 1.5)
        var whole = image(90, 80) { row, column in (row / 20 + column / 30) % 3 > 0 && (row * 7 + column * 3) % 13 > 0 }
        var all = job(whole, core: PixelRect(x: 0, y: 0, width: 90, height: 80))
        let plain = try output(of: all, as: TileJob.Output.self)
        all.smoothing = smoothing.weights
        let smoothed = try output(of: all, as: TileJob.Output.self)
        let labels = try #require(smoothed.maps[.labels]?.sent).elements(as: UInt8.self)
        let shares = try #require(smoothed.maps[.probabilities]?.sent).elements(as: UInt16.self)
        #expect(smoothed.maps[.probabilities] != plain.maps[.probabilities])
        let validity = try #require(whole.validity)
        #expect(zip(labels, validity).allSatisfy { ($0 == MapContent.noClass) == ($1 == 0) })
        for pixel in validity.indices where validity[pixel] == 0 {
            #expect((0..<3).allSatisfy { shares[$0 * validity.count + pixel] == 0 })
            whole.bytes[pixel] = 255 - whole.bytes[pixel]
        }
        let grid = TileGrid(
            imageWidth: 90, imageHeight: 80, tileSide: 37, haloPixels: spec.haloPixels + smoothing.reachPixels)
        for index in 0..<grid.count {
            let tile = grid.tile(row: index / grid.columns, column: index % grid.columns)
            var job = job(whole.cropped(to: tile.window), core: tile.core.relative(to: tile.window))
            job.smoothing = smoothing.weights
            let output = try output(of: job, as: TileJob.Output.self)
            let pixels = (tile.core.y..<tile.core.endY).flatMap { row in
                (tile.core.x..<tile.core.endX).map { row * 90 + $0 }
            }
            #expect(try #require(output.maps[.labels]?.sent).elements(as: UInt8.self) == pixels.map { labels[$0] }, "\(tile)")
            let expected = (0..<3).flatMap { plane in pixels.map { shares[plane * validity.count + $0] } }
            #expect(try #require(output.maps[.probabilities]?.sent).elements(as: UInt16.self) == expected, "\(tile)")
        }
    }

    @Test func `a core without data costs no bins`() throws {
        let pixels = image(64, 64) { _, column in column < 20 }
        let slot = SlotWorkspace()
        let core = PixelRect(x: 30, y: 0, width: 34, height: 64)
        let output = try job(pixels, core: core).run(in: slot, blobs: blobs)
        #expect(slot.bins.isEmpty)
        #expect(try #require(output.maps[.labels]?.sent).elements(as: UInt8.self).allSatisfy { $0 == MapContent.noClass })
        #expect(try #require(output.maps[.probabilities]?.sent).elements(as: UInt16.self).allSatisfy { $0 == 0 })
        #expect(try #require(output.maps[.uncertainty]?.sent).elements(as: UInt16.self).allSatisfy { $0 == 0 })
    }

    @Test func `features of pixels without data are NaN, those of others are what they are without a tile`() throws {
        let pixels = image(60, 50) { row, column in (row + column) % 5 > 0 && column > 3 }
        let core = PixelRect(x: 1, y: 2, width: 40, height: 45)
        let planes = try output(
            of: PlaneJob(spec: spec, window: WindowDocument(pixels: pixels, core: core)), as: PlaneJob.Output.self
        ).planes.elements(as: Float.self)
        var expected = [Float](repeating: 0, count: planes.count)
        expected.withUnsafeMutableBufferPointer { expected in
            guard let base = expected.baseAddress else { preconditionFailure("no planes") }
            FeatureExtractor().planes(of: pixels, core: core, spec: spec, into: base, planeStride: core.area)
        }
        let validity = try #require(pixels.validity(of: core))
        let areRight = planes.indices.allSatisfy { index in
            validity[index % core.area] == 0
                ? planes[index].isNaN : planes[index].bitPattern == expected[index].bitPattern
        }
        #expect(areRight)
    }

    @Test func `a sample of a pixel without data is refused`() throws {
        let pixels = image(20, 20) { row, column in row != 4 || column != 6 }
        let window = WindowDocument(pixels: pixels, core: PixelRect(x: 2, y: 2, width: 10, height: 10))
        let error = #expect(throws: JobError.self) {
            try FeatureJob(spec: spec, window: window, pixels: [3, 24]).run(in: SlotWorkspace(), blobs: blobs)
        }
        #expect(error?.description == "pixels: expected positions of pixels with data, found 24, which has none")
        _ = try FeatureJob(spec: spec, window: window, pixels: [3, 25]).run(in: SlotWorkspace(), blobs: blobs)
    }

    @Test func `a window comes back with its mask, and an unmasked one has no such key`() throws {
        let pixels = image(9, 8) { row, column in row > column }
        let core = PixelRect(x: 0, y: 0, width: 9, height: 8)
        let text = try WireJSON.encode(WindowDocument(pixels: pixels, core: core))
        let window = try WireJSON.decode(WindowDocument.self, from: text)
        #expect(try window.window(in: SlotWorkspace()) == pixels)
        let plain = image(9, 8) { _, _ in true }
        let plainText = String(decoding: try WireJSON.encode(WindowDocument(pixels: plain, core: core)), as: UTF8.self)
        #expect(!plainText.contains("validity"))
    }

    @Test func `a mask of another shape, type or with other values is refused`() throws {
        let pixels = image(4, 3) { row, _ in row > 0 }
        var window = WindowDocument(pixels: pixels, core: PixelRect(x: 0, y: 0, width: 4, height: 3))
        for (mask, message) in [
            (
                WireArray([UInt8](repeating: 1, count: 12), .uint8, shape: [4, 3]),
                "window.validity: expected |u1 3×4, found |u1 4×3"
            ),
            (WireArray([UInt8](repeating: 1, count: 12), .uint8), "window.validity: expected |u1 3×4, found |u1 12"),
            (
                WireArray([UInt16](repeating: 1, count: 12), .uint16, shape: [3, 4]),
                "window.validity: expected |u1 3×4, found <u2 3×4"
            ),
            (
                WireArray([1, 1, 0, 1, 1, 0, 7, 1, 0, 1, 1, 1] as [UInt8], .uint8, shape: [3, 4]),
                "window.validity: expected 0 or 1, found 7 in row 1, column 2"
            ),
        ] {
            window.validity = mask
            let error = #expect(throws: JobError.self) { try window.window(in: SlotWorkspace()) }
            #expect(error?.description == message)
        }
        window.validity = WireArray([UInt8](repeating: 1, count: 12), .uint8, shape: [3, 4])
        #expect(try window.window(in: SlotWorkspace()).validity == nil)
        let named = #"""
            {"source":{"path":"a.tif","size":1,"modified":1,"window":{"x":0,"y":0,"width":1,"height":1}},\#
            "core":{"x":0,"y":0,"width":1,"height":1},"validity":{"dtype":"|u1","shape":[1,1],"encoding":"base64","data":"AQ=="}}
            """#
        let error = #expect(throws: WireError.self) { try WireJSON.decode(WindowDocument.self, from: Data(named.utf8)) }
        #expect(error?.description.contains("expected a mask of pixels that are sent") == true, "\(String(describing: error))")
    }

    @Test func `NaN that is sent says that a pixel has no data, and an infinite value is refused`() throws {
        func window(_ values: [Float]) -> WindowDocument {
            var window = WindowDocument(
                source: ImageReference(path: "-", size: 0, modified: 0, window: PixelRect(x: 0, y: 0, width: 3, height: 1)),
                core: PixelRect(x: 0, y: 0, width: 3, height: 1))
            window.source = nil
            window.pixels = WireArray(values, .float32, shape: [1, 3, 1])
            return window
        }
        #expect(try window([1, .nan, 2]).window(in: SlotWorkspace()).validity == [1, 0, 1])
        let error = #expect(throws: JobError.self) { try window([1, 2, .infinity]).window(in: SlotWorkspace()) }
        #expect(error?.description == "window.pixels: expected finite values, found inf in row 0, column 2")
    }

    @Test func `the mask is part of what an image is known by`() {
        let pixels = image(9, 8) { row, column in row > column }
        let plain = image(9, 8) { _, _ in true }
        #expect(ProbeJob.hash(of: pixels) != ProbeJob.hash(of: plain))
    }

    @Test(arguments: [1, 2])
    func `classes become labels, and no class label 0`(byteCount: Int) {
        let labels: [UInt16] = byteCount == 1 ? [7, 200] : [7, 300]
        let bytes = ClassLabels.bytes(of: [1, 255, 0], labels: labels, byteCount: byteCount)
        #expect(bytes == (byteCount == 1 ? [200, 0, 7] : [44, 1, 0, 0, 7, 0]))
    }
}
