package import Imaging
internal import Primitives

/// What tells an image that is read in parts from itself after a change.
package struct ImageIdentity: Equatable {
    /// Bytes of the object, or of a store's metadata.
    package let byteCount: Int
    /// The object's ETag or time of change; the hash of a store's metadata.
    package let tag: String

    package init(byteCount: Int, tag: String) { (self.byteCount, self.tag) = (byteCount, tag) }

    /// Of a Zarr store, by the metadata of its root: chunks that change alone are not noticed.
    ///
    /// - Throws: `ImageError` of the store, `unknownFormat` without metadata.
    package init(_ store: any ChunkStore) throws(ImageError) {
        var metadata: [UInt8] = []
        for name in ZarrNode.documentNames.sorted() {
            guard let key = StoreKey(path: name), let found = try store.read(key, .whole, byteCountMax: 16 << 20) else {
                continue
            }
            metadata += Array(name.utf8) + found
        }
        guard !metadata.isEmpty else {
            throw .unknownFormat(
                path: store.name(of: .root), expected: "a folder of OME-Zarr", found: "a place without its metadata")
        }
        self.init(byteCount: metadata.count, tag: ContentHash(of: metadata).hex)
    }
}
