internal import Annotations
internal import HashTreeCollections

/// What a project allows.
extension ProjectState {
    /// Takes operations that somebody sends: those that are new get a place, those that are known are as they were.
    ///
    /// - Returns: all of them, in their order.
    /// - Throws: bad operation; a message names the first bad one by its position. Nothing is to be made of `self` then.
    mutating func take(_ new: [NewOperation], by person: String, at time: String) throws(ProjectError) -> [ProjectOperation] {
        guard persons[person] != nil else { throw ProjectError(.notFound, "expected a person of the project, found \(person)") }
        var taken: [ProjectOperation] = []
        for (index, one) in new.enumerated() {
            if let place = sequences[one.id], let known = operations[place] {
                taken.append(known.operation)
                continue
            }
            if let reason = objection(to: one, by: person) {
                throw ProjectError(.badOperation, "operations[\(index)] (\(one.action.kind)): \(reason)")
            }
            let operation = ProjectOperation(one, sequence: sequence + 1, person: person, time: time)
            apply(operation)
            taken.append(operation)
        }
        return taken
    }

    /// Why an operation cannot be taken; nil, if it can.
    private func objection(to operation: NewOperation, by person: String) -> String? {
        switch operation.action {
        case .addImage(let image): return images[image.id] == nil ? nil : "expected an id of a new image, found a known one"
        case .removeImage(let image), .relinkImage(let image, _): return unknown(image: image)
        case .addClass(let number, let name, _):
            guard classes[number] == nil else { return "number: expected one that no class has had, found \(number)" }
            return doubled(name: name, of: number)
        case .changeClass(let number, let name, _, _):
            return unknown(class: number) ?? name.flatMap { doubled(name: $0, of: number) }
        case .orderClasses(let numbers):
            let own = Set(numbers)
            guard own.count == numbers.count else { return "numbers: expected each class once" }
            return numbers.lazy.compactMap { unknown(class: $0) }.first
        case .deleteClass(let number): return unknown(class: number)
        case .addShape(let image, let plane, let shape):
            return objection(to: [shape], [operation.id], on: image, plane)
        case .eraseShape(let shapes): return unknown(shapes: shapes, "shapes")
        case .replaceShapes(let image, let plane, let removed, let added):
            let ids = added.compactMap(\.id)
            guard added.count < 1 << 22 else { return "add: expected fewer than \(1 << 22) shapes, found \(added.count)" }
            guard ids.count == added.count, Set(ids).count == ids.count else {
                return "add: expected an id of its own for each shape"
            }
            return unknown(shapes: removed, "remove") ?? objection(to: added, ids, on: image, plane)
        case .setSettings(let change):
            do throws(ProjectError) {
                _ = try settings.changed(by: change)
                return nil
            } catch {
                return error.description
            }
        case .setAside(let shapes, let image, _):
            guard !shapes.isEmpty || image != nil else { return "expected shapes or an image, found neither" }
            return unknown(shapes: shapes, "shapes") ?? image.flatMap { unknown(image: $0) }
        case .renamePerson: return nil
        case .undo(let id), .redo(let id):
            guard let place = sequences[id], let record = operations[place] else {
                return "operation: expected one of the project, found \(id)"
            }
            switch record.operation.action {
            case .undo: return "operation: an undo cannot be undone; send redo with the operation that it undid"
            case .redo: return "operation: a redo cannot be undone; send undo with the operation that it redid"
            default: break
            }
            guard record.operation.person == person else {
                let name = self.person(record.operation.person)?.name ?? "somebody else"
                return "operation: expected one of your own, found one of \(name)"
            }
            return nil
        }
    }

    private func objection(to added: [NewShape], _ ids: [String], on image: String, _ plane: ShapePlane) -> String? {
        if let reason = unknown(image: image) { return reason }
        if let own = images[image]?.image, plane.z >= own.depth || plane.time >= own.times {
            return
                "plane: expected one of \(own.depth) in depth and \(own.times) time points, found z \(plane.z), t \(plane.time)"
        }
        if let id = ids.first(where: { shapePlaces[$0] != nil }) { return "expected an id of a new shape, found the known \(id)" }
        return added.lazy.compactMap { $0.classNumber == 0 ? nil : unknown(class: $0.classNumber) }.first
    }

    private func unknown(image: String) -> String? {
        images[image] == nil ? "image: expected one of the project, found \(image)" : nil
    }

    private func unknown(class number: Int) -> String? {
        classes[number] == nil ? "expected a class of the project, found \(number)" : nil
    }

    private func unknown(shapes: [String], _ member: String) -> String? {
        shapes.first { shapePlaces[$0] == nil }.map { "\(member): expected shapes of the project, found \($0)" }
    }

    /// Names tell classes of several files apart, so that no two may have the same.
    private func doubled(name: String, of number: Int) -> String? {
        let other = allClasses.first { $0.name == name && $0.number != number }
        return other.map { "name: expected another name than \"\(name)\", which class \($0.number) has" }
    }
}
