@testable import Imaging
@testable import Primitives
import Testing

@Suite struct StrokeTracerTests {
    /// The component of each pixel, found by filling from pixel to pixel; nil for unlabelled ones. Numbers are those of first pixels.
    private func naive(_ map: LabelMap) -> [Int?] {
        var found = [Int?](repeating: nil, count: map.labels.count)
        for start in map.labels.indices where map.labels[start] != 0 && found[start] == nil {
            var pending = [start]
            found[start] = start
            while let pixel = pending.popLast() {
                for y in pixel / map.width - 1...pixel / map.width + 1 where y >= 0 && y < map.height {
                    for x in pixel % map.width - 1...pixel % map.width + 1 where x >= 0 && x < map.width {
                        let next = y * map.width + x
                        if found[next] == nil, map.labels[next] == map.labels[start] {
                            found[next] = start
                            pending.append(next)
                        }
                    }
                }
            }
        }
        return found
    }

    private func traced(_ map: LabelMap, _ tracer: inout StrokeTracer) -> [UInt32?] {
        var found = [UInt32?](repeating: nil, count: map.labels.count)
        tracer.beginMap()
        map.labels.withUnsafeBufferPointer { labels in
            for row in 0..<map.height {
                let line = UnsafeBufferPointer(rebasing: labels[row * map.width..<(row + 1) * map.width])
                for run in tracer.add(line) {
                    for column in run.columns { found[row * map.width + column] = run.stroke }
                }
            }
        }
        return found.map { $0.map { $0 == StrokeTracer.untraced ? $0 : tracer.stroke(of: $0) } }
    }

    private func random(_ seed: UInt64) -> LabelMap {
        var random = SplitMix64(seed: seed)
        let (width, height) = (Int.random(in: 1...23, using: &random), Int.random(in: 1...19, using: &random))
        let classes = UInt16.random(in: 1...3, using: &random)
        let gaps = Int.random(in: 0...4, using: &random)
        let labels = (0..<width * height).map { _ in
            Int.random(in: 0...4, using: &random) < gaps ? 0 : UInt16.random(in: 1...classes, using: &random)
        }
        return LabelMap(width: width, height: height, labels: labels)
    }

    @Test func `rows without their unlabelled ends have the same strokes`() {
        for seed in 0..<200 as Range<UInt64> {
            let map = random(seed)
            var (whole, part) = (StrokeTracer(), StrokeTracer())
            map.labels.withUnsafeBufferPointer { labels in
                for row in 0..<map.height {
                    let line = UnsafeBufferPointer(rebasing: labels[row * map.width..<(row + 1) * map.width])
                    let first = line.firstIndex { $0 != 0 } ?? 0
                    let end = (line.lastIndex { $0 != 0 } ?? -1) + 1
                    let labelled = UnsafeBufferPointer(rebasing: line[first..<max(first, end)])
                    let (expected, found) = (whole.add(line), part.add(labelled, from: first))
                    #expect(found == expected, "seed \(seed), row \(row)")
                }
            }
        }
    }

    @Test func `strokes are the 8-connected components of each label`() {
        for seed in 0..<400 as Range<UInt64> {
            let map = random(seed)
            var tracer = StrokeTracer()
            let (found, expected) = (traced(map, &tracer), naive(map))
            var numbers: [Int: UInt32] = [:]
            for pixel in map.labels.indices {
                guard let component = expected[pixel], let stroke = found[pixel] else {
                    #expect(expected[pixel] == nil && found[pixel] == nil, "seed \(seed)")
                    continue
                }
                #expect(numbers[component, default: stroke] == stroke, "seed \(seed), pixel \(pixel)")
                numbers[component] = stroke
            }
            #expect(Set(numbers.values).count == numbers.count, "seed \(seed)")
        }
    }

    @Test func `strokes of two maps are never one`() {
        let map = LabelMap(width: 3, height: 1, labels: [1, 1, 1])
        var tracer = StrokeTracer()
        #expect(traced(map, &tracer) == [0, 0, 0])
        #expect(traced(map, &tracer) == [1, 1, 1])
    }

    @Test func `beyond the limit no stroke begins`() {
        var tracer = StrokeTracer(strokesMax: 2)
        let none = StrokeTracer.untraced
        #expect(
            traced(LabelMap(width: 5, height: 2, labels: [1, 0, 1, 0, 1, 1, 1, 0, 0, 1]), &tracer) == [
                0, nil, 0, nil, none, 0, 0, nil, nil, none,
            ])
    }
}
