package import Annotations
internal import HashTreeCollections
package import Imaging

/// What a project is now: the fold of its operations.
///
/// 1. An operation is void if the last undo or redo that names it is an undo. The state is what all others make of the empty project, in the
///    order of their sequence.
/// 2. Whether an image, a class or a shape is there depends on counts alone: was it added, and how many operations remove it? Everything
///    else is a `Register`. Both can be taken back for one operation without looking at others, so an undo costs what the operation costs,
///    however long the log is, and the state is the same by whatever way it came about.
/// 3. An operation on what is known but not there any more is in the log and has no effect: two people may erase the same stroke, and
///    strokes of a tab that was offline are kept for a class that was deleted meanwhile. What never was there is refused.
///
/// Copies share what they have in common: they cost nothing, and a change of one costs O(log n).
package struct ProjectState: Equatable, Sendable {
    /// Of the last operation; 0 without any.
    package internal(set) var sequence = 0
    /// Of the last operation that changes what a model is made of.
    package internal(set) var labelSequence = 0
    /// How a model is trained.
    package internal(set) var settings = ProjectSettings.usual

    /// By their sequence.
    var operations: TreeDictionary<Int, OperationRecord> = [:]
    /// The sequences of operations by their ids.
    var sequences: TreeDictionary<String, Int> = [:]
    var images: TreeDictionary<String, ImageRecord> = [:]
    /// In the order in which they were added.
    var imageIDs: [String] = []
    var classes: [Int: ClassRecord] = [:]
    var classOrder = Register<[Int]>()
    /// By their place in the drawing order.
    var shapes: TreeDictionary<Int, ShapeRecord> = [:]
    /// The places of shapes by their ids.
    var shapePlaces: TreeDictionary<String, Int> = [:]
    var settingsChanges = Register<SettingsChange>()
    var persons: TreeDictionary<String, PersonRecord> = [:]

    package init() {}

    /// An operation, and whether it is void.
    struct OperationRecord: Hashable, Sendable {
        let operation: ProjectOperation
        var isVoid = false
    }

    struct ImageRecord: Hashable, Sendable {
        let image: ProjectImage
        /// Of the operation that added it.
        let sequence: Int
        var isAdded = true
        var removalCount = 0
        var links = Register<ImageLink>()
        var aside = Register<Bool>()
        /// The places of all its shapes, ascending, also of those that are not there any more.
        var shapes: [Int] = []

        var isThere: Bool { isAdded && removalCount == 0 }
    }

    struct ClassRecord: Hashable, Sendable {
        let name: String
        let colour: RGBColour
        var isAdded = true
        var deletionCount = 0
        var names = Register<String>()
        var colours = Register<RGBColour>()
        var hiding = Register<Bool>()

        var isThere: Bool { isAdded && deletionCount == 0 }
    }

    struct ShapeRecord: Hashable, Sendable {
        let id: String
        let image: String
        let plane: ShapePlane
        /// 0 of an eraser.
        let classNumber: Int
        let shape: AnnotationShape
        /// Of the operation that added it.
        let sequence: Int
        var isAdded = true
        var erasureCount = 0
        var aside = Register<Bool>()
    }

    struct PersonRecord: Hashable, Sendable {
        /// The name until there is another one.
        let name: String
        /// The persons are counted 1, 2, ….
        let number: Int
        var names = Register<String>()
        /// The sequences of what can be undone, the next one last.
        var undoable: [Int] = []
        /// The same of what can be redone.
        var redoable: [Int] = []
    }
}

/// Somebody who edits a project: a name and an id, no account.
package struct Person: Hashable, Sendable {
    /// A UUID in lower case.
    package let id: String
    package let name: String
}

/// A class as it is now.
package struct ProjectClass: Hashable, Sendable {
    /// 1…255; never given to another class.
    package let number: Int
    package let name: String
    package let colour: RGBColour
    package let isHidden: Bool
}

/// A shape as it is now.
package struct ProjectShape: Hashable, Sendable {
    package let id: String
    /// 0 of an eraser.
    package let classNumber: Int
    package let shape: AnnotationShape
    package let plane: ShapePlane
    /// The id of who added it, and when that was.
    package let person: String
    package let time: String
    /// Of the operation that added it.
    package let sequence: Int
    /// Whether it is for validation alone, itself or with its image.
    package let isSetAside: Bool
}
