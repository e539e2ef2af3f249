@testable import AnnotationFormats
import CHDF5
@testable import Imaging
import Testing

/// HDF5 files that the library itself writes: what the reader is held against.
struct HDF5Sample {
    enum Filter: CaseIterable {
        case shuffle, deflate, checksum
    }

    private static let defaults = hid_t(0)
    let file: hid_t

    /// The bytes of a file.
    ///
    /// - Parameter isNewest: with the newest structures that the library knows, not with those that it writes by default.
    static func bytes(isNewest: Bool = false, _ body: (HDF5Sample) -> Void) throws -> [UInt8] {
        try HDF5Library.run { () throws(ImageError) -> [UInt8] in
            let access = H5Pcreate(hdf5_file_access())
            defer { H5Pclose(access) }
            H5Pset_fapl_core(access, 1 << 16, false)
            if isNewest { H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110) }
            let file = hdf5_create("sample.h5", access)
            defer { H5Fclose(file) }
            body(HDF5Sample(file: file))
            H5Fflush(file, H5F_SCOPE_GLOBAL)
            var bytes = [UInt8](repeating: 0, count: H5Fget_file_image(file, nil, 0))
            #expect(H5Fget_file_image(file, &bytes, bytes.count) == bytes.count)
            return bytes
        }
    }

    func group(_ place: String) {
        let group = H5Gcreate2(file, place, Self.defaults, Self.defaults, Self.defaults)
        #expect(group >= 0)
        H5Gclose(group)
    }

    /// Writes a dataset.
    ///
    /// - Parameters:
    ///   - values: nil to write none.
    ///   - chunk: the sides of its chunks, which may be beyond its own; nil for all values in one.
    ///   - isCompact: values in the header.
    ///   - external: a file that has the values instead.
    ///   - count: of the values along the first axis that are written; nil for all.
    func dataset<Value: BitwiseCopyable>(
        _ place: String, _ type: hid_t, _ values: [Value]?, shape: [Int], chunk: [Int]? = nil, filters: [Filter] = [],
        fill: Value? = nil, isCompact: Bool = false, external: String? = nil, rows count: Int? = nil
    ) {
        let creation = H5Pcreate(hdf5_dataset_creation())
        defer { H5Pclose(creation) }
        if let chunk { H5Pset_chunk(creation, Int32(chunk.count), chunk.map { hsize_t($0) }) }
        if isCompact { H5Pset_layout(creation, H5D_COMPACT) }
        if let external { H5Pset_external(creation, external, 0, hsize_t(1 << 20)) }
        for filter in filters {
            switch filter {
            case .shuffle: H5Pset_shuffle(creation)
            case .deflate: H5Pset_deflate(creation, 6)
            case .checksum: H5Pset_fletcher32(creation)
            }
        }
        if var fill { H5Pset_fill_value(creation, type, &fill) }
        let space = Self.space(shape, isExtensible: chunk != nil)
        defer { H5Sclose(space) }
        let dataset = H5Dcreate2(file, place, type, space, Self.defaults, creation, Self.defaults)
        #expect(dataset >= 0)
        defer { H5Dclose(dataset) }
        guard let values else { return }
        var part = (space: Self.defaults, memory: Self.defaults)
        defer { for space in [part.space, part.memory] where space != Self.defaults { H5Sclose(space) } }
        if let count {
            let sides = ([count] + shape.dropFirst()).map { hsize_t($0) }
            part = (H5Scopy(space), H5Screate_simple(Int32(sides.count), sides, nil))
            H5Sselect_hyperslab(part.space, H5S_SELECT_SET, shape.map { _ in 0 }, nil, sides, nil)
        }
        let isWritten = values.withUnsafeBytes { H5Dwrite(dataset, type, part.memory, part.space, Self.defaults, $0.baseAddress) }
        #expect(isWritten >= 0)
    }

    /// Writes texts of their own length.
    func ownTexts(_ place: String, _ texts: [String], chunk: [Int]? = nil) {
        Self.withPointers(texts) { dataset(place, Self.ownText, $0, shape: [texts.count], chunk: chunk) }
    }

    /// Writes a text of its own length as an attribute.
    func ownAttribute(_ name: String, _ text: String, of place: String) {
        let space = Self.space([])
        defer { H5Sclose(space) }
        let attribute = H5Acreate_by_name(file, place, name, Self.ownText, space, Self.defaults, Self.defaults, Self.defaults)
        #expect(attribute >= 0)
        defer { H5Aclose(attribute) }
        Self.withPointers([text]) { pointers in
            let isWritten = H5Awrite(attribute, Self.ownText, pointers)
            #expect(isWritten >= 0)
        }
    }

    func softLink(_ place: String, to target: String) { H5Lcreate_soft(target, file, place, Self.defaults, Self.defaults) }

    func externalLink(_ place: String, to target: String, of path: String) {
        H5Lcreate_external(path, target, file, place, Self.defaults, Self.defaults)
    }

    /// Whole numbers of 1, 2, 4 or 8 bytes. It lives as long as the library.
    static func integer(byteCount: Int, isSigned: Bool, isBigEndian: Bool) -> hid_t {
        let type = H5Tcopy(hdf5_int64())
        H5Tset_size(type, byteCount)
        H5Tset_order(type, isBigEndian ? H5T_ORDER_BE : H5T_ORDER_LE)
        H5Tset_sign(type, isSigned ? H5T_SGN_2 : H5T_SGN_NONE)
        return type
    }

    /// Texts of their own length. It lives as long as the library.
    private static var ownText: hid_t {
        let type = H5Tcopy(hdf5_text())
        H5Tset_size(type, -1)
        return type
    }

    private static func space(_ shape: [Int], isExtensible: Bool = false) -> hid_t {
        guard !shape.isEmpty else { return H5Screate(H5S_SCALAR) }
        let sides = shape.map { hsize_t($0) }
        return H5Screate_simple(Int32(shape.count), sides, isExtensible ? shape.map { _ in hsize_t.max } : nil)
    }

    private static func withPointers(_ texts: [String], _ body: ([UnsafePointer<CChar>]) -> Void) {
        let buffers = texts.map { text in
            let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.utf8.count + 1)
            _ = buffer.initialize(from: text.utf8CString)
            return buffer
        }
        body(buffers.compactMap { UnsafePointer($0.baseAddress) })
        for buffer in buffers { buffer.deallocate() }
    }
}
