internal import CTIFF
internal import Imaging

/// A plane of a stack whose first plane alone has a directory: all lie one after the other, uncompressed.
///
/// ImageJ writes stacks above 4 GB like this, whose further directories would lie where 32 bits do not reach, and tifffile those that it
/// calls truncated.
struct TIFFPlaneRows {
    /// Where the plane begins in the file.
    let offset: Int

    /// - Parameters:
    ///   - plane: position in the stack.
    ///   - count: planes of the stack, as the description says.
    ///   - session: at the directory of the first plane.
    /// - Throws: `ImageError`: `unsupported` where the first plane does not lie in one piece, `corrupt` where the file ends before the
    ///   plane does.
    init(_ plane: Int, of count: Int, _ session: TIFFSession, limits: ImageLimits) throws(ImageError) {
        let layout = try TIFFLayout(try session.directory(), channels: nil, path: session.path, limits: limits)
        guard let first = Self.start(session, layout) else {
            throw .unsupported(
                path: session.path,
                reason:
                    "expected a directory for each of the \(count) images of its description, or images that are not compressed and "
                    + "follow the first one; found one directory")
        }
        let byteCount = layout.planeByteCount
        let (distance, overflow) = byteCount.multipliedReportingOverflow(by: plane)
        guard !overflow, distance <= session.byteCount - first - byteCount else {
            let place = overflow ? "" : " from byte \(first + distance) on"
            throw .corrupt(
                path: session.path,
                reason:
                    "plane \(plane) of \(count): expected \(byteCount) bytes\(place), found the end of the file at \(session.byteCount)"
            )
        }
        offset = first + distance
    }

    /// Planes that are in the file, of `count`; nil where the first one does not lie in one piece.
    static func present(of count: Int, _ session: TIFFSession, _ layout: TIFFLayout) -> Int? {
        start(session, layout).map { min(count, (session.byteCount - $0) / layout.planeByteCount) }
    }

    private static func start(_ session: TIFFSession, _ layout: TIFFLayout) -> Int? {
        guard !layout.isTiled else { return nil }
        let offset = ctiff_contiguous_offset(session.pointer, UInt64(layout.planeByteCount))
        guard offset > 0, offset < session.byteCount else { return nil }
        return Int(offset)
    }

    /// Reads rows: `[row][column][sample]`, or one sample of a plane that stores them apart, in the machine's order of bytes.
    ///
    /// - Throws: `ImageError` where the bytes cannot be read.
    func read(
        _ rows: Range<Int>, sample: Int, into stored: UnsafeMutableRawBufferPointer, _ layout: TIFFLayout, _ session: TIFFSession
    ) throws(ImageError) {
        let start = offset + (sample * layout.height + rows.lowerBound) * layout.storedRowByteCount
        let target = UnsafeMutableRawBufferPointer(rebasing: stored[..<(rows.count * layout.storedRowByteCount)])
        guard try session.read(target, at: start) == target.count else {
            throw session.corrupt("rows \(rows) of a plane", "they are cut off")
        }
        guard TIFFIsByteSwapped(session.pointer.pointee.tiff) != 0 else { return }
        switch layout.values.bits {
        case 16: Self.swap(target, UInt16.self)
        case 32: Self.swap(target, UInt32.self)
        case 64: Self.swap(target, UInt64.self)
        default: break
        }
    }

    private static func swap<Value: FixedWidthInteger & BitwiseCopyable>(_ bytes: UnsafeMutableRawBufferPointer, _: Value.Type) {
        let size = MemoryLayout<Value>.size
        for index in 0..<bytes.count / size {
            let value = bytes.loadUnaligned(fromByteOffset: size &* index, as: Value.self)
            bytes.storeBytes(of: value.byteSwapped, toByteOffset: size &* index, as: Value.self)
        }
    }
}
