internal import AnnotationFormats
package import Coordinator
internal import Features
package import Forest
internal import Imaging

/// How a project's model is trained.
package struct ProjectSettings: Hashable, Sendable {
    package var features: FeatureRequest
    package var forest: ForestParameters

    package init(features: FeatureRequest = FeatureRequest(), forest: ForestParameters) {
        (self.features, self.forest) = (features, forest)
    }

    /// What holds until somebody changes it: what the commands take.
    package static let usual: ProjectSettings = {
        guard let forest = try? ForestParameters() else { preconditionFailure("the usual forest is refused") }
        return ProjectSettings(forest: forest)
    }()

    /// The settings with a change.
    ///
    /// - Throws: bad operation, if what comes of it cannot be trained with.
    func changed(by change: SettingsChange) throws(ProjectError) -> ProjectSettings {
        var changed = self
        if let preset = change.preset { changed.features.choice = .preset(preset) }
        if let families = change.families { changed.features.choice = .families(families) }
        if let sigma = change.sigmaMin { changed.features.sigmaMin = sigma }
        if let sigma = change.sigmaMax { changed.features.sigmaMax = sigma }
        if let count = change.sigmaCount { changed.features.sigmaCount = count }
        do {
            try changed.features.check()
        } catch {
            throw ProjectError(.badOperation, "settings.features: \(error)")
        }
        do {
            changed.forest = try ForestParameters(
                trees: change.trees ?? forest.trees, maxDepth: change.maxDepth ?? forest.maxDepth,
                minSamplesLeaf: change.minSamplesLeaf ?? forest.minSamplesLeaf,
                maxFeatures: change.maxFeatures ?? forest.maxFeatures, maxSamples: change.maxSamples ?? forest.maxSamples,
                classWeight: change.classWeight ?? forest.classWeight, seed: change.seed ?? forest.seed)
        } catch {
            throw ProjectError(.badOperation, "settings.forest: \(error.description)")
        }
        return changed
    }

    /// The settings as the options of `coppice train`.
    package var arguments: [String] {
        var arguments = ["--features", features.choice.description]
        arguments += ["--sigma-min", "\(features.sigmaMin)", "--sigma-max", "\(features.sigmaMax)"]
        if let count = features.sigmaCount { arguments += ["--sigma-count", "\(count)"] }
        arguments += ["--trees", "\(forest.trees)"]
        if let depth = forest.maxDepth { arguments += ["--max-depth", "\(depth)"] }
        if forest.maxSamples != .all { arguments += ["--max-samples", forest.maxSamples.description] }
        arguments += ["--max-features", forest.maxFeatures.description, "--min-samples-leaf", "\(forest.minSamplesLeaf)"]
        arguments += ["--class-weight", forest.classWeight.rawValue, "--seed", "\(forest.seed)"]
        return arguments
    }

    /// The settings as operations have them, with every member.
    package var change: SettingsChange {
        var change = SettingsChange()
        switch features.choice {
        case .preset(let preset): change.preset = preset
        case .families(let families): change.families = families
        }
        (change.sigmaMin, change.sigmaMax) = (features.sigmaMin, features.sigmaMax)
        change.sigmaCount = .some(features.sigmaCount)
        (change.trees, change.maxDepth, change.minSamplesLeaf) = (forest.trees, .some(forest.maxDepth), forest.minSamplesLeaf)
        (change.maxFeatures, change.maxSamples) = (forest.maxFeatures, forest.maxSamples)
        (change.classWeight, change.seed) = (forest.classWeight, forest.seed)
        return change
    }
}
