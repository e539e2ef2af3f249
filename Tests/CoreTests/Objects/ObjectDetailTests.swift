@testable import Imaging
@testable import Objects
@testable import Primitives
import Testing

/// The parts of which objects are made, each by itself.
struct ObjectDetailTests {
    /// Rows of a picture as labels: a digit is a label, anything else none.
    private func labels(_ rows: String...) -> PixelBuffer {
        let bytes = rows.flatMap { row in row.map { UInt8($0.wholeNumberValue ?? 0) } }
        return PixelBuffer(width: rows[0].count, height: rows.count, channels: 1, sampleType: .uint8, bytes: bytes)
    }

    @Test func `a hole is filled if it touches one object alone`() throws {
        let picture = labels(
            "11111.22233",
            "1...1.2..23",
            "1...1.2..33",
            "11111.22333",
            "...........")
        let rules = ObjectRules(classes: [1, 2, 3], fillsHoles: true)
        let found = try TiledObjects(picture, tileSide: 4, rules).objects
        #expect(found.map(\.sums.area) == [20, 8, 8])
    }

    @Test func `two discs that touch are split at their neck, and one that is dented is not`() throws {
        func discs(_ centres: [(Double, Double)]) -> PixelBuffer {
            let bytes = (0..<60 * 30).map { pixel -> UInt8 in
                let (x, y) = (Double(pixel % 60), Double(pixel / 60))
                return centres.contains { ($0.0 - x) * ($0.0 - x) + ($0.1 - y) * ($0.1 - y) < 100 } ? 1 : 0
            }
            return PixelBuffer(width: 60, height: 30, channels: 1, sampleType: .uint8, bytes: bytes)
        }
        let rules = ObjectRules(classes: [1], splitDepth: 1)
        let two = try TiledObjects(discs([(15, 15), (32, 15)]), tileSide: 13, rules).objects
        #expect(two.count == 2)
        #expect((two[0].sums.area - two[1].sums.area).magnitude <= 20)
        #expect(try TiledObjects(discs([(15, 15), (18, 15)]), tileSide: 13, rules).objects.count == 1)
    }

    @Test(arguments: 1...8)
    func `distances are those of a search over all pixels`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let (width, height) = (Int.random(in: 1...20, using: &random), Int.random(in: 1...20, using: &random))
        let mask = (0..<width * height).map { _ in Int.random(in: 0..<9, using: &random) > 0 }
        let squares = DistanceTransform.squares(of: mask, width: width, height: height)
        for pixel in mask.indices {
            let (x, y) = (pixel % width, pixel / width)
            var least = mask[pixel] ? Int.max : 0
            for row in -1...height {
                for column in -1...width {
                    let isInside = (0..<height).contains(row) && (0..<width).contains(column) && mask[row * width + column]
                    if !isInside { least = min(least, (x - column) * (x - column) + (y - row) * (y - row)) }
                }
            }
            #expect(Int(squares[pixel]) == least, "seed \(seed), pixel \(x), \(y)")
        }
    }

    @Test(arguments: 1...8)
    func `sums of floats do not depend on their order, and are right`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let values = (0..<500).map { _ in
            Float.random(in: -2...2, using: &random)
                * Float(sign: .plus, exponent: Int.random(in: -30...30, using: &random), significand: 1)
        }
        func sums(_ values: [Float]) -> ValueSums {
            var sums = ValueSums(isFloat: true)
            for value in values {
                var one = ValueSums(isFloat: true)
                one.count = 1
                one.limbs.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { ValueSums.add(value, to: base) } }
                sums.add(one)
            }
            return sums
        }
        let forwards = sums(values)
        #expect(forwards == sums(values.shuffled(using: &random)))
        let moments = try #require(forwards.moments)
        let mean = values.reduce(0) { $0 + Double($1) } / 500
        let deviation = (values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 500).squareRoot()
        #expect((moments.mean - mean).magnitude <= 1e-9 * deviation)
        #expect((moments.deviation - deviation).magnitude <= 1e-9 * deviation)
    }

    @Test func `packed outlines that are cut off or go nowhere are refused`() throws {
        var bytes: [UInt8] = []
        var chain = OutlineChain(x: 3, y: 4)
        for direction in [OutlineDirection.east, .south, .west, .north] {
            chain.steps.append(OutlineChain.Step(direction: direction, length: 2, endsAtJunction: false))
        }
        FragmentDetail.pack(hull: [HullPoint(x: 3, y: 4)], [chain], x: 1, y: 1, into: &bytes)
        #expect(try FragmentDetail.unpack(bytes, x: 1, y: 1).chains == [chain])
        for count in bytes.indices {
            #expect(throws: ObjectError.self) { try FragmentDetail.unpack(bytes[..<count], x: 1, y: 1) }
        }
        var open = bytes
        open[open.count - 1] = 1 << 3 | 3 << 1
        #expect(throws: ObjectError.self) { try FragmentDetail.unpack(open, x: 1, y: 1) }
        #expect(throws: ObjectError.self) { try FragmentDetail.unpack(bytes + [0], x: 1, y: 1) }
    }
}
