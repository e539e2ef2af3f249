/// An image and the labels that go with it: a label map of the same size, or annotations.
package struct TrainingPair: Codable, Hashable, Sendable {
    package var image: ImageInput
    package let labels: ImageInput
    /// Labels of the same image that lie on top, the uppermost last.
    package var furtherLabels: [ImageInput] = []

    package init(image: ImageInput, labels: ImageInput) {
        self.image = image
        self.labels = labels
    }

    /// All labels, the uppermost last.
    var allLabels: [ImageInput] { [labels] + furtherLabels }
}
