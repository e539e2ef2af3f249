@testable import Annotations
@testable import Imaging
@testable import Primitives
import Testing

/// Shapes that make pixels unlabelled again.
struct EraserTests {
    private static let (width, height) = (150, 130)
    private static let image = PixelRect(x: 0, y: 0, width: width, height: height)

    private static func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> AnnotationShape {
        .rectangle(x: x, y: y, width: width, height: height)
    }

    private func labels(_ annotations: [Annotation], plane: AnnotationPlane? = nil) throws -> AnnotationLabels {
        try AnnotationLabels(AnnotationDocument(annotations: annotations), width: Self.width, height: Self.height, plane: plane)
    }

    private func map(_ annotations: [Annotation], plane: AnnotationPlane? = nil) throws -> LabelMap {
        try labels(annotations, plane: plane).labels(in: Self.image)
    }

    /// Shapes of all kinds, a quarter of them erasers, below one more.
    private static func scene(_ generator: inout SplitMix64) -> [Annotation] {
        (0..<24).map { _ in
            func number(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &generator) }
            let points = (0..<4).map { _ in AnnotationPoint(x: number(-20...170), y: number(-20...150)) }
            let (side, width) = (number(1...50), number(1...30))
            let shape: AnnotationShape
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: shape = rectangle(points[0].x, points[0].y, side, width)
            case 1: shape = .ellipse(x: points[0].x, y: points[0].y, width: side, height: width)
            case 2: shape = .area([AnnotationPolygon(exterior: points)])
            case 3: shape = .points(points)
            case 4:
                let rows = (0..<20).map { _ in [2..<5, 7..<30] }
                let bounds = PixelRect(x: Int(points[0].x), y: Int(points[0].y), width: 30, height: 20)
                shape = .raster(RasterPatch(bounds: bounds, rows: rows))
            default: shape = .stroke(AnnotationPath(through: points), width: width)
            }
            return Bool.random(using: &generator) && Bool.random(using: &generator)
                ? Annotation(eraser: shape) : Annotation(shape, classNumber: Int.random(in: 1...4, using: &generator))
        } + [Annotation(eraser: rectangle(30, 30, 60, 60))]
    }

    @Test func `an eraser takes what lies below, not what is painted later`() throws {
        let painted = Annotation(Self.rectangle(10, 10, 40, 20), classNumber: 3)
        let eraser = Annotation(eraser: Self.rectangle(20, 0, 10, 100))
        let later = Annotation(Self.rectangle(24, 12, 2, 2), classNumber: 4)
        let found = try map([painted, eraser, later])
        for place in found.labels.indices {
            let (x, y) = (place % Self.width, place / Self.width)
            let isPainted = (10..<50).contains(x) && (10..<30).contains(y) && !(20..<30).contains(x)
            let isLater = (24..<26).contains(x) && (12..<14).contains(y)
            #expect(found.labels[place] == (isLater ? 4 : isPainted ? 3 : 0))
        }
        #expect(try labels([painted, eraser]).unclassifiedCount == 0)
    }

    @Test func `an eraser erases on its own plane`() throws {
        let painted = Annotation(Self.rectangle(10, 10, 40, 20), classNumber: 3)
        var eraser = Annotation(eraser: Self.rectangle(10, 10, 40, 20))
        eraser.plane = AnnotationPlane(z: 2)
        #expect(try map([painted, eraser], plane: AnnotationPlane(z: 2)).presentLabels.isEmpty)
        #expect(try map([painted, eraser], plane: AnnotationPlane(z: 1)).presentLabels == [3])
    }

    @Test(arguments: 0..<8 as Range<UInt64>) func `with erasers, tiles are parts of the whole, and the whole is shape by shape`(
        seed: UInt64
    ) throws {
        var generator = SplitMix64(seed: seed)
        let scene = Self.scene(&generator)
        let whole = try map(scene)
        var expected = [UInt16](repeating: 0, count: Self.image.area)
        for annotation in scene {
            let alone = try map([Annotation(annotation.shape, classNumber: 1)])
            for (place, label) in alone.labels.enumerated() where label != 0 {
                expected[place] = annotation.isEraser ? 0 : UInt16(annotation.classNumber ?? 0)
            }
        }
        #expect(whole.labels == expected, "seed \(seed)")
        let reader = try labels(scene)
        for (left, top) in [(0, 0), (37, 0), (0, 61), (111, 99)] {
            let window = PixelRect(x: left, y: top, width: min(41, Self.width - left), height: min(67, Self.height - top))
            let tile = reader.labels(in: window)
            for row in 0..<window.height {
                let start = (top + row) * Self.width + left
                let line = whole.labels[start..<start + window.width]
                #expect(tile.labels[row * window.width..<(row + 1) * window.width] == line, "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<12 as Range<UInt64>) func `flattened, a document has no erasers and labels the same pixels`(
        seed: UInt64
    ) throws {
        var generator = SplitMix64(seed: seed)
        let document = AnnotationDocument(annotations: Self.scene(&generator))
        let (flat, changedCount) = try document.flattened(width: Self.width, height: Self.height)
        #expect(flat.annotations.allSatisfy { !$0.isEraser })
        #expect(try map(flat.annotations) == map(document.annotations), "seed \(seed)")
        let kept = flat.annotations.count { document.annotations.contains($0) }
        let gone = document.annotations.count { !$0.isEraser } - flat.annotations.count
        #expect(changedCount == flat.annotations.count - kept + gone, "seed \(seed)")
        #expect(try document.flattened().changedCount > 0)
    }

    @Test func `a shape beside an eraser stays as it is, one below it becomes pixels, a covered one goes`() throws {
        var below = Annotation(.ellipse(x: 5, y: 5, width: 30, height: 30), classNumber: 2)
        below.id = "below"
        let beside = Annotation(Self.rectangle(100, 5, 20, 20), classNumber: 1)
        let covered = Annotation(Self.rectangle(20, 20, 4, 4), classNumber: 1)
        let above = Annotation(Self.rectangle(18, 18, 30, 30), classNumber: 1)
        let eraser = Annotation(eraser: Self.rectangle(18, 18, 30, 30))
        let (flat, changedCount) = try AnnotationDocument(annotations: [below, beside, covered, eraser, above]).flattened()
        #expect(changedCount == 2)
        #expect(flat.annotations.count == 3)
        #expect(Array(flat.annotations[1...]) == [beside, above])
        #expect(flat.annotations[0].id == "below")
        guard case .raster(let patch) = flat.annotations[0].shape else {
            Issue.record("expected pixels, found \(flat.annotations[0].shape)")
            return
        }
        #expect(patch.bounds == PixelRect(x: 5, y: 5, width: 30, height: 30))
    }

    @Test func `an eraser of one plane over a shape of all is refused where it cannot be kept`() throws {
        let painted = Annotation(Self.rectangle(10, 10, 40, 20), classNumber: 3)
        var eraser = Annotation(eraser: Self.rectangle(20, 0, 10, 100))
        eraser.plane = AnnotationPlane(z: 2)
        #expect(throws: AnnotationRasterError.self) { try AnnotationDocument(annotations: [painted, eraser]).flattened() }
        var own = painted
        own.plane = AnnotationPlane(z: 1)
        #expect(try AnnotationDocument(annotations: [own, eraser]).flattened().document.annotations == [own])
    }
}
