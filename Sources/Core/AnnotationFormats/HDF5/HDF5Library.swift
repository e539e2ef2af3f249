internal import CHDF5
internal import Imaging
internal import Primitives
internal import Synchronization

/// The library that writes HDF5 files: its one lock, and its manners. It never reads: `HDF5File` does.
enum HDF5Library {
    private static let lock = Lock<Bool>(false)

    /// Runs calls of the library alone, as it is not safe to use from several threads.
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
