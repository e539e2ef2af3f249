internal import CHDF5
internal import Foundation
internal import Imaging
internal import Primitives
internal import Synchronization

/// An HDF5 file in memory, of which only named groups, datasets and attributes are read.
///
/// Links to other files, values that lie in other files and filters that would have to be loaded are refused, so that a file can reach nothing
/// besides itself. The library is not safe to use from several threads: all calls of it run inside `HDF5Library.run`.
struct HDF5File {
    private let file: hid_t
    private let path: String

    /// Elements of one dataset.
    static let elementsMax = 1 << 26
    /// Texts of one dataset, links of one group.
    static let namesMax = 1 << 16
    /// Bytes of one text.
    private static let textBytesMax = 1 << 20

    private static let defaults = hid_t(0)

    /// Opens a file for as long as `body` runs.
    ///
    /// - Throws: `ImageError` for what is no HDF5 file, and what `body` throws.
    static func reading<Result: Sendable>(
        _ bytes: [UInt8], path: String, _ body: (HDF5File) throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        try HDF5Library.run { () throws(ImageError) -> Result in
            let access = H5Pcreate(hdf5_file_access())
            defer { H5Pclose(access) }
            H5Pset_fapl_core(access, 1 << 16, false)
            var copy = bytes
            let isSet = copy.withUnsafeMutableBytes { H5Pset_file_image(access, $0.baseAddress, $0.count) } >= 0
            copy = []
            let file = isSet ? hdf5_open_image("annotations.ilp", access) : -1
            guard file >= 0 else { throw .corruptAnnotations(path, "expected an HDF5 file, found a damaged one") }
            defer { H5Fclose(file) }
            return try body(HDF5File(file: file, path: path))
        }
    }

    // MARK: Groups

    /// Whether there is something under a path, such as `PixelClassification/LabelSets`, without any link to elsewhere.
    func has(_ place: String) -> Bool {
        var prefix = ""
        for name in place.split(separator: "/") {
            prefix += prefix.isEmpty ? "\(name)" : "/\(name)"
            guard hdf5_is_hard_link(file, prefix) != 0 else { return false }
        }
        return !prefix.isEmpty
    }

    /// The names in a group, in their order; none if there is no such group.
    func names(in place: String) throws(ImageError) -> [String] {
        guard has(place) else { return [] }
        let group = H5Gopen2(file, place, Self.defaults)
        guard group >= 0 else { throw damaged(place, "a group") }
        defer { H5Gclose(group) }
        final class Names {
            var list: [String] = []
        }
        let names = Names()
        let isWhole = hdf5_names(
            group,
            { name, state in
                guard let name, let state else { return 1 }
                let names = Unmanaged<Names>.fromOpaque(state).takeUnretainedValue()
                names.list.append(String(cString: name))
                return names.list.count > HDF5File.namesMax ? 1 : 0
            }, Unmanaged.passUnretained(names).toOpaque())
        guard isWhole != 0, names.list.count <= Self.namesMax else {
            throw damaged(place, "a group of at most \(Self.namesMax) names")
        }
        return names.list
    }

    // MARK: Datasets

    /// The shape and the values of a dataset of numbers of 8 bits, row-major.
    func bytes(of place: String) throws(ImageError) -> (shape: [Int], values: [UInt8]) {
        try withDataset(place) { (dataset, shape, count, type) throws(ImageError) in
            guard H5Tget_class(type) == H5T_INTEGER, H5Tget_size(type) == 1 else { throw damaged(place, "numbers of 8 bits") }
            var values = [UInt8](repeating: 0, count: count)
            guard count == 0 || H5Dread(dataset, hdf5_uint8(), Self.defaults, Self.defaults, Self.defaults, &values) >= 0 else {
                throw damaged(place, "\(count) values")
            }
            return (shape, values)
        }
    }

    /// The shape and the values of a dataset of whole numbers.
    func integers(of place: String) throws(ImageError) -> (shape: [Int], values: [Int64]) {
        try withDataset(place) { (dataset, shape, count, type) throws(ImageError) in
            guard H5Tget_class(type) == H5T_INTEGER, count <= Self.namesMax * 8 else {
                throw damaged(place, "some whole numbers")
            }
            var values = [Int64](repeating: 0, count: count)
            guard count == 0 || H5Dread(dataset, hdf5_int64(), Self.defaults, Self.defaults, Self.defaults, &values) >= 0 else {
                throw damaged(place, "\(count) values")
            }
            return (shape, values.map { Int64(littleEndian: $0) })
        }
    }

    /// The texts of a dataset.
    func texts(of place: String) throws(ImageError) -> [String] {
        try withDataset(place) { (dataset, _, count, type) throws(ImageError) in
            let space = H5Dget_space(dataset)
            defer { H5Sclose(space) }
            guard
                let texts = Self.texts(
                    type, count, space,
                    read: { H5Dread(dataset, type, HDF5File.defaults, HDF5File.defaults, HDF5File.defaults, $0) >= 0 })
            else { throw damaged(place, "texts") }
            return texts
        }
    }

