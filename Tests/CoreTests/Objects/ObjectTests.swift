import Foundation
@testable import Imaging
@testable import Objects
@testable import Primitives
import Testing

/// Objects against a naïve twin, and against themselves in other tiles.
struct ObjectTests {
    private static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["COPPICE_OBJECT_SEED"].flatMap { UInt64($0) }.map { [$0] }
        ?? Array(1...12)

    /// A random label map: noise, or blots of some pixels.
    private static func labels(_ random: inout SplitMix64) -> PixelBuffer {
        let (width, height) = (Int.random(in: 1...40, using: &random), Int.random(in: 1...40, using: &random))
        let side = [1, 1, 2, 3].randomElement(using: &random) ?? 1
        let columns = width / side + 1
        let choice: [UInt8] = [0, 1, 1, 2]
        let blots = (0..<columns * (height / side + 1)).map { _ in choice[Int.random(in: 0..<4, using: &random)] }
        let bytes = (0..<width * height).map { blots[$0 / width / side * columns + $0 % width / side] }
        return PixelBuffer(width: width, height: height, channels: 1, sampleType: .uint8, bytes: bytes)
    }

    /// The pixels of each object by flooding from its first one.
    private static func flooded(_ labels: PixelBuffer, _ connectivity: ObjectRules.Connectivity) -> [[Int]] {
        var isSeen = labels.bytes.map { $0 == 0 }
        var objects: [[Int]] = []
        for first in isSeen.indices where !isSeen[first] {
            var (open, found) = ([first], [Int]())
            isSeen[first] = true
            while let pixel = open.popLast() {
                found.append(pixel)
                for dy in -1...1 {
                    for dx in -1...1 where connectivity == .eight || dx == 0 || dy == 0 {
                        let (x, y) = (pixel % labels.width + dx, pixel / labels.width + dy)
                        guard (0..<labels.width).contains(x), (0..<labels.height).contains(y) else { continue }
                        let other = y * labels.width + x
                        guard !isSeen[other], labels.bytes[other] == labels.bytes[first] else { continue }
                        isSeen[other] = true
                        open.append(other)
                    }
                }
            }
            objects.append(found.sorted())
        }
        return objects
    }

    @Test(arguments: seeds, ObjectRules.Connectivity.allCases)
    func `objects are those of a flood fill, in the order of their first pixels`(
        seed: UInt64, connectivity: ObjectRules.Connectivity
    ) throws {
        var random = SplitMix64(seed: seed)
        let labels = Self.labels(&random)
        let expected = Self.flooded(labels, connectivity)
        let rules = ObjectRules(classes: [1, 2], connectivity: connectivity)
        let found = try TiledObjects(labels, tileSide: Int.random(in: 1...41, using: &random), rules).objects
        #expect(found.map(\.sums.first) == expected.map { $0[0] }, "COPPICE_OBJECT_SEED=\(seed)")
        for (object, pixels) in zip(found, expected) {
            let (xs, ys) = (pixels.map { $0 % labels.width }, pixels.map { $0 / labels.width })
            #expect(object.sums.area == pixels.count)
            #expect(object.sums.xx == Int128(xs.reduce(0) { $0 + $1 * $1 }))
            #expect(object.sums.xy == Int128(zip(xs, ys).reduce(0) { $0 + $1.0 * $1.1 }))
            #expect(object.sums.yy == Int128(ys.reduce(0) { $0 + $1 * $1 }))
            #expect(object.sums.minX == xs.min() && object.sums.endX == (xs.max() ?? 0) + 1)
            let runs = object.outline.columnRuns.flatMap { run in run.rows.map { $0 * labels.width + run.x } }
            #expect(runs.sorted() == pixels, "COPPICE_OBJECT_SEED=\(seed)")
        }
    }

