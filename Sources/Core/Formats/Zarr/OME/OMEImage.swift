/// Finds the image in an OME-Zarr hierarchy.
enum OMEImage {
    /// Opens the image of full resolution of the group that the store's root is; in the layout of bioformats2raw, the first series.
    ///
    /// - Throws: `ImageError`: `corrupt` for what breaks the format, `unsupported` for what is no image or is not read, `io`.
    static func open(_ store: any ChunkStore, limits: ImageLimits) throws(ImageError) -> ZarrImage {
        var key = StoreKey.root
        var attributes = try group(key, in: store, limits: limits)
        if try attributes.value.member("multiscales") == nil, try attributes.isSeries {
            var list: OMEAttributes?
            if case .group(let found) = try ZarrNode.read(key.appending("OME"), in: store, limits: limits) { list = found }
            key = try OMEAttributes.firstSeries(list)
            attributes = try group(key, in: store, limits: limits)
        }
        let (axes, level) = try attributes.image()
        let place = key.appending(level)
        guard case .array(let metadata)? = try ZarrNode.read(place, in: store, limits: limits) else {
            throw .corrupt(path: store.name(of: place), reason: "expected the array of full resolution, found none")
        }
        return try ZarrImage(ZarrArray(metadata, at: place, in: store), axes, limits: limits, path: store.name(of: place))
    }

    private static func group(
        _ key: StoreKey, in store: any ChunkStore, limits: ImageLimits
    ) throws(ImageError) -> OMEAttributes {
        let path = store.name(of: key)
        switch try ZarrNode.read(key, in: store, limits: limits) {
        case .group(let attributes?): return attributes
        case .group(nil):
            throw .unsupported(path: path, reason: "expected an OME-Zarr image, found a Zarr group without OME metadata")
        case .array:
            throw .unsupported(
                path: path, reason: "expected an OME-Zarr image, found a Zarr array without OME metadata; take the group it is in"
            )
        case nil: throw .corrupt(path: path, reason: "expected a Zarr group, found none")
        }
    }
}
