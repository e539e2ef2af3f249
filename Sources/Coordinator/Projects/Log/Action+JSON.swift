internal import AnnotationFormats
internal import Annotations
internal import Imaging

/// Operations as JSON: `kind` and the members that this kind has, no others.
extension Action {
    /// Such as `addShape`.
    package var kind: String {
        switch self {
        case .addImage: "addImage"
        case .removeImage: "removeImage"
        case .relinkImage: "relinkImage"
        case .addClass: "addClass"
        case .changeClass: "changeClass"
        case .orderClasses: "orderClasses"
        case .deleteClass: "deleteClass"
        case .addShape: "addShape"
        case .eraseShape: "eraseShape"
        case .replaceShapes: "replaceShapes"
        case .setSettings: "setSettings"
        case .setAside: "setAside"
        case .renamePerson: "renamePerson"
        case .undo: "undo"
        case .redo: "redo"
        }
    }

    /// The members of each kind besides `id` and `kind`.
    private static let members: [String: Set<String>] = [
        "addImage": ["image", "path", "name", "identity", "width", "height", "channels", "sampleType", "depth", "times"],
        "removeImage": ["image"], "relinkImage": ["image", "path", "identity"], "addClass": ["number", "name", "colour"],
        "changeClass": ["number", "name", "colour", "isHidden"], "orderClasses": ["numbers"], "deleteClass": ["number"],
        "addShape": ["image", "class", "shape", "plane"], "eraseShape": ["shapes"],
        "replaceShapes": ["image", "plane", "remove", "add"], "setSettings": ["settings"],
        "setAside": ["shapes", "image", "isSetAside"], "renamePerson": ["name"], "undo": ["operation"], "redo": ["operation"],
    ]

    // MARK: Reading

    /// - Throws: `ImageError` with the place of what is wrong.
    init(_ place: JSONPlace) throws(ImageError) {
        let kind = try place.required("kind", "a kind")
        guard let name = kind.string, let members = Self.members[name] else {
            throw kind.wrong("one of \(Self.members.keys.sorted().joined(separator: ", "))")
        }
        try place.only(members.union(["id", "kind"]))
        switch name {
        case "addImage", "removeImage", "relinkImage": self = try Self.image(name, place)
        case "addClass", "changeClass", "orderClasses", "deleteClass": self = try Self.classes(name, place)
        case "addShape", "eraseShape", "replaceShapes", "setAside": self = try Self.shapes(name, place)
        case "setSettings": self = .setSettings(try SettingsChange(place.required("settings", "settings")))
        case "renamePerson": self = .renamePerson(try place.required("name", "a name").name())
        case "undo": self = .undo(try place.required("operation", "an id").identifier())
        default: self = .redo(try place.required("operation", "an id").identifier())
        }
    }