    @Test(arguments: seeds)
    func `objects are the same for every tile`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let labels = Self.labels(&random)
        let values = (0..<labels.width * labels.height).map { _ in Float(Int.random(in: -9...9, using: &random)) * 1.1e-3 }
        let image = PixelBuffer(
            width: labels.width, height: labels.height, channels: 1, sampleType: .float32,
            bytes: values.withUnsafeBytes { Array($0) })
        for connectivity in ObjectRules.Connectivity.allCases {
            for (fills, depth) in [(false, nil), (true, nil), (false, 0.4), (true, 1)] as [(Bool, Double?)] {
                let rules = ObjectRules(classes: [1, 2], connectivity: connectivity, fillsHoles: fills, splitDepth: depth)
                let whole = try TiledObjects(labels, tileSide: 64, rules, image: image).objects
                #expect(whole.reduce(0) { $0 + $1.sums.area } >= labels.bytes.reduce(0) { $0 + ($1 > 0 ? 1 : 0) })
                for side in [1, 3, 17] {
                    let tiled = try TiledObjects(labels, tileSide: side, rules, image: image).objects
                    #expect(tiled == whole, "COPPICE_OBJECT_SEED=\(seed), tile \(side), \(rules)")
                }
            }
        }
    }

    @Test(arguments: seeds)
    func `no ring passes a corner twice, and rings hold the pixels of their object`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let labels = Self.labels(&random)
        for object in try TiledObjects(labels, tileSide: 7, ObjectRules(classes: [1, 2])).objects {
            var area = 0
            for polygon in object.outline.polygons {
                #expect(ObjectOutline.doubleArea(of: polygon.exterior) > 0)
                for ring in [polygon.exterior] + polygon.holes {
                    #expect(Set(ring.map { [$0.x, $0.y] }).count == ring.count)
                    area += ObjectOutline.doubleArea(of: ring)
                }
            }
            #expect(area == 2 * object.sums.area)
        }
    }

    @Test(arguments: seeds)
    func `simplified outlines of neighbours have the same arcs`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let side = 24
        // Two classes that fill the image: what one does not cover, the other does, so that areas add up.
        let blots = (0..<16).map { _ in UInt8.random(in: 1...2, using: &random) }
        let bytes = (0..<side * side).map { pixel -> UInt8 in
            let (x, y) = (pixel % side, pixel / side)
            return blots[(y + (x / 3) % 2) / 6 % 4 * 4 + (x + (y / 2) % 3) / 6 % 4]
        }
        let labels = PixelBuffer(width: side, height: side, channels: 1, sampleType: .uint8, bytes: bytes)
        let drawing = OutlineDrawing(tolerance: 1, smoothing: 1)
        let objects = try TiledObjects(labels, tileSide: 9, ObjectRules(classes: [1, 2], connectivity: .four)).objects
        // Those that would have no area left stay as they are, and their neighbours do not know it.
        let small = objects.filter { $0.sums.area <= 6 }.map(\.sums)
        var sides: [[Double]: Int] = [:]
        for polygon in objects.flatMap({ drawing.polygons(of: $0.outline) }) {
            for ring in [polygon.exterior] + polygon.holes {
                for (one, two) in zip(ring, ring.dropFirst() + ring.prefix(1)) {
                    sides[[one.x, one.y, two.x, two.y], default: 0] += 1
                }
            }
        }
        func isAtBorder(_ x: Double, _ y: Double) -> Bool { [x, y].contains { $0 == 0 || $0 == Double(side) } }
        func isIn(_ sums: ObjectSums, _ x: Double, _ y: Double) -> Bool {
            (Double(sums.minX)...Double(sums.endX)).contains(x) && (Double(sums.minY)...Double(sums.endY)).contains(y)
        }
        var sharedCount = 0
        for (ends, count) in sides where !small.contains(where: { isIn($0, ends[0], ends[1]) && isIn($0, ends[2], ends[3]) }) {
            if isAtBorder(ends[0], ends[1]), isAtBorder(ends[2], ends[3]) { continue }
            sharedCount += count
            #expect(sides[[ends[2], ends[3], ends[0], ends[1]]] == count, "COPPICE_OBJECT_SEED=\(seed), \(ends)")
        }
        #expect(sharedCount > 10)
    }
}
