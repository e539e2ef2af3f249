import Annotations
import Imaging
import Primitives
import Testing

@testable import Coordinator

/// The labelled pixels that a live session keeps from one stroke to the next.
@Suite struct LabelledPlaneTests {
    private let width = 700
    private let height = 600

    private func plane() -> LabelledPlane {
        LabelledPlane(
            width: width, height: height, scale: .full, key: { SampleSelection.key(9, 1, $0) }, filter: { _, _ in })
    }

    private func shape(_ number: Int, _ random: inout SplitMix64) -> LiveShape {
        func place(_ limit: Int) -> Double { Double(random.next() % UInt64(limit * 10)) / 10 }
        let points = (0..<4).map { _ in AnnotationPoint(x: place(width), y: place(height)) }
        let pen = Double(1 + random.next() % 60)
        let shape: AnnotationShape =
            number % 3 == 0
            ? .area([AnnotationPolygon(exterior: points)]) : .stroke(AnnotationPath(through: points), width: pen)
        return LiveShape(id: "\(number)", annotation: Annotation(shape, classNumber: 1 + number % 4))
    }

    /// Every labelled pixel, by its position.
    private func labels(_ plane: LabelledPlane) -> [Int: UInt16] {
        var labels: [Int: UInt16] = [:]
        for (place, tile) in plane.tiles {
            for (label, pixels) in tile.pixels {
                for inTile in pixels.places { labels[plane.position(inTile, in: place)] = label }
            }
        }
        return labels
    }

    @Test func `pixels under a shape that is not there yet are those that it labels once it is, up to a key`() throws {
        let points = [AnnotationPoint(x: 20, y: 30), AnnotationPoint(x: 690, y: 400), AnnotationPoint(x: 250.5, y: 255.5)]
        let shape = LiveShape(
            id: "0", annotation: Annotation(.stroke(AnnotationPath(through: points), width: 9), classNumber: 3))
        let plane = plane()
        let found = try plane.positions(of: shape.annotation, keysUpTo: .max)
        #expect(plane.tiles.isEmpty)
        let half = try plane.positions(of: shape.annotation, keysUpTo: .max / 2)
        try plane.update(to: [shape])
        #expect(found == labels(plane).keys.sorted() && found.count > 8_000)
        #expect(half == found.filter { SampleSelection.key(9, 1, $0) <= .max / 2 } && half.count < found.count)
        // Many tiles are not looked through for what is not finished.
        let wide = LabelledPlane(width: 100_000, height: 600, scale: .full, key: { _ in 0 }, filter: { _, _ in })
        let long = Annotation(
            .stroke(AnnotationPath(through: [AnnotationPoint(x: 5, y: 9), AnnotationPoint(x: 99_000, y: 9)]), width: 2),
            classNumber: 1)
        #expect(try wide.positions(of: long, keysUpTo: .max).isEmpty)
    }

    @Test func `strokes that come and go give what all of them would at once`() throws {
        let seed: UInt64 = 11
        var random = SplitMix64(seed: seed)
        let plane = plane()
        var shapes: [LiveShape] = []
        for step in 0..<40 {
            if step % 4 == 3 {
                shapes.remove(at: Int(random.next() % UInt64(shapes.count)))
            } else {
                shapes.append(shape(step, &random))
            }
            try plane.update(to: shapes)
        }
        let fresh = self.plane()
        try fresh.update(to: shapes)
        let found = labels(plane)
        #expect(found == labels(fresh), "seed \(seed)")
        let document = AnnotationDocument(annotations: shapes.map(\.annotation))
        let whole = try AnnotationLabels(document, width: width, height: height)
            .labels(in: PixelRect(x: 0, y: 0, width: width, height: height))
        let expected = whole.labels.enumerated().filter { $0.element != 0 }
        #expect(found == Dictionary(uniqueKeysWithValues: expected.map { ($0.offset, $0.element) }), "seed \(seed)")
    }

    @Test func `pixels of large keys are counted and not held`() throws {
        let plane = plane()
        let all = AnnotationShape.rectangle(x: 0, y: 0, width: Double(width), height: Double(height))
        try plane.update(to: [LiveShape(id: "all", annotation: Annotation(all, classNumber: 1))])
        plane.hold(keysUpTo: .max / 100)
        let held = plane.tiles.values.reduce(0) { $0 + $1.heldCount }
        let counted = plane.tiles.values.reduce(0) { $0 + ($1.counts[1] ?? 0) }
        #expect(counted == width * height)
        #expect(held < 20_000 && held > 4000)
        for tile in plane.tiles.values { #expect(tile.heldCount >= min(SampleThresholds.floor, tile.counts[1] ?? 0)) }
    }

    @Test func `cells are labelled where a stroke labels a pixel, and nowhere else`() throws {
        let plane = plane()
        // Rows 254 to 257, across the border of two tiles; columns 690 to 699, the last ones.
        let stroke = AnnotationShape.stroke(
            AnnotationPath(through: [AnnotationPoint(x: 690, y: 256), AnnotationPoint(x: 720, y: 256)]), width: 4)
        let dot = AnnotationShape.rectangle(x: 33, y: 31, width: 1, height: 1)
        try plane.update(to: [
            LiveShape(id: "a", annotation: Annotation(stroke, classNumber: 1)),
            LiveShape(id: "b", annotation: Annotation(dot, classNumber: 2)),
        ])
        let expected: Set = [
            DoubtfulPlaces.Spot(level: 3, column: 43, row: 15), DoubtfulPlaces.Spot(level: 3, column: 43, row: 16),
            DoubtfulPlaces.Spot(level: 3, column: 2, row: 1),
        ]
        func resolution(_ level: Int, _ width: Int, _ height: Int) -> DoubtfulPlaces.Resolution {
            .init(level: level, width: width, height: height, fullWidth: self.width, fullHeight: self.height)
        }
        let same = resolution(3, width, height)
        #expect(plane.spots(in: same) == expected)
        // Half the columns and rows: the stroke lies in rows 127 and 128, in columns from 344 on; the dot in column 16, row 15.
        let expectedHalf: Set = [
            DoubtfulPlaces.Spot(level: 4, column: 21, row: 7), DoubtfulPlaces.Spot(level: 4, column: 21, row: 8),
            DoubtfulPlaces.Spot(level: 4, column: 1, row: 0),
        ]
        #expect(plane.spots(in: resolution(4, width / 2, height / 2)) == expectedHalf)
        try plane.update(to: [])
        #expect(plane.spots(in: same).isEmpty)
    }

    @Test func `what is held of strokes that come later is what would be held of all at once`() throws {
        let seed: UInt64 = 12
        var random = SplitMix64(seed: seed)
        let (plane, fresh) = (plane(), plane())
        var shapes = (0..<6).map { shape($0, &random) }
        try plane.update(to: shapes)
        for plane in [plane, fresh] { plane.hold(keysUpTo: .max / 50) }
        for number in 6..<20 {
            shapes.append(shape(number, &random))
            if number % 5 == 0 {
                shapes[number].id += " eraser"
                shapes[number].annotation = Annotation(eraser: shapes[number].annotation.shape)
            }
            try plane.update(to: shapes)
        }
        try fresh.update(to: shapes)
        #expect(labels(plane) == labels(fresh), "seed \(seed)")
        let counts = { (plane: LabelledPlane) in plane.tiles.mapValues(\.counts) }
        #expect(counts(plane) == counts(fresh), "seed \(seed)")
        for plane in [plane, fresh] { plane.hold(keysUpTo: .max) }
        #expect(labels(plane) == labels(fresh), "seed \(seed)")
    }
}
