/// The samples of one channel in one row of interleaved pixels, to be written.
struct InterleavedSamples {
    let target: UnsafeMutableRawBufferPointer
    /// In samples from the start of `target`.
    let first: Int
    /// Samples from one pixel to the next: the number of channels.
    let step: Int
    /// Pixels.
    let count: Int

    /// Copies as many samples, which lie one after the other from sample `start` of `source` on; both sides are little-endian.
    func copy(_ source: UnsafeRawBufferPointer, from start: Int, _ sampleType: SampleType) {
        let size = sampleType.byteCount
        precondition(start >= 0 && (start + count) * size <= source.count, "\(start) + \(count) of \(source.count) bytes")
        checkTarget(size)
        let samples = UnsafeRawBufferPointer(rebasing: source[start * size..<(start + count) * size])
        if step == 1 {
            target[first * size..<(first + count) * size].copyBytes(from: samples)
        } else if sampleType == .uint8 {
            for index in 0..<count { target[first + index * step] = samples[index] }
        } else {
            for index in 0..<count { set(index, samples.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)) }
        }
    }

    /// Makes all samples `value`.
    func fill(_ value: UInt16, _ sampleType: SampleType) {
        checkTarget(sampleType.byteCount)
        switch sampleType {
        case .uint8: for index in 0..<count { target[first + index * step] = UInt8(truncatingIfNeeded: value) }
        case .uint16: for index in 0..<count { set(index, value.littleEndian) }
        }
    }

    private func set(_ index: Int, _ stored: UInt16) {
        target.storeBytes(of: stored, toByteOffset: 2 * (first + index * step), as: UInt16.self)
    }

    private func checkTarget(_ size: Int) {
        precondition(
            first >= 0 && step >= 1 && count >= 1 && (first + (count - 1) * step + 1) * size <= target.count,
            "\(count) samples from \(first) on in \(target.count) bytes")
    }
}
