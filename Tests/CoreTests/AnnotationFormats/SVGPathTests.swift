@testable import AnnotationFormats
@testable import Annotations
@testable import Imaging
import Testing

/// The path language of SVG.
@Suite struct SVGPathTests {
    private func path(_ text: String) throws -> AnnotationPath { try SVGPath.parse(text).get() }
    private func point(_ x: Double, _ y: Double) -> AnnotationPoint { AnnotationPoint(x: x, y: y) }

    @Test(arguments: [
        ("M1,2L3,4", "M1,2L3,4"), ("m1 2 3 4 5 6", "M1,2L4,6L9,12"), ("M1 2 3 4", "M1,2L3,4"),
        ("M0,0h5v-3H1V2", "M0,0L5,0L5,-3L1,-3L1,2"),
        ("M10-5.5L.5-.5", "M10,-5.5L0.5,-0.5"), ("M0 0q1 2 3 4t5 6", "M0,0Q1,2 3,4Q5,6 8,10"),
        ("M0 0c1 1 2 2 3 3s4 4 5 5", "M0,0C1,1 2,2 3,3C4,4 7,7 8,8"),
        ("M0 0L1 1T5 5", "M0,0L1,1Q1,1 5,5"), ("M0 0L1 1S2 2 3 3", "M0,0L1,1C1,1 2,2 3,3"),
        ("M1 1L2 1L2 2ZL9 9", "M1,1L2,1L2,2ZM1,1L9,9"),
        ("M1 1l1 0zm3 3", "M1,1L2,1ZM4,4"), ("M1e1,2E-1L+3,4.", "M10,0.2L3,4"), ("", ""),
        // An arc that draws nothing says that the path has arcs.
        ("M0 0A0 5 0 0 1 3 4", "M0,0A1 1 0 0 1 0,0L3,4"),
        ("M5 5A3 3 0 0 1 5 5", "M5,5A1 1 0 0 1 5,5"),
    ])
    func `commands are read`(text: String, expected: String) throws {
        #expect(try path(text).svg == expected)
    }

    @Test(arguments: [
        "L1 2", "M1", "M1 2 X", "M1 2 L", "M1 2 L3 nan", "M1 2A1 1 0 2 1 3 3", "M1 2L1e99 0", "M1 2q-1e9 0 1 1 t1 1",
        "M9e8 0q9e8 0 1 1", "M9e8 0c1 1 9e8 0 1 1", "M1 2c1 1 -1e9 0 1 1 s1 1 1 1", "M1 2 L3,4 5", "#", "M1 2A1 1",
    ])
    func `what is no path is refused in one line`(text: String) {
        guard case .failure(let error) = SVGPath.parse(text) else {
            Issue.record("\(text) was read")
            return
        }
        #expect(!error.reason.contains("\n") && error.reason.contains("expected"))
    }

    @Test func `arcs lie on their ellipse and end where they should`() throws {
        for (large, sweep) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            for rotation in [0.0, 30, 90, 200] {
                let path = try path("M100,100A50,20 \(rotation) \(large) \(sweep) 130,110")
                let points = try path.lines(of: "in")[0].points
                #expect(abs(points[points.count - 1].x - 130) < 1e-9 && abs(points[points.count - 1].y - 110) < 1e-9)
                // In the ellipse's own frame all points have one distance from the centre, which follows from three of them.
                let (c, s) = (cosine(rotation), sine(rotation))
                let circle = points.map { point(($0.x * c + $0.y * s) / 50, (-$0.x * s + $0.y * c) / 20) }
                let centre = try #require(Self.centre(circle[0], circle[circle.count / 2], circle[circle.count - 1]))
                for one in circle {
                    let distance = ((one.x - centre.x) * (one.x - centre.x) + (one.y - centre.y) * (one.y - centre.y))
                        .squareRoot()
                    #expect(abs(distance - 1) < 1e-4, "\(large) \(sweep) \(rotation): \(distance)")
                }
            }
        }
    }

    @Test func `an ellipse that is too small grows until it reaches`() throws {
        let points = try path("M0,0A1,1 0 0 1 10,0").lines(of: "in")[0].points
        #expect(abs((points.map(\.y).min() ?? 0) + 5) < 0.01)
    }

    private func cosine(_ degrees: Double) -> Double { rotation(degrees).0 }
    private func sine(_ degrees: Double) -> Double { rotation(degrees).1 }

    private func rotation(_ degrees: Double) -> (Double, Double) {
        switch degrees {
        case 0: (1, 0)
        case 30: (0.75.squareRoot(), 0.5)
        case 90: (0, 1)
        default: (-0.9396926207859084, -0.3420201433256687)
        }
    }

    private static func centre(_ a: AnnotationPoint, _ b: AnnotationPoint, _ c: AnnotationPoint) -> AnnotationPoint? {
        let d = 2 * (a.x * (b.y - c.y) + b.x * (c.y - a.y) + c.x * (a.y - b.y))
        let (aa, bb, cc) = (a.x * a.x + a.y * a.y, b.x * b.x + b.y * b.y, c.x * c.x + c.y * c.y)
        guard d != 0 else { return nil }
        return AnnotationPoint(
            x: (aa * (b.y - c.y) + bb * (c.y - a.y) + cc * (a.y - b.y)) / d,
            y: (aa * (c.x - b.x) + bb * (a.x - c.x) + cc * (b.x - a.x)) / d)
    }

    /// Twelve characters become 1,024 points; without a limit, a file of some megabytes would take all memory.
    @Test func `a path whose curves become too many points is refused before they are there`() throws {
        let curves = String(repeating: "Q9e8 9e8 1 1", count: 2100)
        let wanted = ImageError.unsupported(
            path: "in", reason: "expected paths of at most 2097152 points when curves are lines, found more")
        #expect(throws: wanted) {
            try AnnotationSamples.read(
                #"{"shapes":[{"type":"path","path":"M0 0\#(curves)","line":{"width":0},"fillcolor":"red"}]}"#)
        }
    }
}
