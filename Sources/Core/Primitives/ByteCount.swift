/// A number of bytes computed from untrusted numbers: sums and products saturate at the largest `Int` instead of trapping.
package struct ByteCount: Equatable, Sendable {
    package let bytes: Int

    /// Negative factors count as 0.
    package init(_ factors: Int...) {
        bytes = factors.reduce(1) { product, factor in
            let (next, overflow) = product.multipliedReportingOverflow(by: max(0, factor))
            return overflow ? .max : next
        }
    }

    private init(bytes: Int) { self.bytes = bytes }

    package static func + (left: ByteCount, right: ByteCount) -> ByteCount {
        let (sum, overflow) = left.bytes.addingReportingOverflow(right.bytes)
        return ByteCount(bytes: overflow ? .max : sum)
    }
}
