internal import AnnotationFormats
internal import Annotations
internal import HashTreeCollections

/// The log, operation by operation.
extension ProjectState {
    /// Shapes of one operation, at most: their places in the drawing order are the operation's sequence and these bits.
    private static let shapeBits = 22

    /// Adds a person who has not been here.
    mutating func add(person id: String, name: String, number: Int) {
        guard persons[id] == nil else { return }
        persons[id] = PersonRecord(name: name, number: number)
    }

    /// Takes the next operation.
    ///
    /// - Precondition: its sequence follows the last one. It was checked, now or when it came into the log.
    /// - Complexity: O(k log n) for what the operation names.
    mutating func apply(_ operation: ProjectOperation) {
        precondition(operation.sequence == sequence + 1, "operation \(operation.sequence) after \(sequence)")
        sequence = operation.sequence
        operations[sequence] = OperationRecord(operation: operation)
        sequences[operation.id] = sequence
        switch operation.action {
        case .undo(let id), .redo(let id):
            guard let place = sequences[id], let record = operations[place] else { return }
            let isVoid = if case .undo = operation.action { true } else { false }
            // The last one counts, and the first of two that say the same has done it.
            guard record.isVoid != isVoid else { return }
            operations[place]?.isVoid = isVoid
            set(record.operation, holds: !isVoid)
            move(place, toRedo: isVoid, of: record.operation.person)
        default:
            add(operation)
            set(operation, holds: true)
            persons[operation.person]?.undoable.append(sequence)
            // Who does something new cannot redo what was undone before.
            persons[operation.person]?.redoable = []
        }
    }

    private mutating func move(_ sequence: Int, toRedo isUndone: Bool, of person: String) {
        guard var record = persons[person] else { return }
        record.undoable.removeLast(of: sequence)
        record.redoable.removeLast(of: sequence)
        if isUndone { record.redoable.append(sequence) } else { record.undoable.append(sequence) }
        persons[person] = record
    }

    /// Makes the records of what an operation adds.
    private mutating func add(_ operation: ProjectOperation) {
        switch operation.action {
        case .addImage(let image):
            images[image.id] = ImageRecord(image: image, sequence: operation.sequence)
            imageIDs.append(image.id)
        case .addClass(let number, let name, let colour): classes[number] = ClassRecord(name: name, colour: colour)
        case .addShape(let image, let plane, let shape): add([shape], to: image, plane, operation)
        case .replaceShapes(let image, let plane, _, let shapes): add(shapes, to: image, plane, operation)
        default: break
        }
    }

    private mutating func add(_ added: [NewShape], to image: String, _ plane: ShapePlane, _ operation: ProjectOperation) {
        let first = operation.sequence << Self.shapeBits
        for (index, one) in added.enumerated() {
            let record = ShapeRecord(
                id: one.id ?? operation.id, image: image, plane: plane, classNumber: one.classNumber, shape: one.shape,
                sequence: operation.sequence)
            shapes[first + index] = record
            shapePlaces[record.id] = first + index
        }
        images[image]?.shapes.append(contentsOf: first..<first + added.count)
    }

    /// Makes an operation hold, or takes back what it did.
    private mutating func set(_ operation: ProjectOperation, holds: Bool) {
        let (place, step) = (operation.sequence, holds ? 1 : -1)
        if operation.action.changesTraining { labelSequence = sequence }
        switch operation.action {
        case .addImage(let image): images[image.id]?.isAdded = holds
        case .removeImage(let image): images[image]?.removalCount += step
        case .relinkImage(let image, let link): images[image]?.links.set(link, at: place, holds: holds)
        case .addClass(let number, _, _): classes[number]?.isAdded = holds
        case .changeClass(let number, let name, let colour, let isHidden):
            if let name { classes[number]?.names.set(name, at: place, holds: holds) }
            if let colour { classes[number]?.colours.set(colour, at: place, holds: holds) }
            if let isHidden { classes[number]?.hiding.set(isHidden, at: place, holds: holds) }
        case .orderClasses(let numbers): classOrder.set(numbers, at: place, holds: holds)
        case .deleteClass(let number): classes[number]?.deletionCount += step
        case .addShape: shapes[place << Self.shapeBits]?.isAdded = holds
        case .eraseShape(let ids): erase(ids, step)
        case .replaceShapes(_, _, let removed, let added):
            erase(removed, step)
            for index in added.indices { shapes[place << Self.shapeBits + index]?.isAdded = holds }
        case .setSettings(let change):
            settingsChanges.set(change, at: place, holds: holds)
            // A change that does not go with what is left of others is passed over.
            settings = settingsChanges.values.reduce(.usual) { settings, change in (try? settings.changed(by: change)) ?? settings
            }
        case .setAside(let ids, let image, let isSetAside):
            for id in ids {
                if let shape = shapePlaces[id] { shapes[shape]?.aside.set(isSetAside, at: place, holds: holds) }
            }
            if let image { images[image]?.aside.set(isSetAside, at: place, holds: holds) }
        case .renamePerson(let name): persons[operation.person]?.names.set(name, at: place, holds: holds)
        case .undo, .redo: break
        }
    }

    private mutating func erase(_ ids: [String], _ step: Int) {
        for id in ids {
            if let place = shapePlaces[id] { shapes[place]?.erasureCount += step }
        }
    }
}

extension Action {
    /// Whether another model may come of it: of other labels, of other pixels, grown in another way, or with other names and colours of
    /// classes, which are in its file.
    var changesTraining: Bool {
        switch self {
        case .addImage, .removeImage, .relinkImage, .addClass, .deleteClass, .addShape, .eraseShape, .replaceShapes, .setAside,
            .setSettings:
            true
        case .changeClass(_, let name, let colour, _): name != nil || colour != nil
        case .orderClasses, .renamePerson, .undo, .redo: false
        }
    }
}

extension [Int] {
    /// Removes the last element that is `value`, if there is one.
    fileprivate mutating func removeLast(of value: Int) {
        if let place = lastIndex(of: value) { remove(at: place) }
    }
}
