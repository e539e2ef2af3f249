/// How a predicted label map agrees with the truth, pixel by pixel; pixels whose truth is 0 (unlabelled) do not count.
public struct LabelComparison: Codable, Hashable, Sendable {
    /// Label values that occur in the truth or, where the truth is labelled, in the prediction; ascending.
    public private(set) var labels: [Int]
    /// Pixel counts `[truth][predicted]`, in the order of `labels`.
    public private(set) var confusion: [[Int]]

    public init() {
        labels = []
        confusion = []
    }

    /// Counts the pixels of two rows of equal length.
    public mutating func add(predicted: some Collection<UInt16>, truth: some Collection<UInt16>) {
        precondition(predicted.count == truth.count, "\(predicted.count) predicted, \(truth.count) true labels")
        var run = (predicted: UInt16(0), truth: UInt16(0), length: 0)
        for (predicted, truth) in zip(predicted, truth) where truth != 0 {
            if predicted == run.predicted && truth == run.truth {
                run.length += 1
            } else {
                add(run.length, predicted: Int(run.predicted), truth: Int(run.truth))
                run = (predicted, truth, 1)
            }
        }
        add(run.length, predicted: Int(run.predicted), truth: Int(run.truth))
    }

    private mutating func add(_ pixels: Int, predicted: Int, truth: Int) {
        guard pixels > 0 else { return }
        let row = index(of: truth)
        let column = index(of: predicted)
        // Looking up the second label may have moved the first one.
        confusion[labels[row] == truth ? row : index(of: truth)][column] += pixels
    }

    private mutating func index(of label: Int) -> Int {
        if let index = labels.firstIndex(of: label) { return index }
        let index = labels.firstIndex { $0 > label } ?? labels.count
        labels.insert(label, at: index)
        for row in confusion.indices { confusion[row].insert(0, at: index) }
        confusion.insert([Int](repeating: 0, count: labels.count), at: index)
        return index
    }

    /// Pixels compared.
    public var pixels: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Share of the pixels whose label is right, 0…1; nil when none was compared.
    public var accuracy: Double? {
        let pixels = pixels
        guard pixels > 0 else { return nil }
        return Double(labels.indices.reduce(0) { $0 + confusion[$1][$1] }) / Double(pixels)
    }

    /// Intersection over union of each label, in the order of `labels`; nil for a label that neither side holds.
    public var intersectionOverUnion: [Double?] {
        labels.indices.map { index in
            let both = confusion[index][index]
            let truth = confusion[index].reduce(0, +)
            let predicted = confusion.reduce(0) { $0 + $1[index] }
            let union = truth + predicted - both
            return union > 0 ? Double(both) / Double(union) : nil
        }
    }

    /// Mean of the intersection over union of the labels that occur in the truth; nil when the truth holds none.
    public var meanIntersectionOverUnion: Double? {
        let values = zip(labels.indices, intersectionOverUnion).compactMap { index, value in
            confusion[index].contains { $0 > 0 } ? value : nil
        }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
