@testable import Forest
@testable import Primitives
import Testing

@Suite struct QuantileEdgesTests {
    private func bin(_ value: Float, _ edges: [Float]) -> Int { edges.count { $0 < value } }

    @Test func `few distinct values get a bin each`() {
        let values: [Float] = [5, 1, 1, 3, 5, 2]
        let edges = QuantileEdges.edges(of: values)
        #expect(edges == [1.5, 2.5, 4])
        #expect(values.map { bin($0, edges) } == [3, 0, 0, 2, 3, 1])
        #expect(QuantileEdges.edges(of: []) == [])
        #expect(QuantileEdges.edges(of: [7, 7, 7]) == [])
        let bytes = (0...255).map { Float($0) / 255 }
        #expect(QuantileEdges.edges(of: bytes + bytes.reversed()).count == 255)
        #expect(Set(bytes.map { bin($0, QuantileEdges.edges(of: bytes)) }).count == 256)
    }

    @Test(arguments: 0..<20)
    func `edges ascend, are finite and depend on the values only`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let count = Int.random(in: 1...3_000, using: &random)
        let step: Float = [0, 0.01, 0.5].randomElement(using: &random) ?? 0
        var values = (0..<count).map { _ -> Float in
            let value = Float.random(in: -10...10, using: &random)
            return step > 0 ? (value / step).rounded() * step : value
        }
        let edges = QuantileEdges.edges(of: values)
        values.shuffle(using: &random)
        #expect(QuantileEdges.edges(of: values) == edges)
        #expect(edges.count <= 255)
        #expect(edges.allSatisfy { $0.isFinite })
        #expect(zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 })
        #expect(edges.isEmpty || (edges[0] >= values.min() ?? 0 && edges[edges.count - 1] < values.max() ?? 0))
        if Set(values).count <= 256 { #expect(edges.count == Set(values).count - 1) }
    }

    @Test func `bins of distinct values are equally full`() {
        var values = (0..<25_600).map { Float($0) }
        var random = SplitMix64(seed: 4)
        values.shuffle(using: &random)
        let edges = QuantileEdges.edges(of: values)
        #expect(edges.count == 255)
        var sizes = [Int](repeating: 0, count: 256)
        for value in values { sizes[bin(value, edges)] += 1 }
        #expect(sizes.allSatisfy { (99...101).contains($0) })
    }

    @Test func `a limit below 255 holds`() {
        let values = (0..<1_000).map { Float($0) }
        #expect(QuantileEdges.edges(of: values, limit: 3) == [249.5, 499.5, 749.5])
        #expect(QuantileEdges.edges(of: [1, 2, 3, 4], limit: 1) == [2.5])
    }

    @Test func `special values do no harm`() {
        let huge = Float.greatestFiniteMagnitude
        #expect(QuantileEdges.edges(of: [.nan, 1, .nan, 2]) == [1.5])
        #expect(QuantileEdges.edges(of: [0, -0.0]) == [])
        #expect(QuantileEdges.edges(of: [-huge, huge]) == [0])
        #expect(QuantileEdges.edges(of: [1, .infinity]) == [1])
        #expect(QuantileEdges.edges(of: [-.infinity, 1]) == [-huge])
        #expect(QuantileEdges.edges(of: [-.infinity, -huge, 0]).allSatisfy { $0.isFinite })
        #expect(QuantileEdges.edges(of: [1, Float(1).nextUp]) == [1])
        #expect(QuantileEdges.edges(of: [Float.leastNonzeroMagnitude, 0]) == [0])
    }

    @Test func `a table's edges are those of its columns`() {
        var random = SplitMix64(seed: 8)
        let features = 19
        let table = (0..<300 * features).map { _ in Float.random(in: 0...1, using: &random) }
        let edges = QuantileEdges.edges(ofSamples: table, sampleCount: 300, featureCount: features)
        #expect(edges.count == features)
        for feature in 0..<features {
            let column = (0..<300).map { table[$0 * features + feature] }
            #expect(edges[feature] == QuantileEdges.edges(of: column))
        }
    }
}
