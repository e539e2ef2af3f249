package import Imaging

/// Writes a `.npy` array in C order, with the header that NumPy writes: value after value, or region by region. Values are little-endian.
///
/// The file appears under its path at once and is complete only after `finish()`; a caller that needs it to appear complete
/// writes to a temporary name and renames it. Not safe to share between threads.
package final class NPYWriter {
    package let header: NPYHeader
    private let file: OutputFile
    private let headerByteCount: Int
    private let pixelAxis: Int
    private var writtenByteCount = 0

    /// Creates the file and writes its header.
    ///
    /// - Parameters:
    ///   - shape: length of each axis, at least one, each ≥ 0.
    ///   - pixelAxis: the one that counts rows, where regions are written; those before it count images, which lie one below the other.
    /// - Precondition: the size of the array in bytes does not overflow.
    /// - Throws: `ArrayError.io` with the system's reason.
    package init(path: String, element: NPYElement, shape: [Int], pixelAxis: Int = 0) throws(ArrayError) {
        precondition(shape.allSatisfy { $0 >= 0 }, "shape \(shape)")
        self.pixelAxis = pixelAxis
        header = NPYHeader(element: element, shape: shape)
        do {
            file = try OutputFile(path: path)
            let head = header.encoded()
            headerByteCount = head.count
            try head.withUnsafeBufferPointer { (bytes) throws(FileError) in
                try file.write(UnsafeRawBufferPointer(bytes))
            }
        } catch {
            throw ArrayError(error)
        }
    }

    /// Appends values, in C order.
    ///
    /// - Precondition: the values are of the array's type and no more than its shape has room for.
    /// - Throws: `ArrayError.io` with the system's reason.
    package func write<Value: NPYScalar>(_ values: UnsafeBufferPointer<Value>) throws(ArrayError) {
        precondition(Value.npyElement == header.element, "array of \(header.element), values of \(Value.npyElement)")
        precondition(Int(littleEndian: 1) == 1, "big-endian machines are not supported")
        let bytes = UnsafeRawBufferPointer(values)
        writtenByteCount += bytes.count
        precondition(writtenByteCount <= header.dataByteCount, "\(writtenByteCount) of \(header.dataByteCount) bytes")
        do {
            try file.write(bytes)
        } catch {
            throw ArrayError(error)
        }
    }

    /// Appends values, in C order.
    ///
    /// - Precondition: the values are of the array's type and no more than its shape has room for.
    /// - Throws: `ArrayError.io` with the system's reason.
    package func write<Value: NPYScalar>(_ values: [Value]) throws(ArrayError) {
        try values.withUnsafeBufferPointer { (buffer) throws(ArrayError) in try write(buffer) }
    }

    /// Writes a region of an array of the shape (height, width, …), or of one of many such that lie one below the other.
    ///
    /// - Parameter values: `[row][column]…` of the region.
    /// - Precondition: the values are of the array's type and fill the region, which lies inside the array; none of them has come before.
    /// - Throws: `ArrayError.io` with the system's reason.
    package func write<Value: NPYScalar>(_ region: PixelRect, _ values: UnsafeBufferPointer<Value>) throws(ArrayError) {
        precondition(Value.npyElement == header.element, "array of \(header.element), values of \(Value.npyElement)")
        let (height, width) = (header.shape[...pixelAxis].reduce(1, *), header.shape[pixelAxis + 1])
        let pixelByteCount = header.shape[(pixelAxis + 2)...].reduce(header.element.byteCount, *)
        precondition(
            PixelRect(x: 0, y: 0, width: width, height: height).contains(region), "\(region) of \(width)×\(height)")
        let bytes = UnsafeRawBufferPointer(values)
        precondition(bytes.count == region.area * pixelByteCount, "\(region): \(bytes.count) bytes")
        writtenByteCount += bytes.count
        precondition(writtenByteCount <= header.dataByteCount, "\(writtenByteCount) of \(header.dataByteCount) bytes")
        let lineByteCount = region.width * pixelByteCount
        do {
            for row in 0..<region.height {
                try file.write(
                    UnsafeRawBufferPointer(rebasing: bytes[row * lineByteCount..<(row + 1) * lineByteCount]),
                    at: headerByteCount + ((region.y + row) * width + region.x) * pixelByteCount)
            }
        } catch {
            throw ArrayError(error)
        }
    }

    /// Completes the file and hands it to the disk.
    ///
    /// - Precondition: every value of the shape is written, and `finish()` was not called before.
    /// - Throws: `ArrayError.io` with the system's reason.
    package func finish() throws(ArrayError) {
        precondition(
            writtenByteCount == header.dataByteCount, "\(writtenByteCount) of \(header.dataByteCount) bytes written")
        do {
            try file.close()
        } catch {
            throw ArrayError(error)
        }
    }
}
