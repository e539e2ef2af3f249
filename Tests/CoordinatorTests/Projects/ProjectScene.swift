@testable import Annotations
@testable import Coordinator
import Foundation
@testable import Imaging
@testable import Primitives
@testable import Projects

/// Ids that count, people, and random operations.
struct ProjectScene {
    private var generator: SplitMix64
    private var count = 0
    let people: [String]
    private(set) var images: [String] = []
    private(set) var shapes: [String] = []
    private(set) var classNumbers: [Int] = []
    /// What each person has sent, without undo and redo.
    private(set) var sent: [String: [String]] = [:]

    init(seed: UInt64, people: Int = 3) {
        generator = SplitMix64(seed: seed)
        self.people = (0..<people).map { Self.id(1_000_000 + $0) }
    }

    static func id(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    static let box = AnnotationShape.rectangle(x: 10, y: 10, width: 20, height: 20)

    static func box(_ x: Double, _ width: Double = 20) -> AnnotationShape { .rectangle(x: x, y: 10, width: width, height: 20) }

    /// An empty state that knows the people.
    var state: ProjectState {
        var state = ProjectState()
        for (index, person) in people.enumerated() { state.add(person: person, name: "Person \(index + 1)", number: index + 1) }
        return state
    }

    mutating func nextID() -> String {
        count += 1
        return Self.id(count)
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &generator) }

    /// An operation that is allowed, and who sends it.
    mutating func next() -> (person: String, operation: NewOperation) {
        let person = people.randomElement(using: &generator) ?? people[0]
        let id = nextID()
        let action = action(id, of: person)
        switch action {
        case .undo, .redo: break
        default: sent[person, default: []].append(id)
        }
        return (person, NewOperation(id: id, action))
    }

    private mutating func action(_ id: String, of person: String) -> Action {
        let flag = Bool.random(using: &generator)
        guard let image = pick(images), let number = pick(classNumbers) else {
            return images.isEmpty ? addImage() : addClass()
        }
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<2: return addImage()
        case 2..<5 where classNumbers.count < 200: return addClass()
        case 5..<6: return .removeImage(image)
        case 6..<9: return .relinkImage(image, ImageLink(path: "/moved/\(id)"))
        case 9..<14:
            return .changeClass(
                number: number, name: flag ? "name \(id)" : nil, colour: flag ? nil : .classColour(id.count), isHidden: flag)
        case 14..<16: return .orderClasses(classNumbers.shuffled(using: &generator))
        case 16..<17: return .deleteClass(number)
        case 17..<24: return .eraseShape([pick(shapes)].compactMap { $0 })
        case 24..<30:
            let added = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                NewShape(id: nextID(), classNumber: number, Self.box(Double(count)))
            }
            let removed = [pick(shapes), pick(shapes)].compactMap { $0 }
            shapes += added.compactMap(\.id)
            return .replaceShapes(image: image, plane: plane, remove: removed, add: added)
        case 30..<34:
            var change = SettingsChange()
            if flag { change.sigmaMin = [0.5, 1, 4][count % 3] } else { change.sigmaMax = [2, 8, 16][count % 3] }
            change.trees = count % 4 == 0 ? count : nil
            return .setSettings(change)
        case 34..<38:
            return .setAside(
                shapes: [pick(shapes)].compactMap { $0 }, image: flag ? image : nil, isSetAside: Bool.random(using: &generator))
        case 38..<40: return .renamePerson("name \(id)")
        case 40..<60:
            guard let own = pick(sent[person] ?? []) else { break }
            return flag ? .undo(own) : .redo(own)
        default: break
        }
        shapes.append(id)
        let classNumber = Int.random(in: 0..<6, using: &generator) == 0 ? 0 : number
        return .addShape(image: image, plane: plane, NewShape(classNumber: classNumber, Self.box(Double(count))))
    }

    private var plane: ShapePlane { ShapePlane(z: count % 2, time: 0) }

    private mutating func addImage() -> Action {
        let id = nextID()
        images.append(id)
        var image = ProjectImage(id: id, path: "/images/\(id).tif", name: "\(id).tif")
        image.depth = 2
        return .addImage(image)
    }

    private mutating func addClass() -> Action {
        let number = (classNumbers.max() ?? 0) + 1
        classNumbers.append(number)
        return .addClass(number: number, name: "class \(number)", colour: .classColour(number))
    }
}

