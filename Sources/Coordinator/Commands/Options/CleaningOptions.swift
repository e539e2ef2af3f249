internal import ArgumentParser
internal import Coordinator
internal import Imaging
internal import Jobs

/// What is done with what the forest says, before it is written.
struct CleaningOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Smooth the probabilities by a Gaussian of this width before the labels are chosen.", valueName: "sigma"))
    var smooth: Double?

    @Option(
        help: ArgumentHelp(
            "Give regions of fewer pixels to the class that they share most of their border with.", valueName: "pixels"))
    var minRegion: Int = 0

    @Option(help: ArgumentHelp("Fill holes of fewer pixels that lie in one class.", valueName: "pixels"))
    var fillHoles: Int = 0

    @Option(
        help: ArgumentHelp(
            "Compute only where this label image or file of annotations labels; the rest is label 0. The name may hold {name}, as outputs.",
            valueName: "labels|template"))
    var within: String?

    mutating func validate() throws {
        if let smooth, !(smooth > 0 && smooth <= VoteSmoothing.sigmaMax) {
            throw ValidationError("--smooth: expected a width above 0 up to \(VoteSmoothing.sigmaMax) pixels, found \(smooth)")
        }
        for (option, pixels) in [("min-region", minRegion), ("fill-holes", fillHoles)] {
            guard RegionCleanup.pixelsRange.contains(pixels) else {
                throw ValidationError(
                    "--\(option): expected 0 to \(RegionCleanup.pixelsRange.upperBound) pixels, found \(pixels)")
            }
        }
    }

    var cleaning: ResultCleaning {
        ResultCleaning(
            sigma: smooth, regions: RegionCleanup(regionPixels: minRegion, holePixels: fillHoles), within: within)
    }

    /// The label images that say where images are segmented, each once.
    func regions(of works: [ImageSegmentation.Work]) -> [String] {
        Set(works.compactMap { cleaning.regionPath(of: $0.image) }).sorted()
    }
}
