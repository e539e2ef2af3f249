@testable import Features
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

/// What holds of every family in the list, whatever it computes.
@Suite struct FeatureFamilyTests {
    static let goldens: [(FeatureFamily, String)] = FeatureFamily.allCases.flatMap { family in
        (family.channelCount == nil ? usualImages : colourImages).map { (family, $0) }
    }
    private static let usualImages = ["grey-small", "grey-narrow", "grey-large", "grey16", "rgb"]
    private static let colourImages = ["rgb-small", "rgb-narrow", "rgb16", "rgb"]

    @Test(arguments: goldens)
    func `planes equal those that NumPy and SciPy make`(family: FeatureFamily, image: String) throws {
        let golden = try FamilyGolden(family: family, image: image)
        let core = PixelRect(x: 0, y: 0, width: golden.image.width, height: golden.image.height)
        let found = FeatureExtractor().planes(of: golden.image, core: core, spec: golden.spec)
        try #require(found.count == golden.planes.count)
        #expect((zip(found, golden.planes).map { abs($0 - $1) }.max() ?? 0) <= 1e-6)
    }

    /// Each family alone, and all together, of images with three channels.
    static let selections = FeatureFamily.allCases.map { [$0] } + [FeatureFamily.allCases]
    /// The same of images with one channel, and with three.
    static let cases: [(families: [FeatureFamily], channels: Int)] = [1, 3].flatMap { channels in
        let families = FeatureFamily.allCases(channels: channels)
        return families.map { ([$0], channels) } + [(families, channels)]
    }

    @Test(arguments: cases)
    func `a tile with its halo has the bytes of the whole image`(families: [FeatureFamily], channels: Int) throws {
        let image = noise(width: 203, height: 188, channels: channels)
        let spec = try FeatureSpec(families: families, sigmas: [0.6, 3], channels: channels)
        let whole = FeatureExtractor().planes(of: image, core: image.outline, spec: spec)
        let grid = TileGrid(imageWidth: image.width, imageHeight: image.height, tileSide: 41, haloPixels: spec.haloPixels)
        let extractor = FeatureExtractor()
        for (row, column) in [(0, 0), (0, 2), (1, 1), (2, 0), (2, 3), (grid.rows - 1, 1), (grid.rows - 1, grid.columns - 1)] {
            let tile = grid.tile(row: row, column: column)
            let found = extractor.planes(
                of: image.cropped(to: tile.window), core: tile.core.relative(to: tile.window), spec: spec)
            let expected = (0..<spec.featureCount).flatMap { feature in
                (tile.core.y..<tile.core.endY).flatMap { row in
                    let start = (feature * image.height + row) * image.width + tile.core.x
                    return whole[start..<start + tile.core.width]
                }
            }
            // Not inside the macro, which would print thousands of numbers.
            let isSame = found.map(\.bitPattern) == expected.map(\.bitPattern)
            #expect(isSame, "tile \(tile.core)")
        }
    }

    @Test(arguments: cases)
    func `a halo that is one pixel short is noticed`(families: [FeatureFamily], channels: Int) throws {
        let image = noise(width: 203, height: 188, channels: channels)
        let spec = try FeatureSpec(families: families, sigmas: [0.6, 3], channels: channels)
        // Two pixels: extremes of the first are not all made of the farthest points.
        let pixel = PixelRect(x: 100, y: 90, width: 2, height: 1)
        func features(halo: Int) -> [UInt32] {
            let window = pixel.padded(by: halo, clippedTo: image.width, image.height)
            let planes = FeatureExtractor().planes(
                of: image.cropped(to: window), core: pixel.relative(to: window), spec: spec)
            return planes.map(\.bitPattern)
        }
        #expect(features(halo: spec.haloPixels) == features(halo: spec.haloPixels + 7))
        #expect(features(halo: spec.haloPixels) != features(halo: spec.haloPixels - 1))
    }

