internal import Forest
internal import Foundation
internal import Imaging
internal import Protocol

/// Smooths the votes of each class by a Gaussian before the winner is taken, in integers, so that every tile has the pixels of the whole.
///
/// With w for the weights, integers that the job names, v for the votes and m for the mask of pixels with data, 1 or 0, the smoothed votes
/// are (w∗(v·m)) / (w∗m), rounded half up: what lies beyond the image's border, or has no data, does not count. Sums fit 64 bits: votes are
/// below 2³², and the weights of either axis sum to at most 2¹⁶ − 1.
package struct VoteSmoothing: Hashable, Sendable {
    /// Widths of the Gaussian in pixels: above 0.
    package static let sigmaMax = 16.0
    /// Pixels that the largest of them reaches.
    static let reachMax = 64

    /// From the middle outwards.
    package let weights: [UInt32]

    /// A Gaussian that is cut off at four widths.
    ///
    /// - Precondition: above 0, at most `sigmaMax`.
    package init(sigma: Double) {
        precondition(sigma > 0 && sigma <= Self.sigmaMax, "a Gaussian of \(sigma) pixels")
        let reach = max(1, Int((4 * sigma).rounded(.up)))
        let bell = (0...reach).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
        let sum = 2 * bell.reduce(0, +) - bell[0]
        weights = bell.map { UInt32(($0 / sum * 32_768).rounded()) }
    }

    /// Weights from elsewhere.
    ///
    /// - Throws: `WireError.invalid` for weights whose sums could overflow, or that have no middle.
    init(weights: [UInt32]) throws(WireError) {
        let isBounded = weights.count <= Self.reachMax + 1 && weights.allSatisfy { $0 <= 65_535 }
        guard isBounded, let first = weights.first, first > 0, 2 * weights.reduce(0, +) - first <= 65_535 else {
            throw .invalid("smoothing: expected 1 to \(Self.reachMax + 1) weights, the first above 0, that sum to at most 65535")
        }
        self.weights = weights
    }

    /// How far a pixel's votes depend on others.
    package var reachPixels: Int { weights.count - 1 }

    /// The smoothed votes of a core: `[class][row][column]`; 0 at pixels without data.
    ///
    /// - Parameters:
    ///   - votes: `[class][row][column]` of `outer`, 0 at pixels without data; more is not read.
    ///   - outer: the core padded by the reach, cut at the image's border.
    ///   - validity: of `outer`; nil if all pixels have data.
    func smoothed(_ votes: [UInt32], of outer: PixelRect, core: PixelRect, validity: [UInt8]?, classCount: Int) -> [UInt32] {
        let inside = core.relative(to: outer)
        let valid = validity?.map { UInt32($0) } ?? [UInt32](repeating: 1, count: outer.area)
        let norm = blurred(valid[...], of: outer, inside)
        var smoothed = [UInt32](repeating: 0, count: core.area * classCount)
        for index in 0..<classCount {
            let sums = blurred(votes[index * outer.area..<(index + 1) * outer.area], of: outer, inside)
            for row in 0..<core.height {
                for column in 0..<core.width {
                    guard valid[(inside.y + row) * outer.width + inside.x + column] == 1 else { continue }
                    let pixel = row * core.width + column
                    smoothed[index * core.area + pixel] = UInt32((sums[pixel] + norm[pixel] / 2) / norm[pixel])
                }
            }
        }
        return smoothed
    }

    /// Weighted sums over columns, then rows, at the pixels of `inside`.
    private func blurred(_ values: ArraySlice<UInt32>, of outer: PixelRect, _ inside: PixelRect) -> [UInt64] {
        let reach = reachPixels
        var across = [UInt64](repeating: 0, count: outer.height * inside.width)
        values.withUnsafeBufferPointer { values in
            for row in 0..<outer.height {
                for column in 0..<inside.width {
                    let middle = inside.x + column
                    var sum: UInt64 = 0
                    for x in max(0, middle - reach)...min(outer.width - 1, middle + reach) {
                        sum &+= UInt64(weights[abs(x - middle)]) &* UInt64(values[row * outer.width + x])
                    }
                    across[row * inside.width + column] = sum
                }
            }
        }
        var sums = [UInt64](repeating: 0, count: inside.area)
        for row in 0..<inside.height {
            let middle = inside.y + row
            for y in max(0, middle - reach)...min(outer.height - 1, middle + reach) {
                let weight = UInt64(weights[abs(y - middle)])
                for column in 0..<inside.width {
                    sums[row * inside.width + column] &+= weight &* across[y * inside.width + column]
                }
            }
        }
        return sums
    }
}
