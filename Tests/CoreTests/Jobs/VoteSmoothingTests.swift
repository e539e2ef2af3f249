@testable import Imaging
@testable import Jobs
@testable import Primitives
import Testing

/// Smoothed votes against a slow twin, in tiles, and beside pixels without data: these neither give votes nor weigh.
@Suite struct VoteSmoothingTests {
    private struct Scene {
        var random: SplitMix64
        let width: Int
        let height: Int
        let classCount: Int
        /// `[row][column]`: 1 where a pixel has data.
        var validity: [UInt8]
        /// `[class][row][column]`; 0 at pixels without data.
        var votes: [UInt32]

        /// Votes of any size, and blocks of pixels without data.
        init(seed: UInt64) {
            random = SplitMix64(seed: 7000 + seed)
            width = Int.random(in: 1...40, using: &random)
            height = Int.random(in: 1...40, using: &random)
            classCount = Int.random(in: 1...3, using: &random)
            validity = [UInt8](repeating: 1, count: width * height)
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let side = Int.random(in: 1...9, using: &random)
                let (x, y) = (Int.random(in: 0..<width, using: &random), Int.random(in: 0..<height, using: &random))
                for row in y..<min(height, y + side) {
                    for column in x..<min(width, x + side) { validity[row * width + column] = 0 }
                }
            }
            let largest = UInt32.max >> UInt32.random(in: 0...31, using: &random)
            votes = []
            for index in 0..<width * height * classCount {
                votes.append(validity[index % (width * height)] == 0 ? 0 : UInt32.random(in: 0...largest, using: &random))
            }
        }

        var frame: PixelRect { PixelRect(x: 0, y: 0, width: width, height: height) }

        func smoothed(by smoothing: VoteSmoothing) -> [UInt32] {
            smoothing.smoothed(votes, of: frame, core: frame, validity: mask, classCount: classCount)
        }

        /// As a window has it: nil if all pixels have data.
        var mask: [UInt8]? { validity.contains(0) ? validity : nil }
    }

    /// Weighted means of the votes of pixels with data, pixel by pixel.
    private static func reference(_ scene: Scene, _ weights: [UInt32]) -> [UInt32] {
        let (width, height) = (scene.width, scene.height)
        var means: [UInt32] = []
        for plane in 0..<scene.classCount {
            for pixel in 0..<width * height {
                guard scene.validity[pixel] == 1 else {
                    means.append(0)
                    continue
                }
                var (sum, weight) = (UInt64(0), UInt64(0))
                for other in 0..<width * height where scene.validity[other] == 1 {
                    let (across, down) = (abs(other % width - pixel % width), abs(other / width - pixel / width))
                    guard across < weights.count, down < weights.count else { continue }
                    let share = UInt64(weights[across]) * UInt64(weights[down])
                    sum += share * UInt64(scene.votes[plane * width * height + other])
                    weight += share
                }
                means.append(UInt32((sum + weight / 2) / weight))
            }
        }
        return means
    }

    @Test(arguments: 0..<20) func `smoothed votes are the means over pixels with data`(seed: UInt64) {
        var scene = Scene(seed: seed)
        let smoothing = VoteSmoothing(sigma: Double.random(in: 0.2...4, using: &scene.random))
        #expect(scene.smoothed(by: smoothing) == Self.reference(scene, smoothing.weights), "seed \(seed)")
    }

    @Test(arguments: 0..<20) func `windows that are padded by the reach give the votes of the whole`(seed: UInt64) {
        var scene = Scene(seed: 100 + seed)
        let smoothing = VoteSmoothing(sigma: Double.random(in: 0.2...3, using: &scene.random))
        let whole = scene.smoothed(by: smoothing)
        let (width, classCount) = (scene.width, scene.classCount)
        let grid = TileGrid(
            imageWidth: width, imageHeight: scene.height, tileSide: Int.random(in: 3...20, using: &scene.random),
            haloPixels: smoothing.reachPixels)
        for index in 0..<grid.count {
            let tile = grid.tile(row: index / grid.columns, column: index % grid.columns)
            let window = tile.window
            let pixels = (window.y..<window.endY).flatMap { row in (window.x..<window.endX).map { row * width + $0 } }
            let votes = (0..<classCount).flatMap { plane in pixels.map { scene.votes[plane * whole.count / classCount + $0] } }
            let validity = pixels.map { scene.validity[$0] }
            let found = smoothing.smoothed(
                votes, of: window, core: tile.core, validity: validity.contains(0) ? validity : nil, classCount: classCount)
            let core = (tile.core.y..<tile.core.endY).flatMap { row in
                (tile.core.x..<tile.core.endX).map { row * width + $0 }
            }
            let expected = (0..<classCount).flatMap { plane in core.map { whole[plane * whole.count / classCount + $0] } }
            #expect(found == expected, "seed \(seed), \(tile)")
        }
    }

    @Test func `votes beside pixels without data are not diluted, and a pixel alone keeps its own`() {
        var scene = Scene(seed: 1)
        for pixel in scene.votes.indices {
            scene.votes[pixel] = scene.validity[pixel % scene.validity.count] == 0 ? 0 : 1000
        }
        #expect(scene.smoothed(by: VoteSmoothing(sigma: 2)) == scene.votes)

        let alone = PixelRect(x: 0, y: 0, width: 9, height: 7)
        var (votes, validity) = ([UInt32](repeating: 0, count: 2 * alone.area), [UInt8](repeating: 0, count: alone.area))
        (validity[30], votes[30], votes[alone.area + 30]) = (1, 3, 4)
        let smoothed = VoteSmoothing(sigma: 1).smoothed(votes, of: alone, core: alone, validity: validity, classCount: 2)
        #expect(smoothed == votes)
    }
}
