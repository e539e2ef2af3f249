/// How much a sample of each class weighs while trees are grown and leaves are filled. The raw values are the text form.
package enum ClassWeight: String, Codable, Hashable, Sendable, CaseIterable {
    /// Every sample weighs the same.
    case none
    /// n / (k · n_c) for a class that n_c of the table's n samples belong to, where k classes occur: every class weighs the same.
    case balanced

    /// - Throws: `ForestError` if `text` is neither `none` nor `balanced`.
    package init(parsing text: String) throws(ForestError) {
        guard let parsed = ClassWeight(rawValue: text) else {
            throw ForestError("class-weight: expected none or balanced, found \(text)")
        }
        self = parsed
    }

    /// The weight of one sample per class, scaled so that the largest is 1; classes that do not occur weigh 1.
    ///
    /// - Parameter samplesOfClass: the number of samples per class over the whole table, at least one of them positive.
    func weights(samplesOfClass: [Int]) -> [Float] {
        switch self {
        case .none: return Array(repeating: 1, count: samplesOfClass.count)
        case .balanced:
            let rarest = samplesOfClass.lazy.filter { $0 > 0 }.min() ?? 1
            return samplesOfClass.map { $0 > 0 ? Float(Double(rarest) / Double($0)) : 1 }
        }
    }
}
