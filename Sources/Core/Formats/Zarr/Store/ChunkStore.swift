package import Imaging

/// Where the metadata and chunks of a Zarr hierarchy lie: values by key, read wholly or in part.
///
/// Not safe to share between threads.
package protocol ChunkStore: AnyObject {
    /// What messages call the value of `key`.
    func name(of key: StoreKey) -> String

    /// Some bytes of the value of `key`; nil if there is no such value.
    ///
    /// - Parameter byteCountMax: nothing is allocated for more bytes than this.
    /// - Throws: `ImageError`: `io` with the reason of the system, `corrupt` for what is no value or leads out of the store,
    ///   `unsupported` for more than `byteCountMax` bytes.
    func read(_ key: StoreKey, _ part: StorePart, byteCountMax: Int) throws(ImageError) -> [UInt8]?
}

/// The part of a value that is read.
package enum StorePart: Hashable, Sendable {
    case whole
    /// Up to `count` bytes from `offset` on; fewer only at the value's end.
    case range(offset: Int, count: Int)
    /// The last bytes; all there are if the value is shorter.
    case last(Int)
}
