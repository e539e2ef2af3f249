package import Annotations
internal import Foundation
internal import Imaging

/// Annotations from elsewhere as operations, which are not sent yet.
package struct ProjectImport: Sendable {
    /// New classes, then the shapes: an operation for each plane, so that one undo takes back all of one.
    package var operations: [NewOperation] = []
    /// Shapes that are added.
    package var shapeCount = 0
    /// The numbers of their classes in the project, ascending.
    package var classes: [Int] = []
    /// What is to be said, a sentence each.
    package var notes: [String] = []
}

extension ProjectState {
    /// The operations that put a document on an image. Classes are matched as those of several files are (`ClassTable`); others are new.
    ///
    /// - Parameter plane: where shapes lie that name no plane.
    /// - Throws: not found for an unknown image; bad operation for annotations of other images, for more than 255 classes, and for shapes
    ///   that cannot be drawn.
    package func importing(
        _ document: AnnotationDocument, into image: String, on plane: ShapePlane = ShapePlane()
    ) throws(ProjectError) -> ProjectImport {
        guard let own = self.image(image) else {
            throw ProjectError(.notFound, "expected an image of the project, found \(image)")
        }
        var result = ProjectImport()
        let chosen = try annotations(of: own, in: document, &result)
        let numbers = try classes(of: AnnotationDocument(classes: document.classes, annotations: chosen), &result)
        var shapes: [(plane: ShapePlane, shape: NewShape)] = []
        var (unclassifiedCount, outsideCount) = (0, 0)
        for (place, annotation) in chosen.enumerated() {
            do throws(AnnotationRasterError) {
                try annotation.check(at: place)
            } catch {
                throw ProjectError(.badOperation, error.description)
            }
            guard let number = annotation.isEraser ? 0 : annotation.classNumber.flatMap({ numbers[$0] }) else {
                unclassifiedCount += 1
                continue
            }
            let target = ShapePlane(z: annotation.plane?.z ?? plane.z, time: annotation.plane?.time ?? plane.time)
            guard target.z < own.depth, target.time < own.times else {
                outsideCount += 1
                continue
            }
            shapes.append((target, NewShape(id: UUID().uuidString.lowercased(), classNumber: number, annotation.shape)))
        }
        for target in Set(shapes.map(\.plane)).sorted(by: { ($0.time, $0.z) < ($1.time, $1.z) }) {
            let added = shapes.filter { $0.plane == target }.map(\.shape)
            result.operations.append(NewOperation(.replaceShapes(image: image, plane: target, remove: [], add: added)))
        }
        result.shapeCount = shapes.count
        result.classes = Set(shapes.map(\.shape.classNumber)).subtracting([0]).sorted()
        if unclassifiedCount > 0 { result.notes.append("shapes without a class are left out: \(unclassifiedCount)") }
        if outsideCount > 0 { result.notes.append("shapes on planes that the image does not have are left out: \(outsideCount)") }
        return result
    }

    /// The annotations that are of an image. A file whose annotations all name one other image is taken for ours, and it is said.
    private func annotations(
        of image: ProjectImage, in document: AnnotationDocument, _ result: inout ProjectImport
    ) throws(ProjectError) -> [Annotation] {
        if let own = document.annotations(ofImage: image.name) ?? document.annotations(ofImage: image.path) { return own }
        let names = document.imageNames
        guard names.count == 1 else {
            let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
            throw ProjectError(.badOperation, "expected annotations of \(image.name), found those of \(shown)")
        }
        result.notes.append("the annotations are of \(names[0]), and are used for \(image.name)")
        return document.annotations
    }

    /// The project's number of each class of a document, and operations for those that are new.
    private func classes(
        of document: AnnotationDocument, _ result: inout ProjectImport
    ) throws(ProjectError) -> [Int: Int] {
        // The project's classes come first, as if each had a shape.
        let own = annotationClasses
        var table = ClassTable()
        let marks = own.map { Annotation(.points([]), classNumber: $0.number) }
        _ = table.add(AnnotationDocument(classes: own, annotations: marks))
        let matched = table.add(document)
        let known = Set(own.map(\.number))
        var (used, names) = (Set(usedClassNumbers), Set(own.compactMap(\.name)))
        var numbers: [Int: Int] = [:]
        for one in table.classes where matched.values.contains(one.number) {
            guard !known.contains(one.number) else {
                numbers[one.number] = one.number
                continue
            }
            // Numbers of deleted classes are not given again.
            let isFree = one.number <= 255 && !used.contains(one.number)
            guard let number = isFree ? one.number : (1...255).first(where: { !used.contains($0) }) else {
                throw ProjectError(.badOperation, "expected at most 255 classes in the project, found more")
            }
            used.insert(number)
            var name = String((one.name ?? "class \(number)").filter { !$0.isNewline }.prefix(150))
            if name.isEmpty { name = "class \(number)" }
            while !names.insert(name).inserted { name += " (\(number))" }
            numbers[one.number] = number
            result.operations.append(
                NewOperation(.addClass(number: number, name: name, colour: one.colour ?? .classColour(number - 1))))
        }
        return matched.compactMapValues { numbers[$0] }
    }
}
