package import Imaging

/// The classes of several documents and label images of one command, put together: one number for each class in all of them.
///
/// Of a class that comes in, the first of these that holds is the class:
///
/// 1. one of the same name;
/// 2. one of the same colour, if one of the two has no name;
/// 3. one of the same number, if names and colours do not speak against it.
///
/// Otherwise it is a new one: with its own number if that is free, else with the lowest one that is.
package struct ClassTable: Sendable {
    /// In the order in which they appeared.
    package private(set) var classes: [AnnotationClass] = []

    package init() {}

    /// Adds the labels of a label image, which keep their numbers.
    ///
    /// - Parameter colours: by label; nil where a label has none.
    package mutating func add(labels: [Int: RGBColour?]) {
        for (label, colour) in labels.sorted(by: { $0.key < $1.key }) where label > 0 {
            if let place = classes.firstIndex(where: { $0.number == label }) {
                classes[place].colour = classes[place].colour ?? colour
            } else {
                classes.append(AnnotationClass(number: label, colour: colour))
            }
        }
    }

    /// Adds the classes that the annotations of a document have.
    ///
    /// - Parameter listed: the numbers of colours that the user says; they are those of classes without a name.
    /// - Returns: by the number of a class in the document, its number here.
    package mutating func add(_ document: AnnotationDocument, listed: [RGBColour: Int] = [:]) -> [Int: Int] {
        let used = Set(document.annotations.compactMap(\.classNumber))
        let known = Dictionary(document.classes.map { ($0.number, $0) }) { first, _ in first }
        var numbers: [Int: Int] = [:]
        for number in used.sorted() {
            var one = known[number] ?? AnnotationClass(number: number)
            if one.name == nil, let colour = one.colour, let label = listed[colour] {
                numbers[number] = label
                one.number = label
                if label > 0 { _ = take(one, keepsNumber: true) }
            } else {
                numbers[number] = take(one, keepsNumber: false)
            }
        }
        return numbers
    }

    private mutating func take(_ one: AnnotationClass, keepsNumber: Bool) -> Int {
        if let place = place(of: one, keepsNumber: keepsNumber) {
            classes[place].name = classes[place].name ?? one.name
            classes[place].colour = classes[place].colour ?? one.colour
            return classes[place].number
        }
        var added = one
        let taken = Set(classes.map(\.number))
        if taken.contains(one.number) { added.number = (1...).first { !taken.contains($0) } ?? one.number }
        classes.append(added)
        return added.number
    }

    private func place(of one: AnnotationClass, keepsNumber: Bool) -> Int? {
        if keepsNumber { return classes.firstIndex { $0.number == one.number } }
        if let name = one.name, let place = classes.firstIndex(where: { $0.name == name }) { return place }
        if let colour = one.colour,
            let place = classes.firstIndex(where: { $0.colour == colour && ($0.name == nil || one.name == nil) })
        {
            return place
        }
        return classes.firstIndex { other in
            other.number == one.number && (other.name == nil || one.name == nil)
                && (other.colour == nil || one.colour == nil || other.colour == one.colour)
        }
    }
}

extension AnnotationDocument {
    /// The annotations that lie on an image: those that name it, and those that name none.
    ///
    /// A name is a path or a file name; it is the image's if the file names are the same, with or without what follows their last dot.
    /// - Returns: nil if all name other images.
    package func annotations(ofImage image: String) -> [Annotation]? {
        let (name, stem) = (Self.fileName(image), Self.stem(image))
        let found = annotations.filter { annotation in
            guard let other = annotation.image else { return true }
            return Self.fileName(other) == name || other == stem || Self.stem(other) == stem
        }
        return found.isEmpty && !annotations.isEmpty ? nil : found
    }

    /// The names of images that annotations have, each once, in their order.
    package var imageNames: [String] {
        var names: [String] = []
        var known: Set<String> = []
        for case let name? in annotations.map(\.image) where known.insert(name).inserted { names.append(name) }
        return names
    }

    private static func fileName(_ path: String) -> Substring {
        var path = path[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        return path.lastIndex { $0 == "/" || $0 == "\\" }.map { path[path.index(after: $0)...] } ?? path
    }

    private static func stem(_ path: String) -> Substring {
        let name = fileName(path)
        return name.lastIndex(of: ".").map { $0 == name.startIndex ? name : name[..<$0] } ?? name
    }
}
