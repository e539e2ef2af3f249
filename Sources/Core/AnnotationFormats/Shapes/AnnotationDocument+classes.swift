package import Annotations
package import Imaging

extension AnnotationDocument {
    /// The document with its classes numbered by their colours: the one of `colours[0]` is class 1, and so on; the others follow in their order.
    ///
    /// - Complexity: O(annotations + classes × colours).
    package func numbered(by colours: [RGBColour]) -> AnnotationDocument {
        var numbers: [Int: Int] = [:]
        for (index, colour) in colours.enumerated() {
            // Of several classes of one colour the first has the number.
            if let item = classes.first(where: { $0.colour == colour && numbers[$0.number] == nil }) {
                numbers[item.number] = index + 1
            }
        }
        var next = colours.count
        for item in classes where numbers[item.number] == nil {
            next += 1
            numbers[item.number] = next
        }
        var result = self
        result.classes = classes.map { item in
            AnnotationClass(number: numbers[item.number] ?? item.number, name: item.name, colour: item.colour)
        }
        result.classes.sort { $0.number < $1.number }
        for index in annotations.indices {
            result.annotations[index].classNumber = annotations[index].classNumber.map { numbers[$0] ?? $0 }
        }
        return result
    }

    /// A box of whole pixels around all that shapes label right of and below the image's corner; empty without any.
    package var box: PixelRect {
        let boxes = annotations.map(\.shape.box).filter { $0.width > 0 && $0.height > 0 }
        guard let left = boxes.map(\.x).min(), let top = boxes.map(\.y).min(), let right = boxes.map(\.endX).max(),
            let bottom = boxes.map(\.endY).max()
        else { return PixelRect(x: 0, y: 0, width: 0, height: 0) }
        return PixelRect(x: left, y: top, width: right - left, height: bottom - top)
    }
}
