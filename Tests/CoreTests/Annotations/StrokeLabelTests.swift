@testable import Annotations
@testable import Imaging
@testable import Primitives
import Testing

/// What strokes label: as libcairo draws them on the whole image, in any window.
struct StrokeLabelTests {
    private static func point(_ x: Double, _ y: Double) -> AnnotationPoint { AnnotationPoint(x: x, y: y) }

    private static func stroke(
        _ elements: [AnnotationPath.Element], width: Double, _ number: Int? = 1
    ) -> Annotation {
        Annotation(.stroke(AnnotationPath(elements), width: width), classNumber: number)
    }

    private func labels(_ annotations: [Annotation], _ width: Int, _ height: Int) throws -> AnnotationLabels {
        try AnnotationLabels(AnnotationDocument(annotations: annotations), width: width, height: height)
    }

    @Test func `a line of width 8 labels rows 6 to 13 and no cap`() throws {
        let line = Self.stroke([.move(Self.point(10, 10)), .line(Self.point(20, 10))], width: 8)
        let map = try labels([line], 40, 30).labels(in: PixelRect(x: 0, y: 0, width: 40, height: 30))
        for (place, label) in map.labels.enumerated() {
            let isMarked = (6...13).contains(place / 40) && (10...19).contains(place % 40)
            #expect((label == 1) == isMarked)
        }
    }

    @Test func `a path without length labels nothing`() throws {
        let here = Self.point(10, 10)
        for elements in [[.move(here)], [.move(here), .line(here)], [.move(here), .close], []] as [[AnnotationPath.Element]] {
            let map = try labels([Self.stroke(elements, width: 8)], 20, 20).labels(
                in: PixelRect(x: 0, y: 0, width: 20, height: 20))
            #expect(map.presentLabels.isEmpty)
        }
    }

    @Test func `the later of two strokes wins, and one without a class labels nothing`() throws {
        let elements: [AnnotationPath.Element] = [.move(Self.point(2, 5)), .line(Self.point(18, 5))]
        let found = try labels(
            [Self.stroke(elements, width: 6, 3), Self.stroke(elements, width: 2, 9), Self.stroke(elements, width: 8, nil)], 20, 10
        )
        let map = found.labels(in: PixelRect(x: 0, y: 0, width: 20, height: 10))
        let expected: [UInt16] = [0, 0, 3, 3, 9, 9, 3, 3, 0, 0]
        let column = (0..<10).map { row in map.labels[row * 20 + 10] }
        #expect(column == expected)
        #expect(found.unclassifiedCount == 1)
    }

    /// Pixels and FNV-1a hashes of drawings of 100×80 pixels, made with CairoSVG 2.9.1 and libcairo 1.16.0.
    private static let drawings: [(elements: [AnnotationPath.Element], width: Double, count: Int, hash: UInt64)] = [
        ([.move(point(10, 10)), .line(point(20, 10))], 8, 80, 0x921f_0694_1934_3435),
        (
            [
                .move(point(5.5, 40)), .cubic(point(30, -20), point(60, 90), to: point(95, 20)),
                .cubic(point(130, -50), point(-40, 60), to: point(120, 70)),
            ], 3, 1027, 0x5f44_3e68_17c2_9e16
        ),
        (
            [.move(point(-30, 12)), .line(point(50, 55)), .line(point(-20, 58)), .line(point(130, 20)), .close], 17.5, 4774,
            0x12af_b464_fa10_cedf
        ),
        (
            [
                .move(point(20, 20)), .line(point(60, 20)), .line(point(60, 50)), .line(point(30, 50)), .line(point(30, 30)),
            ], 2, 240, 0x5203_28a5_e85b_7917
        ),
        (
            [
                .move(point(50, -40)), .quadratic(point(70, 60), to: point(10, 90)),
                .quadratic(point(-50, 120), to: point(140, 10)),
            ],
            1, 382, 0x65b6_3ca5_31fc_d231
        ),
        (
            [.move(point(30, 30)), .line(point(60, 31)), .line(point(30, 32)), .line(point(60, 33))], 5, 252,
            0x70d6_36c5_2206_43a5
        ),
    ]

    @Test func `drawings are those of CairoSVG`() throws {
        for (elements, width, count, hash) in Self.drawings {
            let found = try labels([Self.stroke(elements, width: width)], 100, 80)
            let map = found.labels(in: PixelRect(x: 0, y: 0, width: 100, height: 80))
            #expect(map.labels.count { $0 == 1 } == count)
            let digest = map.labels.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            #expect(digest == hash, "width \(width), \(elements.count) elements")
        }
    }

    /// A random stroke around and outside of an image of 300×280 pixels.
    private static func random(_ random: inout SplitMix64) -> Annotation {
        func number(_ low: Double, _ high: Double) -> Double {
            let value = Double(random.next() >> 11) / Double(1 << 53) * (high - low) + low
            return random.next() % 4 == 0 ? value.rounded() : value
        }
        let reach = [20, 150, 600][Int(random.next() % 3)] as Double
        let (x, y) = (number(-50, 350), number(-50, 330))
        func place() -> AnnotationPoint { point(number(x - reach, x + reach), number(y - reach, y + reach)) }
        var elements: [AnnotationPath.Element] = [.move(place())]
        for _ in 0..<random.next() % 30 + 1 {
            switch random.next() % 8 {
            case 0: elements.append(.move(place()))
            case 1: elements.append(.quadratic(place(), to: place()))
            case 2: elements.append(.cubic(place(), place(), to: place()))
            case 3: elements.append(.close)
            default: elements.append(.line(place()))
            }
        }
        return stroke(elements, width: number(1, 64), Int(random.next() % 5) + 1)
    }

