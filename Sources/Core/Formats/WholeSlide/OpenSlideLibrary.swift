internal import COpenSlide

/// OpenSlide, if it is installed; loaded when it is first asked for.
enum OpenSlideLibrary {
    /// Nil where it is not installed.
    static let shared: copenslide_library? = {
        // Every member is set before the library is said to be there.
        withUnsafeTemporaryAllocation(of: copenslide_library.self, capacity: 1) { library in
            guard let base = library.baseAddress, copenslide_load(base) == 1 else { return nil }
            return base.pointee
        }
    }()
}
