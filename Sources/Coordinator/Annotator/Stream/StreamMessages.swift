internal import Primitives
internal import Projects

/// The first message of a stream.
struct HelloMessage: Encodable {
    var type = "hello"
    var client: String
    /// The project's id.
    var project: String
    /// Of the last operation of the project.
    var sequence: Int
    var version: String
}

/// Says that the connection stands.
struct HeartbeatMessage: Encodable {
    var type = "heartbeat"
}

/// Who paints, in the order of coming.
struct PersonsMessage: Encodable, Equatable {
    struct One: Encodable, Equatable {
        var id: String
        var name: String
    }

    var type = "persons"
    var persons: [One]

    init(_ persons: [Person]) { self.persons = persons.map { One(id: $0.id, name: $0.name) } }
}

/// Something went wrong: one line for people.
struct TroubleMessage: Encodable {
    var type = "trouble"
    var message: String
}

/// How far the levels of an image are made, 0…1.
struct LevelProgressMessage: Encodable {
    var type = "progress"
    var image: String
    var progress: Double
}

/// An image was looked at again: what is wrong with it, if anything is.
struct ImageMessage: Encodable {
    var type = "image"
    var image: String
    var problem: String?
}

/// How many workers are usable and busy.
struct WorkersMessage: Encodable, Equatable {
    var type = "workers"
    var usable: Int
    var busy: Int
    var message: String?
}

/// How a run stands.
struct RunMessage: Encodable {
    var type = "run"
    var id: String
    var state: String
    var done: Int
    var total: Int?
    var message: String?
}
