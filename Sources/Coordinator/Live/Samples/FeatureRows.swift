internal import Foundation
internal import Protocol

/// The features of labelled pixels, kept from one training to the next: a stroke costs the features of its own pixels, and an undo none.
struct FeatureRows {
    let featureCount: Int
    /// By row-major position: the row in `values`.
    private var rows: [Int: Int] = [:]
    /// `[row][feature]`.
    private var values: [Float] = []

    init(featureCount: Int) { self.featureCount = featureCount }

    var count: Int { rows.count }

    func has(_ position: Int) -> Bool { rows[position] != nil }

    /// Adds rows.
    ///
    /// - Parameter samples: float32 `[position][feature]`.
    mutating func add(_ positions: [Int], _ samples: WireArray) {
        let first = values.count / featureCount
        values.append(contentsOf: samples.elements(as: Float.self))
        for (offset, position) in positions.enumerated() { rows[position] = first + offset }
    }

    /// Forgets all rows but some.
    mutating func keep(_ positions: some Sequence<Int>) {
        var kept = FeatureRows(featureCount: featureCount)
        for position in positions {
            guard let row = rows[position] else { continue }
            kept.rows[position] = kept.values.count / featureCount
            kept.values.append(contentsOf: values[row * featureCount..<(row + 1) * featureCount])
        }
        self = kept
    }

    /// Copies the row of a position.
    ///
    /// - Precondition: it is there.
    func copy(_ position: Int, to target: UnsafeMutablePointer<Float>) {
        guard let row = rows[position] else { preconditionFailure("no features of the pixel at \(position)") }
        values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            target.update(from: base + row * featureCount, count: featureCount)
        }
    }
}