    @Test func `all families in turn leave nothing behind in an extractor`() throws {
        let extractor = FeatureExtractor()
        for (round, families) in (Self.selections + Self.selections.reversed()).enumerated() {
            let image = noise(width: 60 + 13 * (round % 3), height: 70 - 9 * (round % 4), channels: 1 + round % 3)
            let known = FeatureFamily.allCases(channels: image.channels)
            let families = families.filter(known.contains)
            guard !families.isEmpty else { continue }
            let spec = try FeatureSpec(families: families, sigmas: [1, 2], channels: image.channels)
            let found = extractor.planes(of: image, core: image.outline, spec: spec)
            #expect(found == FeatureExtractor().planes(of: image, core: image.outline, spec: spec), "\(families.map(\.rawValue))")
        }
    }

    @Test func `a family's planes do not depend on the families beside it`() throws {
        let image = noise(width: 90, height: 77, channels: 3)
        let all = try FeatureSpec(families: FeatureFamily.allCases, sigmas: [1, 4], channels: 3)
        let together = FeatureExtractor().planes(of: image, core: image.outline, spec: all)
        for family in FeatureFamily.allCases {
            let spec = try FeatureSpec(families: [family], sigmas: [1, 4], channels: 3)
            let alone = FeatureExtractor().planes(of: image, core: image.outline, spec: spec)
            for (position, name) in spec.names.enumerated() {
                let feature = try #require(all.names.firstIndex(of: name))
                let area = image.outline.area
                #expect(
                    alone[position * area..<(position + 1) * area] == together[feature * area..<(feature + 1) * area], "\(name)")
            }
        }
    }

    @Test func `the tables of rings are those of their formula`() {
        for circle in RingKernel.circles {
            let diagonal = Self.offset(Double(circle.radius), .pi / 4)
            #expect(diagonal.row == circle.diagonal && diagonal.column == circle.diagonal)
            #expect(circle.radius <= FeatureFamily.ring.reachPixels)
            #expect(circle.radius == FeatureSpec.radius(ofSigma: circle.sigma), "a point may be without data")
        }
        #expect(RingKernel.circles.map(\.sigma) == [1, 2, 4] && RingKernel.circles.map(\.radius) == [4, 8, 16])
    }

    @Test func `the tables of lines are those of their formula`() {
        #expect(LineKernel.scales.map(\.sigma) == [1, 2] && LineKernel.scales.map(\.step) == [1.5, 3])
        for scale in LineKernel.scales {
            #expect(scale.points.count == 8)
            for (index, points) in scale.points.enumerated() {
                let expected = (1...3).map { Self.offset(Double($0) * scale.step, Double(index) * .pi / 8) }
                #expect(points.map { $0.row } == expected.map { $0.row }, "direction \(index)")
                #expect(points.map { $0.column } == expected.map { $0.column }, "direction \(index)")
            }
            let farthest = scale.points.joined().map { max(abs($0.row), abs($0.column)) }.max()
            #expect(farthest == scale.span)
            // Along rows and columns, second derivatives across reach no farther than the points do.
            let turned = [1, 2, 3, 5, 6, 7].flatMap { scale.points[$0] }.map { max(abs($0.row), abs($0.column)) }.max() ?? 0
            #expect(max(scale.span, turned + 2) <= FeatureFamily.line.reachPixels)
        }
        for (index, direction) in LineKernel.directions.enumerated() {
            let angle = Double(index) * .pi / 8
            #expect(abs(Double(direction.rows) - cos(angle) * cos(angle)) <= 3e-8)
            #expect(abs(Double(direction.mixed) + sin(2 * angle)) <= 3e-8)
            #expect(abs(Double(direction.columns) - sin(angle) * sin(angle)) <= 3e-8)
        }
    }

    /// Rows and columns to a point, half to even.
    private static func offset(_ distance: Double, _ angle: Double) -> (row: Int, column: Int) {
        (
            Int((distance * sin(angle)).rounded(.toNearestOrEven)), Int((distance * cos(angle)).rounded(.toNearestOrEven))
        )
    }

    @Test func `colours of images with other than three channels are refused`() {
        #expect(throws: FeatureSpecError.channelsOfFamily("colour", expected: 3, found: 1)) {
            try FeatureSpec(families: [.intensity, .colour], sigmas: [1], channels: 1)
        }
        let message = FeatureSpecError.channelsOfFamily("colour", expected: 3, found: 1).description
        #expect(message == "features: colour: expected images of 3 channels, found 1 channel")
    }

    @Test func `a family may read raw channels, and those of any sigma`() throws {
        let family = FeatureFamily(
            "channel-contrast", summary: "for this test",
            input: .planes([.channels(sigma: 0), .mean(sigma: 0), .channels(sigma: 1)]),
            planeNames: (0..<7).map { "plane\($0)" }, reachPixels: 3, kernel: NeighbourKernel.self)
        let image = noise(width: 300, height: 90, channels: 3)
        let spec = try FeatureSpec(families: [family, .intensity], sigmas: [1], channels: 3)
        #expect(spec.names[0] == "channel0.sigma1.intensity" && spec.names[3] == "plane0")
        #expect(spec.featureCount == 10 && spec.haloPixels == 7)
        let core = PixelRect(x: 3, y: 4, width: 280, height: 80)
        let planes = FeatureExtractor().planes(of: image, core: core, spec: spec)
        for (row, column) in [(0, 0), (31, 255), (45, 256), (79, 279)] {
            func found(_ feature: Int) -> Float { planes[(feature * core.height + row) * core.width + column] }
            let values = (0..<3).map { channel in
                Float(image.bytes[((row + 4 + 3) * image.width + column + 3 - 3) * 3 + channel]) * (1 / 255)
            }
            #expect((3..<6).map(found) == values)
            #expect(abs(found(6) - values.reduce(0, +) / 3) <= 1e-7)
            let blurred = (0..<3).map { planes[($0 * core.height + min(row + 3, 79)) * core.width + max(column - 3, 0)] }
            if row + 3 < 80 && column >= 3 { #expect((7..<10).map(found) == blurred) }
        }
    }

    private func noise(width: Int, height: Int, channels: Int) -> PixelBuffer {
        var generator = SplitMix64(seed: UInt64(width * height + channels))
        return PixelBuffer(
            width: width, height: height, channels: channels, sampleType: .uint8,
            bytes: (0..<width * height * channels).map { _ in UInt8(generator.integer(0...255)) })
    }
}

