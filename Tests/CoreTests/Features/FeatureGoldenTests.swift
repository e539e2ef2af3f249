@testable import Features
import Foundation
@testable import Imaging
import Testing

@Suite struct FeatureGoldenTests {
    @Test(arguments: [
        "grey-37x5", "grey-300x2", "grey-2x61", "rgb-31x24", "grey16-26x21", "uint32-19x23", "int8-19x23", "int16-19x23",
        "int32-19x23", "float32-19x23",
    ])
    func `features equal scikit-image's`(name: String) throws {
        let golden = try FeatureGolden(name: name)
        let core = PixelRect(x: 0, y: 0, width: golden.image.width, height: golden.image.height)
        let found = FeatureExtractor().planes(of: golden.image, core: core, spec: golden.spec)
        try #require(found.count == golden.planes.count)
        for (feature, featureName) in golden.spec.names.enumerated() {
            let range = feature * core.area..<(feature + 1) * core.area
            let difference = zip(found[range], golden.planes[range]).map { abs($0 - $1) }.max() ?? 0
            #expect(difference <= (featureName.contains("texture") ? 5e-6 : 2e-6), "\(name), \(featureName)")
        }
    }
}

/// A file of `Goldens/make_features.py`, whose head describes the layout.
private struct FeatureGolden {
    let image: PixelBuffer
    let spec: FeatureSpec
    let planes: [Float]

    init(name: String) throws {
        var file = try GoldenFile("features-\(name)")
        let head = try file.take(6, Int32.self).map(Int.init)
        let sigmas = try file.take(head[5], Double.self)
        let families = FeatureFamily.allCases.enumerated().filter { head[4] >> $0.offset & 1 == 1 }.map(\.element)
        let sampleType = try #require(
            [1: .uint8, 2: .uint16, 4: .uint32, -1: .int8, -2: .int16, -4: .int32, 32: SampleType.float32][head[3]])
        let bytes = try file.take(head[0] * head[1] * head[2] * sampleType.byteCount, UInt8.self)
        image = PixelBuffer(width: head[0], height: head[1], channels: head[2], sampleType: sampleType, bytes: bytes)
        spec = try FeatureSpec(families: families, sigmas: sigmas, channels: head[2])
        planes = try file.take(spec.featureCount * head[0] * head[1], Float.self)
    }
}
