/// An image and the label map of the same size that goes with it.
package struct TrainingPair: Codable, Hashable, Sendable {
    package var image: ImageInput
    package let labels: ImageInput

    package init(image: ImageInput, labels: ImageInput) {
        self.image = image
        self.labels = labels
    }
}
