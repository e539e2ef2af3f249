internal import Imaging

/// One place of a Zarr hierarchy: an array, or a group with its attributes.
enum ZarrNode {
    case array(ArrayMetadata)
    /// The attributes of OME-Zarr, and the versions that they may be of; nil if the group has none.
    case group(OMEAttributes?)

    /// The names of all files that hold metadata.
    static let documentNames: Set<String> = ["zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"]

    private static let documentByteCountMax = 4 << 20

    /// What is at `key`; nil if there is nothing. Version 3 comes before version 2 where both are.
    ///
    /// - Throws: `ImageError` of the store, `corrupt` or `unsupported` naming what is wrong in which document.
    static func read(_ key: StoreKey, in store: any ChunkStore, limits: ImageLimits) throws(ImageError) -> ZarrNode? {
        if let document = try document("zarr.json", at: key, in: store) {
            switch try document.required("node_type", "\"array\" or \"group\"").text(outOf: ["array", "group"]) {
            case "array": return .array(try ArrayMetadata(v3: document, limits: limits))
            default:
                _ = try document.required("zarr_format", "3").integer(in: 3...3)
                guard let ome = try document.member("attributes")?.member("ome") else { return .group(nil) }
                let version = try ome.required("version", "\"0.5\"")
                return .group(OMEAttributes(value: ome, version: version, versionsRead: ["0.5"]))
            }
        }
        if let document = try document(".zarray", at: key, in: store) {
            return .array(try ArrayMetadata(v2: document, limits: limits))
        }
        if let attributes = try document(".zattrs", at: key, in: store) {
            return .group(OMEAttributes(value: attributes, version: nil, versionsRead: ["0.4"]))
        }
        return try document(".zgroup", at: key, in: store).map { _ in .group(nil) }
    }

    private static func document(
        _ name: String, at key: StoreKey, in store: any ChunkStore
    ) throws(ImageError) -> MetadataValue? {
        let key = key.appending(name)
        guard let bytes = try store.read(key, .whole, byteCountMax: documentByteCountMax) else { return nil }
        return try MetadataValue(parsing: bytes, path: store.name(of: key))
    }
}
