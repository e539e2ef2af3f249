internal import HTTPTypes
internal import Hummingbird
internal import Projects

extension AnnotatorResponder {
    /// `PUT /api/v1/live`
    func setLive(_ request: Request) async throws -> Answer {
        struct Live: Codable { var isLive: Bool }
        let wanted = try await body(Live.self, of: request)
        await project.live.set(isLive: wanted.isLive)
        return .document(.ok, wanted)
    }

    /// `POST /api/v1/update`
    func update() async -> Answer {
        await project.live.update()
        return .empty(.accepted)
    }

    /// `GET /api/v1/report`: empty before there is a model.
    func report() async -> Answer {
        // No error: browsers would write one into their console.
        guard let report = await project.live.report() else { return .empty(.noContent) }
        return .document(.ok, report)
    }

    /// `POST /api/v1/report`
    func estimate(_ request: Request) async throws -> Answer {
        struct Wish: Decodable { var folds: Int? }
        let wish = try await body(Wish.self, of: request)
        if let folds = wish.folds, !(2...64).contains(folds) {
            throw Refusal(.unprocessableContent, "bad_document", "folds: expected 2 to 64, found \(folds)")
        }
        await project.live.estimate(folds: wish.folds)
        return .empty(.accepted)
    }

    /// `GET /api/v1/uncertain?image=&z=&t=&after=`: empty where no such place is known.
    func uncertainPlace(_ request: Request) async throws -> Answer {
        let query = try Query(request.uri.query)
        let image = try project.images.entry(try query.text("image"))
        let plane = try query.plane()
        let number = try query.number("after", in: 0...10_000) ?? 0
        guard let place = await project.live.uncertainPlace(number, image: image.id, z: plane.z, t: plane.t) else {
            return .empty(.noContent)
        }
        return .document(.ok, place)
    }

    // MARK: Models

    /// `GET /api/v1/models`: those that are kept, newest first.
    func models() throws -> Answer {
        struct Models: Encodable { var models: [ModelRecord] }
        return .document(.ok, Models(models: try project.store.models().reversed()))
    }

    /// `GET /api/v1/models/{revision}`: the model file.
    func model(_ text: String) async throws -> Answer {
        let revision = try Query.number(text, "revision")
        return .download(try await project.model(revision), type: "application/json", name: "model-\(revision).json")
    }

    /// `POST /api/v1/models/{revision}/restore`
    func restoreModel(_ text: String) async throws -> Answer {
        try await project.live.restore(revision: try Query.number(text, "revision"))
        return .empty(.accepted)
    }

    /// `POST /api/v1/models/{revision}/keep`: under a name, so that newer ones do not take its place.
    func keepModel(_ text: String, _ request: Request) async throws -> Answer {
        struct Wish: Decodable { var name: String }
        let revision = try Query.number(text, "revision")
        let wish = try await body(Wish.self, of: request)
        guard (1...200).contains(wish.name.count) else {
            throw Refusal(.unprocessableContent, "bad_document", "name: expected 1 to 200 characters, found \(wish.name.count)")
        }
        try project.store.name(model: revision, wish.name)
        return .empty(.noContent)
    }
}