    @Test func `windows of any size have the labels of the whole`() throws {
        for seed in 0..<40 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let found = try labels((0..<3).map { _ in Self.random(&random) }, 300, 280)
            let whole = found.labels(in: PixelRect(x: 0, y: 0, width: 300, height: 280))
            for side in [64, 257] {
                let grid = TileGrid(imageWidth: 300, imageHeight: 280, tileSide: side, haloPixels: 0)
                for tile in 0..<grid.count {
                    let rect = grid.tile(row: tile / grid.columns, column: tile % grid.columns).core
                    let part = found.labels(in: rect)
                    for row in 0..<rect.height {
                        let start = (rect.y + row) * 300 + rect.x
                        #expect(
                            part.labels[row * rect.width..<(row + 1) * rect.width] == whole.labels[start..<start + rect.width],
                            "seed \(seed), side \(side), row \(rect.y + row)")
                    }
                    #expect(found.mayHaveLabels(in: rect) || part.presentLabels.isEmpty, "seed \(seed), side \(side)")
                }
            }
        }
    }

    @Test func `a line across an image of 200,000 pixels a side is drawn where it passes, and nowhere else`() throws {
        let side = 200_000
        let line = Self.stroke([.move(Self.point(-1000, -1000)), .line(Self.point(201_000, 201_000))], width: 4)
        let found = try labels([line], side, side)
        for place in [0, 31_000, 32_760, 40_000, 131_000, 199_900] {
            let map = found.labels(in: PixelRect(x: place, y: place, width: 100, height: 100))
            for row in 10..<90 {
                for column in 0..<100 {
                    // Half of the width along the row is 2·√2; half a pixel more lies on a border.
                    let distance = abs(Double(column - row))
                    if distance < 2.5 { #expect(map.labels[row * 100 + column] == 1, "\(place) \(row) \(column)") }
                    if distance > 4 { #expect(map.labels[row * 100 + column] == 0, "\(place) \(row) \(column)") }
                }
            }
        }
        #expect(found.labels(in: PixelRect(x: 100_000, y: 99_000, width: 600, height: 600)).presentLabels.isEmpty)
    }

    @Test func `an empty window of a long stroke is known as empty`() throws {
        let points = (0..<20_000).map { Self.point(Double($0 * 10), 100_000 + Double($0 % 50)) }
        let found = try labels([Annotation(.stroke(AnnotationPath(through: points), width: 8), classNumber: 1)], 200_000, 200_000)
        #expect(!found.mayHaveLabels(in: PixelRect(x: 0, y: 0, width: 200_000, height: 99_000)))
        #expect(!found.mayHaveLabels(in: PixelRect(x: 90_000, y: 101_000, width: 512, height: 512)))
        #expect(found.labels(in: PixelRect(x: 150_000, y: 99_900, width: 512, height: 200)).presentLabels == [1])
    }

    @Test func `numbers that cannot be drawn are refused in one line`() throws {
        let far = AnnotationPath(through: [Self.point(0, 0), Self.point(1e9, 0)])
        let bad = AnnotationPath(through: [Self.point(0, .nan), Self.point(1, 0)])
        for (shape, word) in [
            (.stroke(far, width: 8), "1000000000.0"), (.stroke(bad, width: 8), "nan"),
            (.stroke(AnnotationPath(through: []), width: .infinity), "inf"), (.points([Self.point(.infinity, 0)]), "inf"),
            (.rectangle(x: 0, y: 0, width: .nan, height: 1), "nan"),
        ] as [(AnnotationShape, String)] {
            let error = #expect(throws: AnnotationRasterError.self) {
                _ = try labels([Annotation(.points([]), classNumber: 1), Annotation(shape, classNumber: 1)], 10, 10)
            }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("annotation 1: expected ") && text.contains(word) && !text.contains("\n"), "\(text)")
        }
        #expect(throws: AnnotationRasterError.self) { _ = try labels([Annotation(.points([]), classNumber: 0)], 10, 10) }
    }

    @Test func `a level has the shapes at its own scale`() throws {
        let line = Self.stroke([.move(Self.point(40, 40)), .line(Self.point(80, 40))], width: 32)
        let found = try AnnotationLabels(
            AnnotationDocument(annotations: [line]), width: 40, height: 30,
            scale: AnnotationScale(fullWidth: 160, fullHeight: 120, width: 40, height: 30))
        let map = found.labels(in: PixelRect(x: 0, y: 0, width: 40, height: 30))
        for (place, label) in map.labels.enumerated() {
            let isMarked = (6...13).contains(place / 40) && (10...19).contains(place % 40)
            #expect((label == 1) == isMarked)
        }
    }
}
