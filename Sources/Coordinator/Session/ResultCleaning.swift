internal import Formats
package import Imaging
internal import Jobs

/// What is done with what a forest says of an image, before it is written.
package struct ResultCleaning: Codable, Hashable, Sendable {
    /// Width of the Gaussian by which probabilities are smoothed, in pixels, above 0 up to `VoteSmoothing.sigmaMax`; nil for none.
    package var sigma: Double?
    /// Holes and small regions.
    package var regions: RegionCleanup
    /// A label image, or a template of its name as those of outputs: outside of its labels nothing is computed; nil for the whole image.
    package var within: String?

    package init(
        sigma: Double? = nil, regions: RegionCleanup = RegionCleanup(regionPixels: 0, holePixels: 0), within: String? = nil
    ) {
        (self.sigma, self.regions, self.within) = (sigma, regions, within)
    }

    /// Values by the names of their options; only those that are given, so that runs from before there were any go on.
    var parameters: [String: String] {
        var parameters: [String: String] = [:]
        if let sigma { parameters["smooth"] = "\(sigma)" }
        if regions.regionPixels > 0 { parameters["min-region"] = "\(regions.regionPixels)" }
        if regions.holePixels > 0 { parameters["fill-holes"] = "\(regions.holePixels)" }
        if let within { parameters["within"] = within }
        return parameters
    }

    /// How votes are smoothed; nil if they are not.
    var smoothing: VoteSmoothing? { sigma.map { VoteSmoothing(sigma: $0) } }

    /// Whether tiles are not written as workers make them.
    var changesTiles: Bool { !regions.isEmpty || within != nil }

    /// The file that says where an image is segmented; nil for all of it.
    package func regionPath(of image: ImageInput) -> String? {
        within.map { $0.contains("{") ? OutputName(template: $0, folderSuffix: "").path(forInput: image) : $0 }
    }

    /// Where an image of `width` × `height` pixels is segmented; nil for all of it.
    ///
    /// - Throws: as `RegionOfInterest`.
    func region(of image: ImageInput, width: Int, height: Int) throws -> RegionOfInterest? {
        try regionPath(of: image).map {
            try RegionOfInterest(ImageInput(path: $0), of: image, width: width, height: height)
        }
    }
}
