internal import Coordinator
internal import HTTPTypes
internal import Hummingbird
internal import Imaging

extension AnnotatorResponder {
    /// `POST /api/v1/evaluate`: the document of `coppice evaluate --json`.
    func evaluate(_ request: Request) async -> Answer {
        await whileConnected(request) { request in
            let wish = try await body(EvaluationWish.self, of: request)
            let outcome = try await project.work.perform(for: project) { files in
                let request = try wish.request(files)
                let comparison = try Run.evaluate(request)
                return try EvaluationDocument(
                    comparison, planes: request.pairs.count, boundaryTolerance: wish.boundaryTolerance
                ).json
            }
            return .bytes(.ok, Array((outcome.value + "\n").utf8), type: "application/json")
        }
    }
}

/// What `coppice evaluate` is asked for.
struct EvaluationWish: Wish {
    enum Member: String, CodingKey, CaseIterable { case pairs, page, boundaryTolerance, labels }

    struct Pair: Wish {
        enum Member: String, CodingKey, CaseIterable { case predicted, truth }

        var predicted: ImageWish
        var truth: ImageWish

        init(_ members: Members<Member>) throws {
            (predicted, truth) = (try members.required(.predicted), try members.required(.truth))
        }
    }

    /// How far off boundaries may be where nothing is said, in pixels.
    private static let toleranceUsual = 2

    var pairs: [Pair]
    /// The plane of stacks that is compared; nil for all.
    var page: Int?
    var boundaryTolerance: Int
    var rules: LabelRules

    init(_ members: Members<Member>) throws {
        pairs = try members.required(.pairs)
        guard !pairs.isEmpty else { throw members.wrong(.pairs, "expected at least one, found none") }
        page = try members.number(.page, in: 0...ImageSelection.numberMax)
        boundaryTolerance =
            try members.number(.boundaryTolerance, in: BoundaryComparison.toleranceRange) ?? Self.toleranceUsual
        rules = try members.optional(.labels, as: LabelRulesWish.self)?.rules ?? .none
    }

    /// - Throws: `Refusal` for files that are not known; errors of those that cannot be read.
    func request(_ files: WorkFiles) throws -> EvaluationRequest {
        let pairs = try pairs.map {
            EvaluationRequest.Pair(predicted: try files.image($0.predicted), truth: try files.image($0.truth))
        }
        return try EvaluationRequest(pairs, rules: rules, boundaryTolerance: boundaryTolerance).planes(page: page)
    }
}
