internal import CHDF5
internal import Imaging

/// Writes an HDF5 file in memory: groups, arrays and texts, without times, so that the same content is always the same bytes.
struct HDF5Writer {
    private let file: hid_t
    private static let defaults = hid_t(0)

    /// The file that `body` writes.
    ///
    /// - Throws: `ImageError.io` when the library fails, as for lack of memory, and what `body` throws.
    static func writing(path: String, _ body: (HDF5Writer) throws(ImageError) -> Void) throws(ImageError) -> [UInt8] {
        try HDF5Library.run { () throws(ImageError) -> [UInt8] in
            let access = H5Pcreate(hdf5_file_access())
            defer { H5Pclose(access) }
            H5Pset_fapl_core(access, 1 << 20, false)
            let file = hdf5_create("annotations.ilp", access)
            guard file >= 0 else { throw failure(path) }
            defer { H5Fclose(file) }
            try body(HDF5Writer(file: file))
            H5Fflush(file, H5F_SCOPE_GLOBAL)
            let count = H5Fget_file_image(file, nil, 0)
            guard count > 0 else { throw failure(path) }
            var bytes = [UInt8](repeating: 0, count: count)
            guard H5Fget_file_image(file, &bytes, count) == count else { throw failure(path) }
            return bytes
        }
    }

    private static func failure(_ path: String) -> ImageError { .io(path: path, reason: "the HDF5 file could not be made") }

    /// Makes a group, whose parent is there.
    func group(_ place: String) throws(ImageError) {
        let creation = H5Pcreate(hdf5_group_creation())
        defer { H5Pclose(creation) }
        H5Pset_obj_track_times(creation, false)
        let group = H5Gcreate2(file, place, Self.defaults, creation, Self.defaults)
        guard group >= 0 else { throw Self.failure(place) }
        H5Gclose(group)
    }

    /// Writes an array of numbers of 8 bits.
    ///
    /// - Precondition: as many values as the shape has.
    func write(_ values: [UInt8], shape: [Int], to place: String, attribute: (name: String, text: String)? = nil)
        throws(ImageError)
    {
        try write(hdf5_uint8(), values, shape, place, attribute)
    }

    /// Writes an array of numbers of 64 bits.
    func write(_ values: [Int64], shape: [Int], to place: String) throws(ImageError) {
        try write(hdf5_int64(), values.map(\.littleEndian), shape, place, nil)
    }

    /// Writes texts of one length, filled up with zeros: an array, or a single one.
    func write(_ texts: [String], isScalar: Bool = false, to place: String) throws(ImageError) {
        let size = max(1, texts.map(\.utf8.count).max() ?? 1)
        let type = Self.type(ofTextsOf: size)
        defer { H5Tclose(type) }
        let bytes = texts.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: size - $0.utf8.count) }
        try write(type, bytes, isScalar ? [] : [texts.count], place, nil)
    }

    private func write<Value>(
        _ type: hid_t, _ values: [Value], _ shape: [Int], _ place: String, _ attribute: (name: String, text: String)?
    ) throws(ImageError) {
        let creation = H5Pcreate(hdf5_dataset_creation())
        defer { H5Pclose(creation) }
        H5Pset_obj_track_times(creation, false)
        let space = Self.space(shape)
        defer { H5Sclose(space) }
        let dataset = H5Dcreate2(file, place, type, space, Self.defaults, creation, Self.defaults)
        guard dataset >= 0 else { throw Self.failure(place) }
        defer { H5Dclose(dataset) }
        let isWritten = values.withUnsafeBytes {
            values.isEmpty || H5Dwrite(dataset, type, Self.defaults, Self.defaults, Self.defaults, $0.baseAddress) >= 0
        }
        guard isWritten else { throw Self.failure(place) }
        guard let attribute else { return }
        let textType = Self.type(ofTextsOf: max(1, attribute.text.utf8.count))
        let scalar = Self.space([])
        let target = H5Acreate2(dataset, attribute.name, textType, scalar, Self.defaults, Self.defaults)
        defer {
            H5Aclose(target)
            H5Sclose(scalar)
            H5Tclose(textType)
        }
        guard target >= 0, H5Awrite(target, textType, attribute.text) >= 0 else { throw Self.failure(place) }
    }

    private static func space(_ shape: [Int]) -> hid_t {
        if shape.isEmpty { return H5Screate(H5S_SCALAR) }
        return H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil)
    }

    private static func type(ofTextsOf byteCount: Int) -> hid_t {
        let type = H5Tcopy(hdf5_text())
        H5Tset_size(type, byteCount)
        H5Tset_strpad(type, H5T_STR_NULLPAD)
        return type
    }
}