    private static func image(_ kind: String, _ place: JSONPlace) throws(ImageError) -> Action {
        let id = try place.required("image", "an id").identifier()
        if kind == "removeImage" { return .removeImage(id) }
        let path = try place.required("path", "a path").path()
        let identity = try place["identity"].map { (place) throws(ImageError) in try ImageIdentity(place) }
        if kind == "relinkImage" { return .relinkImage(id, ImageLink(path: path, identity: identity)) }
        let last = path.split(separator: "/").last.map(String.init) ?? path
        var image = ProjectImage(id: id, path: path, name: try place["name"]?.name() ?? last, identity: identity)
        let sizes = 0...Int(Int32.max)
        (image.width, image.height) = (try place["width"]?.integer(in: sizes) ?? 0, try place["height"]?.integer(in: sizes) ?? 0)
        image.channels = try place["channels"]?.integer(in: 0...65_535) ?? 0
        (image.depth, image.times) =
            (try place["depth"]?.integer(in: 1...Int(Int32.max)) ?? 1, try place["times"]?.integer(in: 1...Int(Int32.max)) ?? 1)
        image.sampleType = try place["sampleType"].map { (place) throws(ImageError) in
            guard let type = place.string.flatMap(SampleType.init) else {
                throw place.wrong(SampleType.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return type
        }
        return .addImage(image)
    }

    private static func classes(_ kind: String, _ place: JSONPlace) throws(ImageError) -> Action {
        if kind == "orderClasses" {
            var numbers: [Int] = []
            for number in try place.required("numbers", "a list of numbers").requiredElements("a list of numbers") {
                numbers.append(try number.integer(in: 1...255))
            }
            return .orderClasses(numbers)
        }
        let number = try place.required("number", "a number").integer(in: 1...255)
        switch kind {
        case "addClass":
            let name = try place.required("name", "a name").name()
            return .addClass(number: number, name: name, colour: try place.required("colour", "a colour").colour())
        case "changeClass":
            let colour = try place["colour"].map { (place) throws(ImageError) in try place.colour() }
            return .changeClass(
                number: number, name: try place["name"]?.name(), colour: colour, isHidden: try place["isHidden"]?.flag())
        default: return .deleteClass(number)
        }
    }

    private static func shapes(_ kind: String, _ place: JSONPlace) throws(ImageError) -> Action {
        if kind == "eraseShape" { return .eraseShape(try place.required("shapes", "a list of ids").identifiers()) }
        if kind == "setAside" {
            return .setAside(
                shapes: try place["shapes"]?.identifiers() ?? [], image: try place["image"]?.identifier(),
                isSetAside: try place.required("isSetAside", "true or false").flag())
        }
        let image = try place.required("image", "an id").identifier()
        let plane = try place["plane"].map { (place) throws(ImageError) in try ShapePlane(place) } ?? ShapePlane()
        if kind == "addShape" { return .addShape(image: image, plane: plane, try NewShape(place)) }
        var added: [NewShape] = []
        for shape in try place["add"]?.requiredElements("a list of shapes") ?? [] {
            try shape.only(["id", "class", "shape"])
            var one = try NewShape(shape)
            one.id = try shape.required("id", "an id").identifier()
            added.append(one)
        }
        return .replaceShapes(image: image, plane: plane, remove: try place["remove"]?.identifiers() ?? [], add: added)
    }

    // MARK: Writing

    /// The members besides `id` and `kind`.
    func write(_ json: inout JSONWriter) {
        switch self {
        case .addImage(let image):
            json.member("image", image.id)
            json.member("path", image.path)
            json.member("name", image.name)
            image.identity?.write(&json)
            json.member("width", image.width)
            json.member("height", image.height)
            json.member("channels", image.channels)
            json.member("sampleType", image.sampleType?.rawValue)
            json.member("depth", image.depth)
            json.member("times", image.times)
        case .removeImage(let image): json.member("image", image)
        case .relinkImage(let image, let link):
            json.member("image", image)
            json.member("path", link.path)
            link.identity?.write(&json)
        case .addClass(let number, let name, let colour):
            json.member("number", number)
            json.member("name", name)
            json.member("colour", colour.hex)
        case .changeClass(let number, let name, let colour, let isHidden):
            json.member("number", number)
            json.member("name", name)
            json.member("colour", colour?.hex)
            if let isHidden { json.member("isHidden", isHidden) }
        case .orderClasses(let numbers):
            json.name("numbers")
            json.list { json in numbers.forEach { json.value($0) } }
        case .deleteClass(let number): json.member("number", number)
        case .addShape(let image, let plane, let shape):
            json.member("image", image)
            plane.write(&json)
            shape.write(&json)
        case .eraseShape(let shapes): json.texts("shapes", shapes)
        case .replaceShapes(let image, let plane, let remove, let add):
            json.member("image", image)
            plane.write(&json)
            json.texts("remove", remove)
            json.name("add")
            json.list { json in
                for shape in add {
                    json.object { json in
                        json.member("id", shape.id)
                        shape.write(&json)
                    }
                }
            }
        case .setSettings(let change):
            json.name("settings")
            change.write(&json)
        case .setAside(let shapes, let image, let isSetAside):
            if !shapes.isEmpty { json.texts("shapes", shapes) }
            json.member("image", image)
            json.member("isSetAside", isSetAside)
        case .renamePerson(let name): json.member("name", name)
        case .undo(let operation), .redo(let operation): json.member("operation", operation)
        }
    }
}

extension NewShape {
    /// The members `class` and `shape` of an object.
    fileprivate init(_ place: JSONPlace) throws(ImageError) {
        classNumber = try place.required("class", "a class, 0 for an eraser").integer(in: 0...255)
        let own = try place.required("shape", "a shape")
        shape = try CoppiceAnnotations.shape(own)
        try own.only(shape.memberNames)
        do throws(AnnotationRasterError) {
            try Annotation(shape).check()
        } catch {
            throw .unsupported(
                path: place.path, reason: "\(own.place): \(error.description.trimmingPrefix("annotation 0: "))")
        }
    }

    fileprivate func write(_ json: inout JSONWriter) {
        json.member("class", classNumber)
        json.name("shape")
        json.object { json in CoppiceAnnotations.write(shape, &json) }
    }
}

extension AnnotationShape {
    fileprivate var memberNames: Set<String> {
        switch self {
        case .stroke: ["type", "path", "width"]
        case .area: ["type", "polygons"]
        case .rectangle, .ellipse: ["type", "x", "y", "width", "height"]
        case .points: ["type", "points"]
        case .raster: ["type", "x", "y", "width", "height", "runs"]
        }
    }
}

extension ShapePlane {
    fileprivate init(_ place: JSONPlace) throws(ImageError) {
        try place.only(["z", "t"])
        let range = 0...Int(Int32.max)
        self.init(z: try place["z"]?.integer(in: range) ?? 0, time: try place["t"]?.integer(in: range) ?? 0)
    }

    func write(_ json: inout JSONWriter) {
        json.name("plane")
        json.object { json in
            json.member("z", z)
            json.member("t", time)
        }
    }
}

extension JSONWriter {
    /// A member that is a list of texts.
    fileprivate mutating func texts(_ name: String, _ texts: [String]) {
        self.name(name)
        list { json in texts.forEach { json.value($0) } }
    }
}
