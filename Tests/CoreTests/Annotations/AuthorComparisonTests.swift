@testable import Annotations
@testable import Imaging
@testable import Primitives
import Testing

/// What several authors of one document say of the same pixels.
@Suite struct AuthorComparisonTests {
    private static func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ number: Int, _ author: String?, image: String? = nil,
        plane: AnnotationPlane? = nil
    ) -> Annotation {
        var annotation = Annotation(.rectangle(x: x, y: y, width: width, height: height), classNumber: number)
        (annotation.author, annotation.image, annotation.plane) = (author, image, plane)
        return annotation
    }

    private func count(_ annotations: [Annotation], width: Int = 1500, height: Int = 1300) throws -> Int? {
        let document = AnnotationDocument(annotations: annotations)
        let comparison = try AuthorComparison(of: document, width: width, height: height)
        let all = try AuthorComparison(ofAllImagesIn: document, width: width, height: height)
        #expect(comparison == all)
        return try #require(comparison).contradictionCount
    }

    @Test(arguments: 0..<6) func `pixels that two authors label differently are counted as by a look at each`(seed: UInt64) throws
    {
        var random = SplitMix64(seed: 300 + seed)
        let (width, height) = (700, 600)
        let authors = ["Ann", "Ben", "Cy", nil]
        let annotations = (0..<30).map { _ in
            Self.rectangle(
                Double(Int.random(in: -50...width, using: &random)), Double(Int.random(in: -50...height, using: &random)),
                Double(Int.random(in: 1...200, using: &random)), Double(Int.random(in: 1...200, using: &random)),
                Int.random(in: 1...3, using: &random), authors[Int.random(in: 0...3, using: &random)])
        }
        // A bit for each label that somebody gave.
        var said = [UInt8](repeating: 0, count: width * height)
        for author in authors.compactMap({ $0 }) {
            var labels = [Int](repeating: 0, count: width * height)
            for annotation in annotations where annotation.author == author {
                guard case .rectangle(let x, let y, let across, let down) = annotation.shape else { continue }
                for row in max(0, Int(y))..<max(0, min(height, Int(y + down))) {
                    for column in max(0, Int(x))..<max(0, min(width, Int(x + across))) {
                        labels[row * width + column] = annotation.classNumber ?? 0
                    }
                }
            }
            for place in labels.indices where labels[place] > 0 { said[place] |= 1 << UInt8(labels[place]) }
        }
        #expect(try count(annotations, width: width, height: height) == said.count { $0.nonzeroBitCount > 1 }, "seed \(seed)")
    }

    @Test func `one author, or none, contradicts nobody`() throws {
        let shapes = [Self.rectangle(0, 0, 50, 50, 1, "Ann"), Self.rectangle(20, 20, 50, 50, 2, "Ann")]
        let unnamed = shapes + [Self.rectangle(0, 0, 50, 50, 3, nil)]
        #expect(try AuthorComparison(of: AnnotationDocument(annotations: shapes), width: 90, height: 90) == nil)
        #expect(try AuthorComparison(of: AnnotationDocument(annotations: unnamed), width: 90, height: 90) == nil)
    }

    @Test func `shapes on other images and planes do not meet`() throws {
        let first = AnnotationPlane(z: 0)
        let shapes = [
            Self.rectangle(0, 0, 10, 10, 1, "Ann", image: "a.tif", plane: first),
            Self.rectangle(0, 0, 10, 10, 2, "Ben", image: "b.tif", plane: first),
            Self.rectangle(5, 0, 10, 10, 2, "Ben", image: "a.tif", plane: AnnotationPlane(z: 1)),
        ]
        let apart = try AuthorComparison(ofAllImagesIn: AnnotationDocument(annotations: shapes), width: 90, height: 90)
        #expect(apart?.contradictionCount == 0)
        let meeting = shapes + [Self.rectangle(8, 0, 10, 10, 2, "Ben", image: "a.tif")]
        let found = try AuthorComparison(ofAllImagesIn: AnnotationDocument(annotations: meeting), width: 90, height: 90)
        #expect(found?.contradictionCount == 2 * 10)
        #expect(found?.description == "Ann, Ben; 20 pixels have different labels")
    }

    @Test func `shapes far apart in a huge image are compared where they meet alone`() throws {
        let far = Double(1 << 29)
        let shapes = [
            Self.rectangle(3, 3, 600, 600, 1, "Ann"), Self.rectangle(600, 600, 30, 30, 2, "Ben"),
            Self.rectangle(far, far, 1, 1, 1, "Ann"), Self.rectangle(far, far, 2, 1, 2, "Ben"),
        ]
        #expect(try count(shapes, width: 1 << 30, height: 1 << 30) == 3 * 3 + 1)
    }

    @Test func `what is too large to be compared is said to be so`() throws {
        let whole = [
            Self.rectangle(0, 0, 300_000, 300_000, 1, "Ann"), Self.rectangle(0, 0, 300_000, 300_000, 2, "Ben"),
        ]
        #expect(try count(whole, width: 300_000, height: 300_000) == nil)
        // Few pixels in so many windows that to draw them all takes too long.
        let points = stride(from: 0, to: 100_000_000.0, by: 5000).map { Self.rectangle($0, 10, 1, 1, 1, "Ann") }
        let line = Self.rectangle(0, 10, 100_000_000, 1, 2, "Ben")
        let comparison = try AuthorComparison(
            of: AnnotationDocument(annotations: points + [line]), width: 100_000_000, height: 100)
        #expect(comparison?.contradictionCount == nil)
        #expect(comparison?.description == "Ann, Ben; too large to count where their labels differ")
    }
}
