/// A number of bytes that is computed from numbers of strangers: sums and products stop at the largest `Int` instead of trapping.
public struct ByteCount: Equatable, Sendable {
    public let bytes: Int

    /// Negative factors count as 0.
    public init(_ factors: Int...) {
        bytes = factors.reduce(1) { product, factor in
            let (next, overflow) = product.multipliedReportingOverflow(by: max(0, factor))
            return overflow ? .max : next
        }
    }

    private init(bytes: Int) { self.bytes = bytes }

    public static func + (left: ByteCount, right: ByteCount) -> ByteCount {
        let (sum, overflow) = left.bytes.addingReportingOverflow(right.bytes)
        return ByteCount(bytes: overflow ? .max : sum)
    }
}

extension WindowDocument {
    /// The decoded window, once as it came and once as the features read it: float planes of the rows in work.
    var workspaceBytes: ByteCount {
        switch (pixels, source) {
        case (let pixels?, _): ByteCount(2, pixels.bytes.count)
        case (_, let source?): ByteCount(2 * 3 * 2, source.window.width, source.window.height)
        case (nil, nil): ByteCount(0)
        }
    }
}
