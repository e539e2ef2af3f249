/// Why a list of bin edges is refused. `description` is one line for the user.
package enum BinEdgesError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooMany(feature: Int, found: Int)
    case notFinite(feature: Int, index: Int)
    case notAscending(feature: Int, index: Int)

    package var description: String {
        switch self {
        case .tooMany(let feature, let found): "bin edges of feature \(feature): expected at most 255, found \(found)"
        case .notFinite(let feature, let index):
            "bin edges of feature \(feature): expected finite numbers, found another at position \(index)"
        case .notAscending(let feature, let index):
            "bin edges of feature \(feature): expected ascending numbers, found position \(index) not above the one before"
        }
    }
}
