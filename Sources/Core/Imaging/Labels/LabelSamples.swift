/// Reads the samples of a label image as numbers of 16 bits, whatever their type in the file.
///
/// Numbers below 0 and NaN become 0, and are counted. Holds a bounded number of rows. Not safe to share between threads.
final class LabelSamples {
    /// Samples that were below 0.
    private(set) var belowZeroCount = 0
    /// The lowest of them; 0 if there was none.
    private(set) var lowest = 0
    /// Samples that were NaN.
    private(set) var notANumberCount = 0
    private let rows: any RowReader
    /// Numbers above 65535 that are read as 0.
    private let ignored: Set<Int>
    private let path: String
    private var bytes: [UInt8] = []
    private var nextRow = 0

    /// Bytes that are converted at once, about.
    private static let heldByteCount = 1 << 20

    init(_ rows: any RowReader, ignoring ignored: [Int], path: String) {
        (self.rows, self.path) = (rows, path)
        self.ignored = Set(ignored.filter { $0 > Int(UInt16.max) })
    }

    /// Reads the next `count` rows: `[row][column][channel]`.
    ///
    /// - Precondition: no more rows are asked for than the image still has.
    /// - Throws: `ImageError.unsupported` for a number above 65535 or one that is not whole, and that of the reader.
    func read(_ count: Int, into samples: UnsafeMutableBufferPointer<UInt16>) throws(ImageError) {
        let info = rows.info
        let perRow = info.width * info.channels
        precondition(samples.count == count * perRow, "\(count) rows of \(perRow) samples: found \(samples.count)")
        if info.sampleType == .uint16 {
            try rows.read(count, into: UnsafeMutableRawBufferPointer(samples))
            for index in samples.indices { samples[index] = UInt16(littleEndian: samples[index]) }
            nextRow += count
            return
        }
        let rowsAtOnce = max(1, Self.heldByteCount / info.rowByteCount)
        for first in stride(from: 0, to: count, by: rowsAtOnce) {
            let taken = min(rowsAtOnce, count - first)
            let part = UnsafeMutableBufferPointer(rebasing: samples[first * perRow..<(first + taken) * perRow])
            try convert(taken, to: part)
            nextRow += taken
        }
    }

    private func convert(_ count: Int, to samples: UnsafeMutableBufferPointer<UInt16>) throws(ImageError) {
        let byteCount = count * rows.info.rowByteCount
        if bytes.count < byteCount { bytes = [UInt8](repeating: 0, count: byteCount) }
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(ImageError) in
            let bytes = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount])
            try rows.read(count, into: bytes)
            try convert(UnsafeRawBufferPointer(bytes), to: samples)
        }
    }

    private func convert(
        _ bytes: UnsafeRawBufferPointer, to samples: UnsafeMutableBufferPointer<UInt16>
    ) throws(ImageError) {
        switch rows.info.sampleType {
        case .uint8: for index in samples.indices { samples[index] = UInt16(bytes[index]) }
        case .int8: try convert(bytes, of: Int8.self, to: samples)
        case .int16: try convert(bytes, of: Int16.self, to: samples)
        case .uint32: try convert(bytes, of: UInt32.self, to: samples)
        case .int32: try convert(bytes, of: Int32.self, to: samples)
        case .float32: try convertFloats(bytes, to: samples)
        case .uint16: preconditionFailure("samples of 16 bits need no conversion")
        }
    }

    private func convert<Value: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, of type: Value.Type, to samples: UnsafeMutableBufferPointer<UInt16>
    ) throws(ImageError) {
        func value(_ index: Int) -> Value {
            Value(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* MemoryLayout<Value>.size, as: type))
        }
        // No branch in the loop, so that it is done for many samples at once; what is wrong is looked for afterwards.
        var (low, high): (Value, Value) = (0, 0)
        var below = 0
        for index in samples.indices {
            let value = value(index)
            (low, high) = (min(low, value), max(high, value))
            below &+= value < 0 ? 1 : 0
            samples[index] = UInt16(truncatingIfNeeded: max(value, 0))
        }
        belowZeroCount += below
        lowest = min(lowest, Int(low))
        guard high > UInt16.max else { return }
        for index in samples.indices where value(index) > UInt16.max {
            guard ignored.contains(Int(value(index))) else {
                // Numbers of 64 bits come as the nearest of 32.
                let isLargest = value(index) == Value.max
                throw unread(index, "a label from 0 to 65535", "\(value(index))\(isLargest ? " or more" : "")")
            }
            samples[index] = 0
        }
    }

    private func convertFloats(
        _ bytes: UnsafeRawBufferPointer, to samples: UnsafeMutableBufferPointer<UInt16>
    ) throws(ImageError) {
        func value(_ index: Int) -> Float {
            Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self)))
        }
        var (below, notANumber, isWrong) = (0, 0, false)
        var low: Float = 0
        for index in samples.indices {
            let value = value(index)
            let clamped = value > 0 ? (value < 65535 ? value : 65535) : 0
            samples[index] = UInt16(clamped)
            low = value < low ? value : low
            below &+= value < 0 ? 1 : 0
            notANumber &+= value != value ? 1 : 0
            let isWhole = value.rounded(.towardZero) == value && value <= 65535
            isWrong = isWrong || !(isWhole || value != value)
        }
        belowZeroCount += below
        notANumberCount += notANumber
        lowest = min(lowest, Int(max(low, -0x1p31)))
        guard isWrong else { return }
        for index in samples.indices where !value(index).isNaN {
            let value = value(index)
            if value > 65535, let number = Int(exactly: value), ignored.contains(number) {
                samples[index] = 0
            } else if value.rounded(.towardZero) != value {
                throw unread(index, "whole numbers as labels", "\(value); labels are no probabilities or intensities")
            } else if value > 65535 {
                throw unread(index, "a label from 0 to 65535", "\(value)")
            }
        }
    }

    private func unread(_ index: Int, _ expected: String, _ found: String) -> ImageError {
        let pixel = index / rows.info.channels
        return .unsupported(
            path: path,
            reason: "row \(nextRow + pixel / rows.info.width), column \(pixel % rows.info.width): "
                + "expected \(expected), found \(found)")
    }
}
