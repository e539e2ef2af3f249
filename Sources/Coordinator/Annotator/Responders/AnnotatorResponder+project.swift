internal import Foundation
internal import HTTPServing
internal import HTTPTypes
internal import Hummingbird
internal import Projects

extension AnnotatorResponder {
    /// `GET /api/v1/project`
    func describeProject(_ request: Request) async throws -> Answer {
        let person = try person(of: request)
        let document = ProjectDocument(
            state: project.store.state, id: project.store.id, folder: project.folder, person: person,
            isLive: await project.live.isLive, problems: project.images.problems)
        return .bytes(.ok, document.bytes, type: "application/json")
    }

    /// `GET /api/v1/operations?after=&limit=`: a page of the log.
    func operations(_ request: Request) async throws -> Answer {
        let query = try Query(request.uri.query)
        let after = try query.number("after") ?? 0
        let count = try query.number("limit", in: 1...NewOperation.countMax) ?? LogPage.countUsual
        let page = LogPage(state: project.store.state, after: after, count: count)
        return .bytes(.ok, try await offloaded { page.bytes }, type: "application/json")
    }

    /// Bytes of the operations of one request: a fill of a large region is a few megabytes.
    private static let operationsBytesMax = 64 << 20

    /// `POST /api/v1/operations?project=`: answered once they are on the disk.
    func append(_ request: Request) async throws -> Answer {
        let person = try person(of: request)
        if let meant = try Query(request.uri.query)["project"], meant.lowercased() != project.store.id {
            throw Refusal(
                .conflict, "other_project",
                "project: expected \(project.store.id), found \"\(meant.prefix(40))\": another project is served here now")
        }
        let body = try await bytes(of: request, bytesMax: Self.operationsBytesMax)
        let new = try await project.admitted(try NewOperation.list(Array(body.bytes)))
        let accepted = try await project.store.append(new, by: person.id)
        return .document(
            .ok,
            Accepted(
                sequence: project.store.state.sequence,
                accepted: accepted.map { Accepted.One(id: $0.id, sequence: $0.sequence) }))
    }

    private struct Accepted: Encodable {
        struct One: Encodable {
            var id: String
            var sequence: Int
        }

        var sequence: Int
        var accepted: [One]
    }

    /// `GET /api/v1/images/{image}/shapes?z=&t=`
    func shapes(of id: String, _ request: Request) async throws -> Answer {
        let plane = try Query(request.uri.query).plane()
        let image = try project.images.entry(id)
        let state = project.store.state
        let bytes = try await offloaded { state.shapesDocument(of: image.id, on: ShapePlane(z: plane.z, time: plane.t)) }
        return .bytes(.ok, bytes, type: "application/json")
    }

    /// `POST /api/v1/backup`: the project as it is now, in another file below the roots, or with uploaded images in a folder.
    func backup(_ request: Request) async throws -> Answer {
        struct Wish: Decodable { var path: String }
        struct Done: Encodable { var path, message: String }
        let wish = try await body(Wish.self, of: request)
        let isFolder = wish.path.hasSuffix("/")
        let path = try project.roots.place(forNew: isFolder ? String(wish.path.dropLast()) : wish.path)
        let backup = try await project.store.backup(to: isFolder ? path + "/" : path)
        return .document(.ok, Done(path: path, message: backup.line))
    }

    /// `POST /api/v1/export`: the project as a folder from which the command line trains the same model.
    func export(_ request: Request) async throws -> Answer {
        struct Wish: Codable { var folder: String }
        let wish = try await body(Wish.self, of: request)
        let folder = try project.roots.place(forNew: wish.folder)
        let store = project.store
        _ = try await offloaded { try store.writeExport(to: folder) }
        return .document(.ok, Wish(folder: folder))
    }
}
