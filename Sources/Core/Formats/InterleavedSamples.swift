internal import Imaging

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
        } else {
            switch size {
            case 1: for index in 0..<count { target[first + index * step] = samples[index] }
            case 2: for index in 0..<count { set(index, samples.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)) }
            default: for index in 0..<count { set(index, samples.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)) }
            }
        }
    }

    /// Makes all samples the one whose bits are the lowest of `bits`.
    func fill(_ bits: UInt32, _ sampleType: SampleType) {
        checkTarget(sampleType.byteCount)
        switch sampleType.byteCount {
        case 1: for index in 0..<count { target[first + index * step] = UInt8(truncatingIfNeeded: bits) }
        case 2: for index in 0..<count { set(index, UInt16(truncatingIfNeeded: bits).littleEndian) }
        default: for index in 0..<count { set(index, bits.littleEndian) }
        }
    }

    @inline(__always)
    private func set<Bits: BitwiseCopyable>(_ index: Int, _ stored: Bits) {
        target.storeBytes(of: stored, toByteOffset: MemoryLayout<Bits>.size * (first + index * step), as: Bits.self)
    }

    private func checkTarget(_ size: Int) {
        precondition(
            first >= 0 && step >= 1 && count >= 1 && (first + (count - 1) * step + 1) * size <= target.count,
            "\(count) samples from \(first) on in \(target.count) bytes")
    }
}
