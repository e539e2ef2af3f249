internal import Imaging

extension FolderFormat {
    /// OME-Zarr 0.4 (Zarr v2) and 0.5 (Zarr v3), told by the metadata of its root.
    static let omeZarr = FolderFormat(
        name: "OME-Zarr", endings: ["zarr"],
        documentNames: ZarrNode.documentNames,
        open: { (path, selection, limits, cancellation) throws(ImageError) in
            .windows(try OMEImage(try FolderStore(path: path, cancellation), limits: limits).open(selection))
        },
        openLabels: { (path, selection, limits) throws(ImageError) in
            let source = ImageSource.windows(try OMEImage(try FolderStore(path: path), limits: limits).open(selection))
            return try PixelLabelRows(source.rowReader, path: path)
        },
        contents: { (path, limits) throws(ImageError) in
            try OMEImage(try FolderStore(path: path), limits: limits).contents
        })
}