/// What a log makes, as its definition says it: all operations that are not void, one after the other, onto plain lists.
struct ReferenceProject: Equatable {
    struct Shape: Equatable {
        var id: String
        var image: String
        var plane: ShapePlane
        var classNumber: Int
        var isSetAside = false
    }

    struct OneClass: Equatable {
        var name: String
        var colour: RGBColour
        var isHidden = false
    }

    var images: [String: String] = [:]
    var setAsideImages: Set<String> = []
    var classes: [Int: OneClass] = [:]
    var order: [Int] = []
    var shapes: [Shape] = []
    var settings = ProjectSettings.usual
    var names: [String: String] = [:]

    init(_ operations: [ProjectOperation]) {
        var isVoid: [String: Bool] = [:]
        for operation in operations {
            if case .undo(let id) = operation.action { isVoid[id] = true }
            if case .redo(let id) = operation.action { isVoid[id] = false }
        }
        for operation in operations where isVoid[operation.id] != true { take(operation) }
        shapes.removeAll { images[$0.image] == nil || $0.classNumber > 0 && classes[$0.classNumber] == nil }
        for index in shapes.indices where setAsideImages.contains(shapes[index].image) { shapes[index].isSetAside = true }
        setAsideImages.formIntersection(images.keys)
        let places = Dictionary(order.enumerated().map { ($1, $0) }) { one, _ in one }
        order = classes.keys.sorted { (places[$0] ?? .max, $0) < (places[$1] ?? .max, $1) }
    }

    private mutating func take(_ operation: ProjectOperation) {
        switch operation.action {
        case .addImage(let image): images[image.id] = image.path
        case .removeImage(let id): images[id] = nil
        case .relinkImage(let id, let link): if images[id] != nil { images[id] = link.path }
        case .addClass(let number, let name, let colour): classes[number] = OneClass(name: name, colour: colour)
        case .changeClass(let number, let name, let colour, let isHidden):
            guard var one = classes[number] else { return }
            (one.name, one.colour, one.isHidden) = (name ?? one.name, colour ?? one.colour, isHidden ?? one.isHidden)
            classes[number] = one
        case .orderClasses(let numbers): order = numbers
        case .deleteClass(let number): classes[number] = nil
        case .addShape(let image, let plane, let shape):
            shapes.append(Shape(id: operation.id, image: image, plane: plane, classNumber: shape.classNumber))
        case .eraseShape(let ids): shapes.removeAll { ids.contains($0.id) }
        case .replaceShapes(let image, let plane, let removed, let added):
            shapes.removeAll { removed.contains($0.id) }
            shapes += added.map { Shape(id: $0.id ?? "", image: image, plane: plane, classNumber: $0.classNumber) }
        case .setSettings(let change): settings = (try? settings.changed(by: change)) ?? settings
        case .setAside(let ids, let image, let isSetAside):
            for index in shapes.indices where ids.contains(shapes[index].id) { shapes[index].isSetAside = isSetAside }
            if let image { if isSetAside { setAsideImages.insert(image) } else { setAsideImages.remove(image) } }
        case .renamePerson(let name): names[operation.person] = name
        case .undo, .redo: break
        }
    }

    /// The same of a state.
    init(_ state: ProjectState) {
        for image in state.allImages {
            images[image.id] = image.path
            if state.isSetAside(image: image.id) { setAsideImages.insert(image.id) }
            shapes += state.shapes(of: image.id).map {
                Shape(id: $0.id, image: image.id, plane: $0.plane, classNumber: $0.classNumber, isSetAside: $0.isSetAside)
            }
        }
        order = state.allClasses.map(\.number)
        for one in state.allClasses {
            classes[one.number] = OneClass(name: one.name, colour: one.colour, isHidden: one.isHidden)
        }
        settings = state.settings
        for person in state.allPersons where !person.name.hasPrefix("Person ") { names[person.id] = person.name }
    }

    /// With shapes image by image, as a state lists them; within an image in drawing order.
    func ordered(by images: [String]) -> ReferenceProject {
        var result = self
        result.shapes = images.flatMap { image in shapes.filter { $0.image == image } }
        return result
    }
}
