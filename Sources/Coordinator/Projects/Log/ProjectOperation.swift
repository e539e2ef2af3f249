package import AnnotationFormats
package import Foundation
internal import Imaging

/// An edit as somebody sends it: what is to be done, under an id of their own.
package struct NewOperation: Hashable, Sendable {
    /// A UUID in lower case, made by whoever makes the operation: sent twice, it is done once.
    package let id: String
    package let action: Action

    /// - Precondition: `id` is a UUID in lower case.
    package init(id: String = UUID().uuidString.lowercased(), _ action: Action) {
        precondition(id.isIdentifier, "operation \(id)")
        (self.id, self.action) = (id, action)
    }

    /// Reads an operation.
    ///
    /// - Throws: bad operation: malformed JSON, an unknown kind, a member that is missing, unknown or out of its range; the place is named.
    package init(_ place: JSONPlace) throws(ProjectError) {
        do throws(ImageError) {
            id = try place.required("id", "an id").identifier()
            action = try Action(place)
        } catch {
            throw ProjectError(malformed: error)
        }
    }

    /// Operations in one document, at most.
    package static let countMax = 10_000

    /// Reads `{"operations": […]}`.
    ///
    /// - Throws: bad operation, as `init`; a message names the first bad one by its position.
    package static func list(_ bytes: [UInt8]) throws(ProjectError) -> [NewOperation] {
        let places: [JSONPlace]
        do throws(ImageError) {
            let document = try JSONParser.parse(bytes, path: "operations")
            try document.only(["operations"])
            places = try document.required("operations", "a list of operations").requiredElements("a list of operations")
            // A log may have more, of earlier programs.
            for place in places { try place["settings"]?.only(SettingsChange.members) }
        } catch {
            throw ProjectError(malformed: error)
        }
        guard places.count <= countMax else {
            throw ProjectError(.badOperation, "operations: expected at most \(countMax), found \(places.count)")
        }
        return try places.map { (place) throws(ProjectError) in try NewOperation(place) }
    }

    /// The operation as JSON, without line feeds.
    package var document: Data {
        var json = JSONWriter()
        json.object { json in
            json.member("id", id)
            json.member("kind", action.kind)
            action.write(&json)
        }
        return Data(json.bytes)
    }
}

/// An edit that is in the log for ever: the operation that was sent, its place, who sent it and when.
package struct ProjectOperation: Hashable, Sendable {
    package let id: String
    /// The position in the log: 1, 2, ….
    package let sequence: Int
    /// The id of the person.
    package let person: String
    /// When it was taken: ISO 8601, UTC, with milliseconds.
    package let time: String
    package let action: Action

    init(_ operation: NewOperation, sequence: Int, person: String, time: String) {
        (id, action) = (operation.id, operation.action)
        (self.sequence, self.person, self.time) = (sequence, person, time)
    }

    /// The operation as JSON, with what was added to it.
    package var document: Data {
        Self.document(NewOperation(id: id, action).document, sequence: sequence, person: person, time: time)
    }

    /// What was sent, as JSON, with what is added to it.
    static func document(_ sent: Data, sequence: Int, person: String, time: String) -> Data {
        var json = JSONWriter()
        json.object { json in
            json.member("sequence", sequence)
            json.member("person", person)
            json.member("time", time)
        }
        // One object of two.
        return sent.dropLast() + [UInt8(ascii: ",")] + Data(json.bytes.dropFirst())
    }
}

extension String {
    /// Whether this is a UUID in lower case.
    var isIdentifier: Bool {
        let bytes = utf8
        guard bytes.count == 36 else { return false }
        return bytes.enumerated().allSatisfy { index, byte in
            [8, 13, 18, 23].contains(index)
                ? byte == UInt8(ascii: "-")
                : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
    }
}
