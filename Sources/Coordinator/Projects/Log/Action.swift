package import Annotations
package import Imaging

/// What an operation does. Every edit of a project is one of these.
package enum Action: Hashable, Sendable {
    /// An image is in the project, by reference.
    case addImage(ProjectImage)
    /// The image and its shapes are out of the project.
    case removeImage(String)
    /// The image lies elsewhere now.
    case relinkImage(String, ImageLink)
    case addClass(number: Int, name: String, colour: RGBColour)
    /// What is given of a class is changed.
    case changeClass(number: Int, name: String?, colour: RGBColour?, isHidden: Bool?)
    /// The order in which classes are shown.
    case orderClasses([Int])
    /// The shapes of the class label nothing any more.
    case deleteClass(Int)
    /// A shape lies on top of all others; its id is that of the operation.
    case addShape(image: String, plane: ShapePlane, NewShape)
    /// Whole shapes go.
    case eraseShape([String])
    /// Shapes go, and others come on top, with ids of their own.
    case replaceShapes(image: String, plane: ShapePlane, remove: [String], add: [NewShape])
    case setSettings(SettingsChange)
    /// Shapes, or all of an image, are for validation and never trained on; or again not.
    case setAside(shapes: [String], image: String?, isSetAside: Bool)
    /// The name of who sends it.
    case renamePerson(String)
    /// An operation of one's own does not hold any more.
    case undo(String)
    /// It holds again.
    case redo(String)
}

/// A shape, as it is added.
package struct NewShape: Hashable, Sendable {
    /// A UUID in lower case; nil for that of the operation.
    package var id: String?
    /// 1…255; 0 for an eraser, whose pixels become unlabelled again.
    package var classNumber: Int
    package var shape: AnnotationShape

    package init(id: String? = nil, classNumber: Int, _ shape: AnnotationShape) {
        (self.id, self.classNumber, self.shape) = (id, classNumber, shape)
    }
}

/// The plane of an image that a shape lies on; both 0 in images of one plane.
package struct ShapePlane: Hashable, Sendable {
    package var z: Int
    package var time: Int

    package init(z: Int = 0, time: Int = 0) { (self.z, self.time) = (z, time) }
}

/// An image of a project, as it was added.
package struct ProjectImage: Hashable, Sendable {
    /// A UUID in lower case.
    package let id: String
    /// A file, a folder or a URL; a relative path lies in the project's folder.
    package var path: String
    package var name: String
    package var identity: ImageIdentity?
    /// Columns of the full resolution; 0 as long as it is not known.
    package var width = 0
    /// Rows.
    package var height = 0
    package var channels = 0
    package var sampleType: SampleType?
    /// Planes in depth, and time points.
    package var depth = 1
    package var times = 1

    package init(id: String, path: String, name: String, identity: ImageIdentity? = nil) {
        (self.id, self.path, self.name, self.identity) = (id, path, name, identity)
    }
}

/// Where an image lies.
package struct ImageLink: Hashable, Sendable {
    package var path: String
    package var identity: ImageIdentity?

    package init(path: String, identity: ImageIdentity? = nil) { (self.path, self.identity) = (path, identity) }
}
