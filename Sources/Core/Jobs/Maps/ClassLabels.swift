/// The labels that classes stand for.
package enum ClassLabels {
    /// The label of each pixel, little-endian.
    ///
    /// - Parameters:
    ///   - classes: class indices.
    ///   - labels: of the classes.
    ///   - byteCount: of a label: 1, if all fit, or 2.
    package static func bytes(of classes: [UInt8], labels: [UInt16], byteCount: Int) -> [UInt8] {
        let low = labels.map { UInt8(truncatingIfNeeded: $0) }
        guard byteCount == 2 else { return classes.map { low[Int($0)] } }
        let high = labels.map { UInt8($0 >> 8) }
        return [UInt8](unsafeUninitializedCapacity: 2 * classes.count) { bytes, count in
            for (pixel, index) in classes.enumerated() {
                bytes[2 &* pixel] = low[Int(index)]
                bytes[2 &* pixel &+ 1] = high[Int(index)]
            }
            count = 2 * classes.count
        }
    }
}
