package import Annotations
internal import Imaging

/// What shapes are used for.
package enum ShapeUse: Sendable {
    /// Shapes that are not set aside.
    case training
    /// Those that are.
    case validation
}

/// A plane of an image that has shapes to learn from.
package struct LabelledPlane: Hashable, Sendable {
    package let image: ProjectImage
    package let plane: ShapePlane
    /// Its number in the image's file; nil for an image of one plane.
    package let page: Int?
}

/// Shapes as annotations.
extension ProjectState {
    /// The shapes of an image as a document: the lowest first, with erasers, and with the names and colours of classes.
    ///
    /// Shapes of the other use are erasers in it: a pixel belongs to the shape that lies on top there, and so to one use alone. What is set
    /// aside is never learned from, not even where something below it is.
    /// - Parameter plane: nil for all planes.
    package func document(of image: String, on plane: ShapePlane? = nil, for use: ShapeUse = .training) -> AnnotationDocument {
        let isStack = self.image(image)?.isStack ?? false
        let annotations = shapes(of: image, on: plane).map { $0.annotation(for: use, ofStack: isStack) }
        return AnnotationDocument(classes: annotationClasses, annotations: annotations)
    }

    /// The classes by their numbers. No two have the same name: an undo may have brought back a name that another class has got meanwhile.
    package var annotationClasses: [AnnotationClass] {
        var names: Set<String> = []
        return allClasses.sorted { $0.number < $1.number }.map { one in
            var name = one.name
            while !names.insert(name).inserted { name += " (\(one.number))" }
            return AnnotationClass(number: one.number, name: name, colour: one.colour)
        }
    }

    /// The planes that have shapes of a use, erasers aside: images in their order, planes as in their files. A model is trained on them in
    /// this order.
    package func labelledPlanes(for use: ShapeUse = .training) -> [LabelledPlane] {
        allImages.flatMap { image in
            let used = shapes(of: image.id).filter { $0.isUsed(for: use) }
            return Set(used.map(\.plane)).map { LabelledPlane($0, of: image) }.sorted { ($0.page ?? 0) < ($1.page ?? 0) }
        }
    }
}

extension LabelledPlane {
    init(_ plane: ShapePlane, of image: ProjectImage) {
        self.init(image: image, plane: plane, page: image.isStack ? plane.z + plane.time * image.depth : nil)
    }
}

extension ProjectImage {
    /// Whether it has more than one plane.
    var isStack: Bool { depth > 1 || times > 1 }
}

extension ProjectShape {
    /// Whether its pixels have its class where it lies on top.
    func isUsed(for use: ShapeUse) -> Bool { classNumber > 0 && isSetAside == (use == .validation) }

    /// The shape in a document of a use: an eraser, if it is of the other one.
    func annotation(for use: ShapeUse, ofStack isStack: Bool) -> Annotation {
        var annotation = isUsed(for: use) ? Annotation(shape, classNumber: classNumber) : Annotation(eraser: shape)
        annotation.id = id
        if isStack { annotation.plane = AnnotationPlane(z: plane.z, time: plane.time) }
        return annotation
    }
}
