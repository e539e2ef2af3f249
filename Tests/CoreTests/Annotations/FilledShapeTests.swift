@testable import Annotations
@testable import Imaging
@testable import Primitives
import Testing

/// What areas, rectangles, ellipses, points and patches label.
struct FilledShapeTests {
    private static let (width, height) = (70, 60)

    private func map(_ shape: AnnotationShape, _ window: PixelRect? = nil, _ scale: AnnotationScale = .full) throws -> LabelMap {
        let document = AnnotationDocument(annotations: [Annotation(shape, classNumber: 1)])
        let found = try AnnotationLabels(document, width: Self.width, height: Self.height, scale: scale)
        return found.labels(in: window ?? PixelRect(x: 0, y: 0, width: Self.width, height: Self.height))
    }

    /// Whether a centre lies inside of rings: the crossings to its left, counted one by one.
    private static func isInside(_ x: Double, _ y: Double, _ rings: [[AnnotationPoint]]) -> Bool {
        var isInside = false
        for ring in rings {
            for (index, one) in ring.enumerated() {
                let other = ring[(index + 1) % ring.count]
                let (upper, lower) = one.y < other.y ? (one, other) : (other, one)
                guard upper.y <= y, y < lower.y else { continue }
                let crossing = upper.x + (y - upper.y) / (lower.y - upper.y) * (lower.x - upper.x)
                if crossing <= x { isInside.toggle() }
            }
        }
        return isInside
    }

    private static func number(_ random: inout SplitMix64, _ low: Double, _ high: Double) -> Double {
        let value = Double(random.next() >> 11) / Double(1 << 53) * (high - low) + low
        // Many on centres and borders of pixels.
        return random.next() % 3 == 0 ? (value * 2).rounded() / 2 : value
    }

