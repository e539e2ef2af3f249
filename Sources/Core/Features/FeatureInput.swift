/// A plane, or one plane a channel, that a family reads besides the spec's scales.
///
/// What else a family may read one day (a pixel's position, the probabilities of an earlier stage) is another case here, and a source of its
/// rows in `InputPlanes`.
package enum FeatureInput: Hashable, Sendable {
    /// The mean over the channels of the planes that are blurred at this sigma; 0: of the channels themselves.
    case mean(sigma: Double)
    /// Every channel, in order, blurred at this sigma; 0: the channels themselves.
    case channels(sigma: Double)

    /// The Gaussian that its planes are blurred by.
    var sigma: Double {
        switch self {
        case .mean(let sigma), .channels(let sigma): sigma
        }
    }

    /// The planes of it that a kernel gets: of a channel, or nil for the mean.
    ///
    /// - Parameter count: channels of the image.
    func channels(of count: Int) -> [Int?] {
        switch self {
        case .mean: [nil]
        case .channels: (0..<count).map { $0 }
        }
    }
}
