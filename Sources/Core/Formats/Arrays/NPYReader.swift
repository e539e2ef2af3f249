/// A `.npy` array read by ranges of its first axis, as numbers of one type whatever the file's type, order and byte order.
///
/// Holds no more than the range that is asked for, and as much again while converting it. Not safe to share between threads.
package final class NPYReader {
    package let header: NPYHeader
    private let file: InputFile
    private let dataOffset: Int

    /// Opens the file and reads its header.
    ///
    /// - Throws: `ArrayError`: `io` when it cannot be read; `corrupt` for other content, a broken header, and a file that is
    ///   longer or shorter than the header says; `unsupported` for types that are not in `NPYElement`.
    package convenience init(path: String) throws(ArrayError) {
        let file: InputFile
        do {
            file = try InputFile(path: path)
        } catch {
            throw ArrayError(error)
        }
        try self.init(file)
    }

    /// Reads the header of a file that is open.
    ///
    /// - Throws: as `init(path:)`.
    init(_ file: InputFile) throws(ArrayError) {
        let start: [UInt8]
        do {
            start = try file.bytes(NPYHeader.prefixByteCountMax + NPYHeader.dictionaryByteCountMax)
        } catch {
            throw ArrayError(error)
        }
        self.file = file
        (header, dataOffset) = try Self.parse(start, path: file.path)
        let expected = dataOffset + header.dataByteCount
        guard file.byteCount == expected else {
            throw .corrupt(
                path: file.path, reason: "expected \(expected) bytes for shape \(header.shape), found \(file.byteCount)")
        }
    }

    /// Rows `rows` as floats: `[row][remaining axes in C order]`, row-major. Integers and float64 are rounded to the nearest.
    ///
    /// - Precondition: `rows` lies inside the first axis.
    /// - Throws: `ArrayError` when the file cannot be read any more.
    package func floats(rows: Range<Int>) throws(ArrayError) -> [Float] {
        let bytes = try values(of: rows)
        return switch header.element {
        case .float32: convert(bytes, UInt32.self) { Float(bitPattern: $0) }
        case .float64: convert(bytes, UInt64.self) { Float(Double(bitPattern: $0)) }
        case .bool: convert(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
        case .int8: convert(bytes, Int8.self) { Float($0) }
        case .int16: convert(bytes, Int16.self) { Float($0) }
        case .int32: convert(bytes, Int32.self) { Float($0) }
        case .int64: convert(bytes, Int64.self) { Float($0) }
        case .uint8: convert(bytes, UInt8.self) { Float($0) }
        case .uint16: convert(bytes, UInt16.self) { Float($0) }
        case .uint32: convert(bytes, UInt32.self) { Float($0) }
        case .uint64: convert(bytes, UInt64.self) { Float($0) }
        }
    }

    /// Rows `rows` as integers, in the layout of `floats(rows:)`.
    ///
    /// - Precondition: `rows` lies inside the first axis.
    /// - Throws: `ArrayError.unsupported` for arrays of floats, and for values beyond `Int`; `ArrayError` when the file cannot
    ///   be read any more.
    package func integers(rows: Range<Int>) throws(ArrayError) -> [Int] {
        guard header.element.isInteger else {
            throw .unsupported(path: file.path, reason: "expected an array of integers, found \(header.element)")
        }
        let bytes = try values(of: rows)
        switch header.element {
        case .bool: return convert(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
        case .int8: return convert(bytes, Int8.self) { Int($0) }
        case .int16: return convert(bytes, Int16.self) { Int($0) }
        case .int32: return convert(bytes, Int32.self) { Int($0) }
        case .int64: return convert(bytes, Int64.self) { Int($0) }
        case .uint8: return convert(bytes, UInt8.self) { Int($0) }
        case .uint16: return convert(bytes, UInt16.self) { Int($0) }
        case .uint32: return convert(bytes, UInt32.self) { Int($0) }
        case .uint64, .float32, .float64:
            let values = convert(bytes, UInt64.self) { $0 }
            if let large = values.first(where: { $0 > UInt64(Int.max) }) {
                throw .unsupported(path: file.path, reason: "expected integers up to \(Int.max), found \(large)")
            }
            return values.map { Int($0) }
        }
    }

    private static func parse(_ start: [UInt8], path: String) throws(ArrayError) -> (NPYHeader, dataOffset: Int) {
        guard start.starts(with: NPYHeader.magic) else {
            throw .corrupt(path: path, reason: "expected a .npy file, found \(ContentDescription.of(Array(start.prefix(16))))")
        }
        guard start.count >= NPYHeader.prefixByteCountMax else { throw .corrupt(path: path, reason: "the header is cut off") }
        let version = start[6]
        guard (1...3).contains(version) && start[7] == 0 else {
            throw .unsupported(path: path, reason: "expected .npy version 1.0 to 3.0, found \(version).\(start[7])")
        }
        let prefixByteCount = version == 1 ? 10 : 12
        let length = start[8..<prefixByteCount].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= NPYHeader.dictionaryByteCountMax else {
            throw .unsupported(
                path: path,
                reason: "expected a header of at most \(NPYHeader.dictionaryByteCountMax) bytes, found \(length)")
        }
        guard prefixByteCount + length <= start.count else { throw .corrupt(path: path, reason: "the header is cut off") }
        let dictionary = start[prefixByteCount..<prefixByteCount + length]
        guard dictionary.allSatisfy({ $0 < 0x80 }) else {
            throw .corrupt(path: path, reason: "header: expected ASCII text")
        }
        do {
            let header = try NPYHeaderParser.parse(String(decoding: dictionary, as: UTF8.self))
            return (header, prefixByteCount + length)
        } catch {
            switch error {
            case .corrupt(let reason): throw .corrupt(path: path, reason: reason)
            case .unsupported(let reason): throw .unsupported(path: path, reason: reason)
            }
        }
    }

    /// The stored bytes of `rows`, in C order.
    private func values(of rows: Range<Int>) throws(ArrayError) -> [UInt8] {
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= header.rowCount, "rows \(rows) of \(header.rowCount)")
        let size = header.element.byteCount
        let perRow = header.valuesPerRow
        guard header.isFortranOrder && header.shape.count > 1 else {
            return try stored(rows.count * perRow * size, at: rows.lowerBound * perRow * size)
        }
        // With no rows there can be any number of values per row.
        guard !rows.isEmpty else { return [] }
        var bytes = [UInt8](repeating: 0, count: rows.count * perRow * size)
        var position = FortranPosition(shape: header.shape)
        for value in 0..<perRow {
            // In Fortran order the rows of one position of the other axes lie side by side.
            let column = try stored(rows.count * size, at: (position.offset + rows.lowerBound) * size)
            for row in 0..<rows.count {
                for byte in 0..<size { bytes[(row * perRow + value) * size + byte] = column[row * size + byte] }
            }
            position.advance()
        }
        return bytes
    }

    private func stored(_ byteCount: Int, at offset: Int) throws(ArrayError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(ArrayError) in
            try read(UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
        return bytes
    }

    /// Fills `bytes` with what is stored from byte `offset` of the values on, as it is stored.
    ///
    /// - Throws: `ArrayError` when the file cannot be read any more.
    func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArrayError) {
        let count: Int
        do {
            count = try file.read(bytes, at: dataOffset + offset)
        } catch {
            throw ArrayError(error)
        }
        guard count == bytes.count else {
            throw .corrupt(path: file.path, reason: "the file became shorter while it was read")
        }
    }

    private func convert<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
        _ bytes: [UInt8], _ stored: Stored.Type, _ body: (Stored) -> Value
    ) -> [Value] {
        let size = MemoryLayout<Stored>.size
        let isBigEndian = header.isBigEndian
        return bytes.withUnsafeBytes { raw in
            [Value](unsafeUninitializedCapacity: raw.count / size) { target, initializedCount in
                for index in 0..<raw.count / size {
                    let value = raw.loadUnaligned(fromByteOffset: index * size, as: Stored.self)
                    target.initializeElement(
                        at: index, to: body(isBigEndian ? Stored(bigEndian: value) : Stored(littleEndian: value)))
                }
                initializedCount = raw.count / size
            }
        }
    }
}

/// Walks the axes after the first in C order, and knows the offset, in values, of each position in a Fortran-order array.
private struct FortranPosition {
    private let lengths: [Int]
    private let strides: [Int]
    private var index: [Int]
    private(set) var offset = 0

    init(shape: [Int]) {
        var strides: [Int] = []
        var stride = 1
        for length in shape {
            strides.append(stride)
            stride *= max(1, length)
        }
        lengths = Array(shape.dropFirst())
        self.strides = Array(strides.dropFirst())
        index = [Int](repeating: 0, count: lengths.count)
    }

    mutating func advance() {
        for axis in index.indices.reversed() {
            index[axis] += 1
            offset += strides[axis]
            if index[axis] < lengths[axis] { return }
            offset -= index[axis] * strides[axis]
            index[axis] = 0
        }
    }
}
