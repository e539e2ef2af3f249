internal import Imaging

/// The resolutions of an OME-Zarr image.
struct OMEMultiscale {
    struct Level {
        /// Of the array, below that of the group.
        let key: StoreKey
        /// Side of a pixel; nil where the metadata do not say it.
        let micronsPerPixel: Double?
    }

    let axes: ImageAxes
    /// From the full resolution on; at least one.
    let levels: [Level]
    /// Of `omero`, which is optional; empty unless all are named.
    let channelNames: [String]
}

extension OMEAttributes {
    /// The image that the group is.
    ///
    /// - Throws: `ImageError.corrupt` for what breaks the format, `unsupported` for groups that are no image, and other versions.
    func multiscale() throws(ImageError) -> OMEMultiscale {
        let image = try firstImage()
        let axesValue = try image.required("axes", "a list of axes")
        let axes = try ImageAxes(axesValue)
        let unit = try? axesValue.elements()[axes.column].member("unit")?.text()
        let datasets = try image.required("datasets", "a list of arrays")
        var levels: [OMEMultiscale.Level] = []
        for dataset in try datasets.elements() {
            let size = Self.scale(dataset, axis: axes.column).flatMap { scale in
                unit.flatMap { PixelSize.microns(scale * (Self.scale(image, axis: axes.column) ?? 1), unit: $0) }
            }
            levels.append(
                OMEMultiscale.Level(
                    key: try Self.key(try dataset.required("path", "the path of an array")), micronsPerPixel: size))
        }
        guard !levels.isEmpty else { throw datasets.wrong("an array") }
        return OMEMultiscale(axes: axes, levels: levels, channelNames: channelNames)
    }

    /// The factor of the first scaling among coordinate transformations, which are of use only to measure: wrong ones are left out.
    private static func scale(_ value: MetadataValue, axis: Int) -> Double? {
        guard let list = try? value.member("coordinateTransformations")?.elements() else { return nil }
        for element in list {
            guard let factors = try? element.member("scale")?.elements(), factors.indices.contains(axis),
                let factor = try? factors[axis].float()
            else { continue }
            return Double(factor)
        }
        return nil
    }

    private var channelNames: [String] {
        guard let channels = try? value.member("omero")?.member("channels")?.elements() else { return [] }
        let names = channels.compactMap { try? $0.member("label")?.text() }
        return names.count == channels.count ? names : []
    }
}