/// Gives every input as it is three rows below and three columns to the left.
private final class NeighbourKernel: FeatureKernel {
    init(families: [FeatureFamily]) {}

    func make(
        _ run: FeatureRun, of planes: UnsafePointer<PlaneRows>, values: UnsafeMutablePointer<UnsafePointer<Float>>
    ) {
        for index in 0..<7 { values[index] = planes[index].row(run.row + 3) + run.column - 3 }
    }
}

extension PixelBuffer {
    fileprivate var outline: PixelRect { PixelRect(x: 0, y: 0, width: width, height: height) }
}

/// A file of `Goldens/make_families.py`, whose head describes the layout.
private struct FamilyGolden {
    let image: PixelBuffer
    let spec: FeatureSpec
    let planes: [Float]

    init(family: FeatureFamily, image name: String) throws {
        var file = try GoldenFile("family-\(family.rawValue)-\(name)")
        let head = try file.take(5, Int32.self).map(Int.init)
        let sigmas = try file.take(head[4], Double.self)
        let bytes = try file.take(head[0] * head[1] * head[2] * head[3], UInt8.self)
        image = PixelBuffer(
            width: head[0], height: head[1], channels: head[2], sampleType: head[3] == 1 ? .uint8 : .uint16, bytes: bytes)
        spec = try FeatureSpec(families: [family], sigmas: sigmas, channels: head[2])
        planes = try file.take(spec.featureCount * head[0] * head[1], Float.self)
        #expect(file.isAtEnd)
    }
}
