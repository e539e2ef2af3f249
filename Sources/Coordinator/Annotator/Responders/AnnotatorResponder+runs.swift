internal import Coordinator
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Projects

extension AnnotatorResponder {
    /// `POST /api/v1/runs`: the run begins when those before it have ended.
    func beginRun(_ request: Request) async throws -> Answer {
        struct Begun: Encodable { var id: String }
        let person = try person(of: request)
        let wish = try await body(RunWish.self, of: request)
        let project = project
        let images = try await offloaded { try wish.images.found(in: project) }
        guard !images.isEmpty else {
            throw Refusal(.unprocessableContent, "no_images", "images: expected at least one, found none")
        }
        let model = try await project.live.finalModel()
        let order = RunOrder(
            id: UUID().uuidString.lowercased(), kind: wish.kind, images: images, maps: wish.maps, format: wish.format,
            objects: wish.objects, areas: wish.areas, person: person.id, time: ProjectRuns.now, revision: model.revision,
            modelTime: model.time, cleaning: wish.cleaning)
        try await project.runs.add(order, model: model.bytes)
        return .document(.created, Begun(id: order.id))
    }

    /// `GET /api/v1/runs`
    func listRuns() async -> Answer {
        struct Runs: Encodable { var runs: [RunDocument] }
        return .document(.ok, Runs(runs: await project.runs.all))
    }

    /// `GET /api/v1/runs/{run}`
    func describeRun(_ id: String) async throws -> Answer { .document(.ok, try await project.runs.document(of: id)) }

    /// `DELETE /api/v1/runs/{run}`
    func cancelRun(_ id: String) async throws -> Answer {
        try await project.runs.cancel(id)
        return .empty(.noContent)
    }

    /// `POST /api/v1/runs/{run}/again`: of a run that failed or was cancelled, what is missing is done.
    func beginRunAgain(_ id: String) async throws -> Answer {
        try await project.runs.again(id)
        return .empty(.accepted)
    }

    /// `GET /api/v1/runs/{run}/files/{name}`
    func runFile(_ id: String, _ name: String) async throws -> Answer {
        let path = try await project.runs.file(name, of: id)
        return try .file(path, type: Answer.type(ofFile: name), name: name)
    }
}
