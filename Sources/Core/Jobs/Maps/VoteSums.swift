internal import Forest
internal import Protocol

/// The integer vote sums of a forest for the pixels of a tile, of which all maps are made.
///
/// A sum is at most trees × 65535, so that every map is an exact function of integers, whatever the order of the trees.
package struct VoteSums {
    /// `[class][pixel]`.
    let sums: ArraySlice<UInt32>
    let pixelCount: Int
    let classCount: Int
    let treeCount: Int

    /// - Parameter votes: `[class][pixel]`, and more that is not read.
    init(_ votes: [UInt32], pixelCount: Int, classCount: Int, treeCount: Int) {
        sums = votes[0..<pixelCount * classCount]
        (self.pixelCount, self.classCount, self.treeCount) = (pixelCount, classCount, treeCount)
    }

    /// The vote sum that stands for certainty.
    private var total: Int { treeCount * Int(Tree.leafTotal) }

    /// Class index with the largest sum per pixel; ties go to the lowest index. `votes` is `[class][pixel]`.
    static func argmax(
        _ votes: UnsafePointer<UInt32>, pixels: Int, classCount: Int, into classes: UnsafeMutablePointer<UInt8>
    ) {
        for pixel in 0..<pixels {
            var best = votes[pixel]
            var index: UInt8 = 0
            for other in 1..<classCount {
                let vote = votes[other &* pixels &+ pixel]
                if vote > best {
                    best = vote
                    index = UInt8(truncatingIfNeeded: other)
                }
            }
            classes[pixel] = index
        }
    }

    /// Class index with the largest sum per pixel, as `argmax`; `MapContent.noClass` at pixels without data.
    static func winners(_ votes: [UInt32], pixelCount: Int, classCount: Int, validity: [UInt8]?) -> [UInt8] {
        var classes = [UInt8](repeating: 0, count: pixelCount)
        votes.withUnsafeBufferPointer { votes in
            classes.withUnsafeMutableBufferPointer { classes in
                guard let votes = votes.baseAddress, let classes = classes.baseAddress else { return }
                argmax(votes, pixels: pixelCount, classCount: classCount, into: classes)
            }
        }
        if let validity { for pixel in validity.indices where validity[pixel] == 0 { classes[pixel] = MapContent.noClass } }
        return classes
    }

    /// The sum that is missing to certainty, `[pixel]`: 1 − (largest share − second largest share); 0 where there are no votes.
    func uncertainty() -> ArraySlice<UInt32> {
        sums.withUnsafeBufferPointer { votes in
            var doubt = [UInt32](repeating: 0, count: pixelCount)
            for pixel in 0..<pixelCount {
                var first: UInt32 = 0
                var second: UInt32 = 0
                for index in 0..<classCount {
                    let vote = votes[index &* pixelCount &+ pixel]
                    second = max(second, min(vote, first))
                    first = max(first, vote)
                }
                doubt[pixel] = first == 0 ? 0 : UInt32(total) - (first - second)
            }
            return doubt[...]
        }
    }

    /// Sums as shares of certainty: of 65535, half up, or floats from 0 to 1.
    ///
    /// - Precondition: the element is uint16 or float32.
    func shares(_ sums: ArraySlice<UInt32>, _ element: WireElement, shape: [Int]) -> WireArray {
        if element == .uint16 {
            // Rounded mean over the trees: exact integers, half up.
            let trees = UInt32(treeCount)
            return WireArray(sums.map { UInt16(($0 + trees / 2) / trees) }, .uint16, shape: shape, isDeflated: true)
        }
        precondition(element == .float32, "shares as \(element)")
        let total = Double(total)
        return WireArray(sums.map { Float(Double($0) / total) }, .float32, shape: shape, isDeflated: true)
    }
}
