internal import Coordinator
internal import Formats
internal import HTTPTypes
internal import Hummingbird

extension AnnotatorResponder {
    /// `POST /api/v1/predict`: the labels of the rows of a table, as `coppice predict` gives them.
    func predict(_ request: Request) async -> Answer {
        await whileConnected(request) { request in
            let wish = try await body(PredictionWish.self, of: request)
            let outcome = try await project.work.run(for: project) { run, files in
                let model = try await files.model(wish.model)
                let table = try files.path(wish.table)
                let labels = try files.output(wish.output, as: "output", endings: NPYHeader.endings)
                let probabilities = try wish.probabilities.map {
                    try files.output($0, as: "probabilities", endings: NPYHeader.endings)
                }
                try files.check()
                try await run.predict(
                    TablePredictionRequest(table: table, labels: labels, probabilities: probabilities), with: model)
            }
            return .document(.created, MadeFiles(files: outcome.files, messages: outcome.messages))
        }
    }
}

/// What `coppice predict` is asked for.
struct PredictionWish: Wish {
    enum Member: String, CodingKey, CaseIterable { case model, table, output, probabilities }

    var model: ModelWish
    var table: String
    var output: String
    var probabilities: String?

    init(_ members: Members<Member>) throws {
        (model, table) = (try members.required(.model), try members.required(.table))
        (output, probabilities) = (try members.required(.output), try members.optional(.probabilities))
    }
}
