/// The channels that a model was trained on, among those of its training images. A model knows them where the images name their channels,
/// or where some were chosen.
package struct ModelChannels: Codable, Hashable, Sendable {
    /// Positions in the first training image, in the order in which they are used.
    package let positions: [Int]
    /// Their names; nil where the images have none.
    package let names: [String]?

    /// - Precondition: as many names as positions.
    package init(positions: [Int], names: [String]?) {
        precondition(names.map { $0.count == positions.count } ?? true, "\(positions.count) channels, \(names?.count ?? 0) names")
        (self.positions, self.names) = (positions, names)
    }

    private enum CodingKeys: String, CodingKey { case positions, names }

    /// - Throws: `DecodingError` for positions below 0 or twice, and for another number of names.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        positions = try container.decode([Int].self, forKey: .positions)
        names = try container.decodeIfPresent([String].self, forKey: .names)
        guard positions.allSatisfy({ $0 >= 0 }), Set(positions).count == positions.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .positions, in: container, debugDescription: "expected different positions from 0 on, found others")
        }
        guard names.map({ $0.count == positions.count && Set($0).count == $0.count }) ?? true else {
            throw DecodingError.dataCorruptedError(
                forKey: .names, in: container,
                debugDescription: "expected \(positions.count) different names, found \(names?.count ?? 0)")
        }
    }
}