    @Test func `areas are filled as a naive even-odd rule says, with holes, crossings and many edges`() throws {
        for seed in 0..<60 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let rings = (0..<Int(random.next() % 3) + 1).map { _ in
                (0..<Int(random.next() % (seed % 3 == 0 ? 200 : 12)) + 3).map { _ in
                    AnnotationPoint(x: Self.number(&random, -30, 100), y: Self.number(&random, -30, 90))
                }
            }
            let shape = AnnotationShape.area([AnnotationPolygon(exterior: rings[0], holes: Array(rings.dropFirst()))])
            let map = try map(shape)
            for (place, label) in map.labels.enumerated() {
                let (x, y) = (Double(place % Self.width) + 0.5, Double(place / Self.width) + 0.5)
                #expect((label == 1) == Self.isInside(x, y, rings), "seed \(seed), (\(x), \(y))")
            }
            let window = PixelRect(x: 13, y: 7, width: 31, height: 40)
            let part = try self.map(shape, window)
            for row in 0..<window.height {
                let start = (window.y + row) * Self.width + window.x
                #expect(
                    part.labels[row * window.width..<(row + 1) * window.width] == map.labels[start..<start + window.width],
                    "seed \(seed)")
            }
        }
    }

    @Test func `neighbours with a common edge share no pixel and leave none out`() throws {
        for seed in 0..<40 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            // Triangles around a point, which fill the image between them.
            let corners = [(-5.0, -5.0), (75, -5), (75, 65), (-5, 65)].map { AnnotationPoint(x: $0.0, y: $0.1) }
            let middle = AnnotationPoint(x: Self.number(&random, 0, 70), y: Self.number(&random, 0, 60))
            var counts = [Int](repeating: 0, count: Self.width * Self.height)
            for index in 0..<4 {
                let triangle = [corners[index], corners[(index + 1) % 4], middle]
                let ring = random.next() % 2 == 0 ? triangle : triangle.reversed()
                for (place, label) in try map(.area([AnnotationPolygon(exterior: ring)])).labels.enumerated() where label == 1 {
                    counts[place] += 1
                }
            }
            #expect(counts.allSatisfy { $0 == 1 }, "seed \(seed)")
        }
    }

    @Test func `a rectangle is the area of its corners`() throws {
        for seed in 0..<40 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let (x, y) = (Self.number(&random, -20, 70), Self.number(&random, -20, 60))
            let (w, h) = (Self.number(&random, 0, 50), Self.number(&random, 0, 50))
            let corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)].map { AnnotationPoint(x: $0.0, y: $0.1) }
            #expect(
                try map(.rectangle(x: x, y: y, width: w, height: h)) == map(.area([AnnotationPolygon(exterior: corners)])),
                "seed \(seed)")
        }
        let expected: [Int] = [4 * Self.width + 3, 4 * Self.width + 4]
        #expect(Self.places(try map(.rectangle(x: 3, y: 4, width: 2, height: 1))) == expected)
    }

    @Test func `an ellipse labels the pixels whose centres lie inside`() throws {
        for seed in 0..<40 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let (x, y) = (Self.number(&random, -20, 60), Self.number(&random, -20, 50))
            let (w, h) = (Self.number(&random, 0, 60), Self.number(&random, 0, 60))
            let map = try map(.ellipse(x: x, y: y, width: w, height: h))
            for (place, label) in map.labels.enumerated() where w > 0 && h > 0 {
                let across = (Double(place % Self.width) + 0.5 - x - w / 2) / (w / 2)
                let down = (Double(place / Self.width) + 0.5 - y - h / 2) / (h / 2)
                let distance = across * across + down * down
                // On the border itself the side decides.
                if abs(distance - 1) > 1e-9 { #expect((label == 1) == (distance < 1), "seed \(seed), place \(place)") }
            }
        }
    }

    /// Positions of labelled pixels.
    private static func places(_ map: LabelMap) -> [Int] { map.labels.indices.filter { map.labels[$0] == 1 } }

    @Test func `points label the pixels that they lie in, and patches those that they mark`() throws {
        let places = [(0.0, 0.0), (3.999, 2.0), (69.9, 59.9), (70.0, 3.0), (-0.1, 3.0)]
        let points = try map(.points(places.map { AnnotationPoint(x: $0.0, y: $0.1) }))
        let expected: [Int] = [0, 2 * Self.width + 3, Self.width * Self.height - 1]
        #expect(Self.places(points) == expected)
        let patch = RasterPatch(bounds: PixelRect(x: 66, y: 10, width: 8, height: 2), rows: [[0..<1, 3..<8], [2..<3]])
        let row = 10 * Self.width
        let marked: [Int] = [row + 66, row + 69, row + Self.width + 68]
        #expect(Self.places(try map(.raster(patch))) == marked)
        let half = AnnotationScale(fullWidth: 140, fullHeight: 120, width: Self.width, height: Self.height)
        let rows = [[Range<Int>]](repeating: [0..<20], count: 10)
        let whole = RasterPatch(bounds: PixelRect(x: 10, y: 20, width: 20, height: 10), rows: rows)
        #expect(try map(.raster(whole), nil, half) == map(.rectangle(x: 5, y: 10, width: 10, height: 5)))
    }

    @Test func `annotations of other planes label nothing`() throws {
        var annotation = Annotation(.rectangle(x: 0, y: 0, width: 9, height: 9), classNumber: 2)
        annotation.plane = AnnotationPlane(z: 3)
        let document = AnnotationDocument(annotations: [annotation])
        for (plane, isThere) in [
            (nil, true), (AnnotationPlane(z: 3, time: 7), true), (AnnotationPlane(z: 2, time: 7), false),
        ] as [(AnnotationPlane?, Bool)] {
            let found = try AnnotationLabels(document, width: 10, height: 10, plane: plane)
            #expect(found.mayHaveLabels(in: PixelRect(x: 0, y: 0, width: 10, height: 10)) == isThere)
        }
    }

    @Test func `an ignored class covers what lies below it`() throws {
        let shapes = [
            Annotation(.rectangle(x: 0, y: 0, width: 9, height: 9), classNumber: 2),
            Annotation(.rectangle(x: 3, y: 0, width: 9, height: 9), classNumber: 3),
        ]
        let found = try AnnotationLabels(AnnotationDocument(annotations: shapes), width: 12, height: 1, ignoring: [3])
        let expected: [UInt16] = [2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(found.labels(in: PixelRect(x: 0, y: 0, width: 12, height: 1)).labels == expected)
    }

    @Test func `the index finds the boxes that a search one by one finds`() {
        for seed in 0..<30 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            func rect(_ side: UInt64) -> PixelRect {
                PixelRect(
                    x: Int(random.next() % 2000) - 500, y: Int(random.next() % 2000) - 500, width: Int(random.next() % side) + 1,
                    height: Int(random.next() % side) + 1)
            }
            let boxes = (0..<Int(random.next() % 600)).map { _ in rect(60) }
            let index = BoxIndex(boxes)
            for _ in 0..<20 {
                let wanted = rect(400)
                let expected = boxes.indices.filter { boxes[$0].intersection(wanted) != nil }
                #expect(index.touching(wanted) == expected, "seed \(seed)")
                #expect(index.touchesAny(wanted) == !expected.isEmpty, "seed \(seed)")
            }
        }
    }
}
