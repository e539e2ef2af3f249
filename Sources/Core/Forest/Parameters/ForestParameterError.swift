/// Why parameters of a forest are refused. `description` is one line for the user.
package enum ForestParameterError: Error, Equatable, Sendable, CustomStringConvertible {
    case trees(Int)
    case maxDepth(Int)
    case minSamplesLeaf(Int)
    case maxFeatures(String)
    case maxSamples(String)
    case classWeight(String)

    package var description: String {
        switch self {
        case .trees(let found): "trees: expected 1 to 65536, found \(found)"
        case .maxDepth(let found): "max-depth: expected 1 or more, found \(found)"
        case .minSamplesLeaf(let found): "min-samples-leaf: expected 1 or more, found \(found)"
        case .maxFeatures(let found):
            "max-features: expected sqrt, log2, all, a count of 1 or more, or a fraction above 0.0 up to 1.0, found \(found)"
        case .maxSamples(let found):
            "max-samples: expected all, a count of 1 or more, or a fraction above 0.0 up to 1.0, found \(found)"
        case .classWeight(let found): "class-weight: expected none or balanced, found \(found)"
        }
    }
}
