/// Why a feature specification is refused. `description` is one line for the user.
package enum FeatureSpecError: Error, Equatable, Sendable, CustomStringConvertible {
    case noFamily
    case channels(Int)
    case sigmaCount(Int)
    case sigma(Double)
    case sigmaOrder(Double, Double)

    package var description: String {
        switch self {
        case .noFamily: "features: expected at least one family of \(FeatureFamily.known), found none"
        case .channels(let found): "features: expected 1 to 16 channels, found \(found)"
        case .sigmaCount(let found): "features: expected 1 to 64 sigmas, found \(found)"
        case .sigma(let found): "features: expected a sigma from 0.01 to 128 pixels, found \(found)"
        case .sigmaOrder(let lower, let upper):
            "features: expected ascending sigmas, found \(lower) before \(upper)"
        }
    }
}
