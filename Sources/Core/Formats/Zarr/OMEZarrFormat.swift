internal import Imaging

extension ImageFormat {
    /// OME-Zarr 0.4 (Zarr v2) and 0.5 (Zarr v3), told by the metadata of its root.
    package static let omeZarr = ImageFormat(
        name: "OME-Zarr", endings: ["zarr"],
        signature: .folder(documents: ZarrNode.documentNames),
        open: { (bytes, selection, limits) throws(ImageError) in
            .windows(try OMEImage(try bytes.store(), limits: limits).open(selection))
        },
        openLabels: { (bytes, selection, limits) throws(ImageError) in
            let source = ImageSource.windows(try OMEImage(try bytes.store(), limits: limits).open(selection))
            return try PixelLabelRows(source.rowReader, path: bytes.path)
        },
        contents: { (bytes, limits) throws(ImageError) in try OMEImage(try bytes.store(), limits: limits).contents },
        isReadInParts: true)
}
