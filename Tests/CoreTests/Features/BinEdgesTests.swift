@testable import Features
@testable import Primitives
import Testing

@Suite struct BinEdgesTests {
    @Test func `a list of more than 255 edges is refused`() {
        #expect(throws: BinEdgesError.tooMany(feature: 1, found: 256)) {
            try BinEdges([[0], (0..<256).map(Float.init)])
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func `an edge that is not finite is refused`(edge: Float) {
        #expect(throws: BinEdgesError.notFinite(feature: 0, index: 1)) { try BinEdges([[0, edge]]) }
    }

    @Test(arguments: [[1, 1], [2, 1], [0, -0.0]] as [[Float]])
    func `edges that do not ascend are refused`(edges: [Float]) {
        #expect(throws: BinEdgesError.notAscending(feature: 0, index: 1)) { try BinEdges([edges]) }
    }

    @Test func `a value equal to an edge stays below it`() throws {
        let edges = try BinEdges([[-1, 0, 2.5]])
        #expect([-2, -1, -0.5, -0.0, 0, 2.5, 2.75].map { edges.bin($0, feature: 0) } == [0, 0, 1, 1, 1, 2, 3])
    }

    @Test func `infinite values go to the outer bins and NaN to the last`() throws {
        let edges = try BinEdges([[-1, 0, 2.5], []])
        #expect([-.infinity, .infinity, .nan, -.nan].map { edges.bin($0, feature: 0) } == [0, 3, 3, 3])
        #expect(edges.bin(.nan, feature: 1) == 0)
    }

    @Test(arguments: FeatureCase.seeds)
    func `the table look-up equals the count of edges below`(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let lists = (0..<8).map { Self.randomEdges(shape: $0, using: &generator) }
        let edges = try BinEdges(lists)
        let special: [Float] = [0, -0.0, .infinity, -.infinity, .nan, -.nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
        let samples = (0..<700).map { row in
            lists.map { list -> Float in
                guard row >= special.count, let edge = list.randomElement(using: &generator) else {
                    return special[row % special.count]
                }
                switch generator.integer(0...3) {
                case 0: return edge
                case 1: return edge.nextUp
                case 2: return edge.nextDown
                default: return edge * Float(generator.fraction() * 2)
                }
            }
        }
        let table = samples.flatMap { $0 }
        let found = [UInt8](unsafeUninitializedCapacity: table.count) { buffer, count in
            count = table.count
            guard let base = buffer.baseAddress else { preconditionFailure("no bins") }
            table.withUnsafeBufferPointer { values in
                guard let values = values.baseAddress else { preconditionFailure("no samples") }
                edges.quantise(samples: values, count: samples.count, into: base)
            }
        }
        let expected = samples.flatMap { row in
            zip(lists, row).map { list, value in UInt8(list.count { value.isNaN || $0 < value }) }
        }
        #expect(found == expected, "seed \(seed)")
        let single = samples.flatMap { row in row.enumerated().map { edges.bin($1, feature: $0) } }
        #expect(single == expected, "seed \(seed)")
    }

    /// Edges that are spread evenly, geometrically, in clusters, over all floats, or are very few.
    private static func randomEdges(shape: Int, using generator: inout SplitMix64) -> [Float] {
        let count = shape == 0 ? 0 : shape == 1 ? 1 : generator.integer(2...255)
        let values = (0..<count).map { index -> Float in
            switch shape {
            case 2: Float(generator.fraction())
            case 3: Float(generator.fraction()) * (generator.integer(0...1) == 0 ? 1e-6 : -1)
            case 4: Float(bitPattern: 0x3f00_0000 + UInt32(index))
            case 5: Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
            case 6: Float(index - 100) * .leastNonzeroMagnitude
            default: Float(index) - 77.5
            }
        }
        return Set(values.filter(\.isFinite)).sorted()
    }
}
