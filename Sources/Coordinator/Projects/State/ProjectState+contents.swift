internal import AnnotationFormats
internal import Annotations
internal import HashTreeCollections
internal import Imaging

/// What is in a project now.
extension ProjectState {
    // MARK: Persons

    /// In the order in which they came.
    package var allPersons: [Person] {
        persons.sorted { $0.value.number < $1.value.number }.map {
            Person(id: $0.key, name: $0.value.names.value ?? $0.value.name)
        }
    }

    /// Nil for nobody of the project.
    package func person(_ id: String) -> Person? {
        persons[id].map { Person(id: id, name: $0.names.value ?? $0.name) }
    }

    /// The operation that a person's next undo names; nil if there is none.
    package func nextUndo(of person: String) -> String? {
        persons[person]?.undoable.last.flatMap { operations[$0]?.operation.id }
    }

    /// The operation that a person's next redo names; nil if there is none.
    package func nextRedo(of person: String) -> String? {
        persons[person]?.redoable.last.flatMap { operations[$0]?.operation.id }
    }

    /// An operation of the log; nil if there is none of this id.
    package func operation(_ id: String) -> ProjectOperation? { sequences[id].flatMap { operations[$0]?.operation } }

    /// What the project was after an operation.
    ///
    /// - Complexity: O(n log n) in the operations until then.
    package func state(at sequence: Int) -> ProjectState {
        var former = ProjectState()
        for (id, person) in persons { former.add(person: id, name: person.name, number: person.number) }
        for operation in operations(after: 0, limit: sequence) { former.apply(operation) }
        return former
    }

    // MARK: Classes

    /// In the order in which they are shown; those that the order does not name come last, by their numbers.
    package var allClasses: [ProjectClass] {
        var places: [Int: Int] = [:]
        for (place, number) in (classOrder.value ?? []).enumerated() { places[number] = place }
        let numbers = classes.filter(\.value.isThere).keys.sorted { one, other in
            (places[one] ?? .max, one) < (places[other] ?? .max, other)
        }
        return numbers.compactMap { number in
            classes[number].map {
                ProjectClass(
                    number: number, name: $0.names.value ?? $0.name, colour: $0.colours.value ?? $0.colour,
                    isHidden: $0.hiding.value ?? false)
            }
        }
    }

    /// The lowest number that no class has had; nil if there is none.
    package var nextClassNumber: Int? { (1...255).first { classes[$0] == nil } }

    /// The numbers that classes have had, also deleted ones.
    package var usedClassNumbers: [Int] { classes.keys.sorted() }

    // MARK: Images

    /// In the order in which they were added, where they lie now.
    package var allImages: [ProjectImage] { imageIDs.compactMap { image($0) } }

    /// Nil for an image that is not in the project.
    package func image(_ id: String) -> ProjectImage? {
        guard let record = images[id], record.isThere else { return nil }
        var image = record.image
        if let link = record.links.value { (image.path, image.identity) = (link.path, link.identity) }
        return image
    }

    /// Whether all of an image is for validation.
    package func isSetAside(image id: String) -> Bool { images[id]?.aside.value ?? false }

    // MARK: Shapes

    /// The shapes of an image, erasers among them, the lowest first; none of an image that is not there.
    ///
    /// - Parameter plane: nil for all planes.
    /// - Complexity: O(n) in the shapes that the image ever had.
    package func shapes(of image: String, on plane: ShapePlane? = nil) -> [ProjectShape] {
        guard let record = images[image], record.isThere else { return [] }
        return record.shapes.compactMap { place in
            guard let shape = shapes[place], isThere(shape), plane == nil || plane == shape.plane else { return nil }
            return projectShape(shape, of: record)
        }
    }

    /// A shape; nil for one that is not there.
    ///
    /// - Complexity: O(log n).
    func shape(_ id: String) -> ProjectShape? {
        guard let shape = shapePlaces[id].flatMap({ shapes[$0] }), isThere(shape), let image = images[shape.image], image.isThere
        else { return nil }
        return projectShape(shape, of: image)
    }

    /// Where a shape was added: image, plane and place in the drawing order. Also of one that is not there any more.
    func home(ofShape id: String) -> (image: String, plane: ShapePlane, place: Int)? {
        guard let place = shapePlaces[id], let shape = shapes[place] else { return nil }
        return (shape.image, shape.plane, place)
    }

    private func projectShape(_ shape: ShapeRecord, of image: ImageRecord) -> ProjectShape? {
        guard let added = operations[shape.sequence]?.operation else { return nil }
        let isAside = (image.aside.value ?? false) || (shape.aside.value ?? false)
        return ProjectShape(
            id: shape.id, classNumber: shape.classNumber, shape: shape.shape, plane: shape.plane, person: added.person,
            time: added.time, sequence: shape.sequence, isSetAside: isAside)
    }

    /// How many shapes an image has, without erasers.
    package func shapeCount(of image: String) -> Int {
        guard let record = images[image], record.isThere else { return 0 }
        return record.shapes.count { place in shapes[place].map { $0.classNumber > 0 && isThere($0) } ?? false }
    }

    /// Whether a shape is there, given that its image is.
    private func isThere(_ shape: ShapeRecord) -> Bool {
        shape.isAdded && shape.erasureCount == 0 && (shape.classNumber == 0 || classes[shape.classNumber]?.isThere ?? false)
    }

    /// `{"sequence": …, "shapes": […]}`: the shapes of a plane as JSON, the lowest first.
    package func shapesDocument(of image: String, on plane: ShapePlane) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("sequence", sequence)
            json.name("shapes")
            json.list { json in
                for shape in shapes(of: image, on: plane) {
                    json.object { json in
                        json.member("id", shape.id)
                        json.member("class", shape.classNumber)
                        json.name("shape")
                        json.object { json in CoppiceAnnotations.write(shape.shape, &json) }
                        json.member("person", shape.person)
                        json.member("time", shape.time)
                        json.member("isSetAside", shape.isSetAside)
                    }
                }
            }
        }
        return json.bytes
    }
}