    /// A text that is an attribute of an object; nil if it has none of this name.
    func attribute(_ name: String, of place: String) throws(ImageError) -> String? {
        guard has(place), H5Aexists_by_name(file, place, name, Self.defaults) > 0 else { return nil }
        let attribute = H5Aopen_by_name(file, place, name, Self.defaults, Self.defaults)
        guard attribute >= 0 else { throw damaged("\(place), attribute \(name)", "a text") }
        let (type, space) = (H5Aget_type(attribute), H5Aget_space(attribute))
        defer {
            H5Sclose(space)
            H5Tclose(type)
            H5Aclose(attribute)
        }
        guard H5Sget_simple_extent_npoints(space) == 1,
            let text = Self.texts(type, 1, space, read: { H5Aread(attribute, type, $0) >= 0 })?.first
        else { throw damaged("\(place), attribute \(name)", "a text") }
        return text
    }

    /// Opens a dataset that lies in this file, and tells its shape, its count of elements and their type.
    private func withDataset<Result>(
        _ place: String, _ body: (hid_t, [Int], Int, hid_t) throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        guard has(place) else { throw damaged(place, "a dataset") }
        let dataset = H5Dopen2(file, place, Self.defaults)
        guard dataset >= 0 else { throw damaged(place, "a dataset") }
        defer { H5Dclose(dataset) }
        let (creation, type, space) = (H5Dget_create_plist(dataset), H5Dget_type(dataset), H5Dget_space(dataset))
        defer {
            H5Sclose(space)
            H5Tclose(type)
            H5Pclose(creation)
        }
        let layouts = [H5D_COMPACT, H5D_CONTIGUOUS, H5D_CHUNKED]
        guard creation >= 0, layouts.contains(H5Pget_layout(creation)), H5Pget_external_count(creation) == 0 else {
            throw damaged(place, "values in this file")
        }
        var sides = [hsize_t](repeating: 0, count: Int(H5S_MAX_RANK))
        let rank = H5Sget_simple_extent_dims(space, &sides, nil)
        guard rank >= 0, rank <= H5S_MAX_RANK else { throw damaged(place, "an array") }
        var count = 1
        for side in sides[..<Int(rank)] {
            guard side <= Self.elementsMax, count * Int(side) <= Self.elementsMax else {
                throw .unsupported(path: path, reason: "\(place): expected at most \(Self.elementsMax) values, found more")
            }
            count *= Int(side)
        }
        guard H5Sget_simple_extent_npoints(space) == hssize_t(count) else { throw damaged(place, "an array") }
        return try body(dataset, sides[..<Int(rank)].map(Int.init), count, type)
    }

    /// Texts of a fixed or of their own length; nil for other elements, and for more or longer ones than the limits.
    private static func texts(
        _ type: hid_t, _ count: Int, _ space: hid_t, read: (UnsafeMutableRawPointer) -> Bool
    ) -> [String]? {
        guard H5Tget_class(type) == H5T_STRING, count <= namesMax else { return nil }
        if H5Tis_variable_str(type) > 0 {
            var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
            let isRead = count == 0 || pointers.withUnsafeMutableBytes { $0.baseAddress.map(read) ?? false }
            defer { if isRead, count > 0 { H5Dvlen_reclaim(type, space, defaults, &pointers) } }
            guard isRead else { return nil }
            return pointers.map { pointer in
                pointer.map { text in
                    let bytes = UnsafeRawBufferPointer(start: text, count: strnlen(text, textBytesMax))
                    return String(decoding: bytes, as: UTF8.self)
                } ?? ""
            }
        }
        let size = H5Tget_size(type)
        guard size > 0, size <= textBytesMax, size * max(1, count) <= elementsMax else { return nil }
        var bytes = [UInt8](repeating: 0, count: size * count)
        let isRead = count == 0 || bytes.withUnsafeMutableBytes { $0.baseAddress.map(read) ?? false }
        guard isRead else { return nil }
        return (0..<count).map { String(decoding: bytes[$0 * size..<($0 + 1) * size].prefix { $0 != 0 }, as: UTF8.self) }
    }

    private func damaged(_ place: String, _ expected: String) -> ImageError {
        .corruptAnnotations(path, "\(place): expected \(expected), found something else or damage")
    }
}

/// The library's one lock, and its manners.
enum HDF5Library {
    private static let lock = Lock<Bool>(false)

    /// Runs calls of the library alone.
    static func run<Result: Sendable>(_ body: () throws(ImageError) -> Result) throws(ImageError) -> Result {
        try lock.withLock { (isReady) throws(ImageError) -> Result in
            hdf5_be_silent()
            if !isReady {
                H5open()
                // Filters are never loaded from elsewhere.
                H5PLset_loading_state(0)
                isReady = true
            }
            return try body()
        }
    }
}
