/// A family of local features: what it is called, what it reads, and the kernel that computes it.
///
/// A family is one file in `Operators`, an extension with a static member, and one line of `allCases`. All else follows from the list:
/// the order of the features, their names, the halo, the planes that are blurred, the commands' help. Tests hold the documents that
/// repeat it (the model's schema, the workers' OpenAPI document, Docs/Training.md) to the list.
package struct FeatureFamily: RawRepresentable, Sendable {
    /// Every family. The order is that of the features.
    package static let allCases: [FeatureFamily] = [
        .intensity,
        .edges,
        .texture,
        .laplacian,
        .differenceOfGaussians,
        .ring,
        .line,
        .colour,
        .structureTensor,
    ]

    /// The features of scikit-image's `multiscale_basic_features`.
    package static let basic: [FeatureFamily] = [.intensity, .edges, .texture]

    /// What the family is computed from.
    package enum Input: Hashable, Sendable {
        /// Each channel, blurred at each sigma of the spec. The family has its planes once for each of these pairs, and its kernel
        /// gets one blurred plane at a time.
        case everyScale
        /// These planes, whatever the spec's sigmas. The family has its planes once, and its kernel gets all of these at a time.
        case planes([FeatureInput])
    }

    /// The name on the command line and in the model file: lower case, words joined by hyphens.
    package let rawValue: String
    /// One line for the user.
    package let summary: String
    package let input: Input
    /// One name per plane: the end of a name where the input is `everyScale`, otherwise a whole one.
    package let planeNames: [String]
    /// Pixels around a pixel that the kernel reads of its input.
    package let reachPixels: Int
    /// Channels of the only images that have it; nil for all images.
    package let channelCount: Int?
    /// Positions of the named planes, among the family's, that each of its planes is made of; nil where each is made of all.
    private let planeInputs: [[Int]]?
    /// Makes the values. Neighbours in the list that have the same kernel are made by one, together.
    let kernel: any FeatureKernel.Type

    init(
        _ name: String, summary: String, input: Input, planeNames: [String], reachPixels: Int, channelCount: Int? = nil,
        planeInputs: [[Int]]? = nil, kernel: any FeatureKernel.Type
    ) {
        precondition(planeInputs.map { $0.count == planeNames.count } ?? true, "\(name): inputs of \(planeNames.count) planes")
        (rawValue, self.summary, self.input) = (name, summary, input)
        (self.planeNames, self.reachPixels, self.kernel) = (planeNames, reachPixels, kernel)
        (self.channelCount, self.planeInputs) = (channelCount, planeInputs)
    }

    /// Positions among the family's named planes that a plane of it is made of; none of a family of every scale.
    func inputs(ofPlane plane: Int) -> [Int] {
        guard case .planes(let inputs) = input else { return [] }
        return planeInputs?[plane] ?? Array(inputs.indices)
    }

    /// The families that images with so many channels have.
    package static func allCases(channels: Int) -> [FeatureFamily] {
        allCases.filter { $0.channelCount.map { $0 == channels } ?? true }
    }

    /// The family of this name; nil if the list has none.
    package init?(rawValue: String) {
        guard let family = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = family
    }

    /// The names of all families, for messages.
    package static var known: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// Puts families in the order of the list, each once. Families that are not in the list come last.
    static func inOrder(_ families: [FeatureFamily]) -> [FeatureFamily] {
        allCases.filter(families.contains) + families.filter { !allCases.contains($0) }
    }
}

extension FeatureFamily: Hashable {
    package static func == (left: FeatureFamily, right: FeatureFamily) -> Bool { left.rawValue == right.rawValue }

    package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension FeatureFamily: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let family = FeatureFamily(rawValue: name) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a family of \(Self.known), found \"\(name.prefix(80))\"")
        }
        self = family
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
