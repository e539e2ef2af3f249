internal import AnnotationFormats
internal import Coordinator
internal import Features
internal import Forest
internal import Formats
internal import HTTPTypes
internal import Hummingbird
internal import Imaging
internal import Protocol

extension AnnotatorResponder {
    /// `POST /api/v1/train`: the model of `coppice train`, as a file of the client.
    func train(_ request: Request) async -> Answer {
        await whileConnected(request) { request in
            let wish = try await body(TrainingWish.self, of: request)
            let outcome = try await project.work.run(for: project) { run, files in
                let training = try wish.request(files)
                let output = try files.output(wish.output, as: "output")
                try files.check()
                let model = try await run.train(training)
                try PendingFile.write(try model.encoded(), to: output)
                return Trained(
                    samples: model.training.samplesPerClass.reduce(0, +), outOfBagAccuracy: model.training.outOfBag.accuracy,
                    estimate: run.record.estimate)
            }
            var document = outcome.value
            (document.files, document.messages) = (outcome.files, outcome.messages)
            return .document(.created, document)
        }
    }

    private struct Trained: Encodable {
        var files: [ClientFile] = []
        var messages: [String] = []
        var samples: Int
        var outOfBagAccuracy: Double?
        var estimate: AccuracyEstimate?
    }
}

/// What `coppice train` is asked for.
struct TrainingWish: Wish {
    enum Member: String, CodingKey, CaseIterable {
        case images, table, output, features, forest, classNames, maxSamplesPerClass, maxSamplesPerImage, folds, select, labels
    }

    /// An image, and its labels, of several files each on top of the one before.
    struct Pair: Wish {
        enum Member: String, CodingKey, CaseIterable { case image, labels }

        var image: ImageWish
        var labels: [ImageWish]

        init(_ members: Members<Member>) throws {
            image = try members.required(.image)
            labels = try (try? members.required(.labels, as: [ImageWish].self)) ?? [members.required(.labels)]
            guard !labels.isEmpty else { throw members.wrong(.labels, "expected at least one, found none") }
        }
    }

    struct Table: Wish {
        enum Member: String, CodingKey, CaseIterable { case features, labels }

        var features: String
        var labels: String

        init(_ members: Members<Member>) throws {
            (features, labels) = (try members.required(.features), try members.required(.labels))
        }
    }

    enum Source: Sendable {
        case images([Pair])
        case table(Table)
    }

    var source: Source
    var output: String
    var features: FeatureRequest
    var forest: ForestParameters
    var limits: SampleLimits
    var classNames: [String]?
    var folds: Int
    var select: Int?
    var rules: LabelRules

    init(_ members: Members<Member>) throws {
        let images = try members.optional(.images, as: [Pair].self)
        let table = try members.optional(.table, as: Table.self)
        switch (images, table) {
        case (let images?, nil):
            guard !images.isEmpty else { throw members.wrong(.images, "expected at least one pair, found none") }
            source = .images(images)
        case (nil, let table?): source = .table(table)
        case (nil, nil): throw members.wrong(.images, "expected either images or a table, found none")
        case (_?, _?): throw members.wrong(.images, "expected either images or a table, found both")
        }
        output = try members.required(.output)
        features = try members.optional(.features, as: FeatureWish.self)?.request ?? FeatureRequest()
        forest = try members.optional(.forest, as: ForestWish.self)?.parameters ?? ForestParameters()
        limits = SampleLimits(
            perImage: try members.number(.maxSamplesPerImage, in: .from(1)),
            perClass: try members.number(.maxSamplesPerClass, in: .from(1)))
        classNames = try members.optional(.classNames)
        folds = try members.optional(.folds) ?? TrainingRequest.foldsUsual
        guard folds == 0 || FoldAssignment.foldCountRange.contains(folds) else {
            throw members.wrong(.folds, "expected 0, or 2 to \(FoldAssignment.foldCountRange.upperBound), found \(folds)")
        }
        select = try members.number(.select, in: .from(1))
        rules = try members.optional(.labels, as: LabelRulesWish.self)?.rules ?? .none
        if table != nil {
            let others: [Member] = [.features, .maxSamplesPerImage, .folds, .select, .labels]
            for member in others where try members.isGiven(member) {
                throw members.wrong(member, "expected images, found a table")
            }
        }
    }

    /// - Throws: `Refusal` for files that are not known; errors of those that cannot be read.
    func request(_ files: WorkFiles) throws -> TrainingRequest {
        let given: TrainingRequest.Source
        switch source {
        case .table(let table):
            given = .table(features: try files.path(table.features), labels: try files.path(table.labels))
        case .images(let pairs): given = .images(try pairs.flatMap { try Self.pairs($0, files) }, features)
        }
        return TrainingRequest(
            given, forest: forest, limits: limits, classNames: classNames, rules: rules, folds: folds,
            select: select)
    }

    /// A pair for each file of labels: those of one image are put together.
    private static func pairs(_ pair: Pair, _ files: WorkFiles) throws -> [TrainingPair] {
        let image = try files.image(pair.image)
        return try pair.labels.map { wish in
            var labels = try files.image(wish)
            // The labels of a plane are the same plane of the labels; annotations say themselves of which planes they are.
            if image.choosesPage, !labels.choosesPage, !AnnotationFile.recognises(path: labels.path),
                try ImageFile.contents(path: labels.path).pages > 1
            {
                labels.selection.page = image.selection.page
            }
            return TrainingPair(image: image, labels: labels)
        }
    }
}

/// Which features are computed, in the words of a project's settings.
private struct FeatureWish: Wish {
    enum Member: String, CodingKey, CaseIterable { case preset, families, sigmaMin, sigmaMax, sigmaCount }

    var request = FeatureRequest()

    init(_ members: Members<Member>) throws {
        if let names = try members.optional(.families, as: [String].self) {
            let families = try names.map { name in
                guard let family = FeatureFamily(rawValue: name) else {
                    throw members.wrong(.families, "expected some of \(FeatureFamily.known), found \"\(name.prefix(40))\"")
                }
                return family
            }
            request.choice = .families(families)
        }
        if let name = try members.optional(.preset, as: String.self) {
            guard let preset = FeaturePreset(rawValue: name) else {
                let known = FeaturePreset.allCases.map(\.rawValue).joined(separator: ", ")
                throw members.wrong(.preset, "expected one of \(known), found \"\(name.prefix(40))\"")
            }
            guard try !members.isGiven(.families) else {
                throw members.wrong(.preset, "expected either a preset or families, found both")
            }
            request.choice = .preset(preset)
        }
        request.sigmaMin = try members.optional(.sigmaMin) ?? request.sigmaMin
        request.sigmaMax = try members.optional(.sigmaMax) ?? request.sigmaMax
        request.sigmaCount = try members.optional(.sigmaCount)
        do {
            try request.check()
        } catch {
            throw members.wrong(error.description)
        }
    }
}

/// How the forest is grown, in the words of a project's settings.
private struct ForestWish: Wish {
    enum Member: String, CodingKey, CaseIterable {
        case trees, maxDepth, minSamplesLeaf, maxFeatures, maxSamples, classWeight, seed
    }

    var parameters: ForestParameters

    init(_ members: Members<Member>) throws {
        // The decoder calls a number no JSON that its type cannot hold.
        if let seed = try? members.optional(.seed, as: Int.self), seed < 0 {
            throw members.wrong(.seed, "expected 0 or more, found \(seed)")
        }
        do {
            let usual = try ForestParameters()
            parameters = try ForestParameters(
                trees: try members.optional(.trees) ?? usual.trees, maxDepth: try members.optional(.maxDepth),
                minSamplesLeaf: try members.optional(.minSamplesLeaf) ?? usual.minSamplesLeaf,
                // Texts: of numbers, JSON does not tell all features, 1.0, from a single one, 1.
                maxFeatures: try members.optional(.maxFeatures).map { try MaxFeatures(parsing: $0) } ?? usual.maxFeatures,
                maxSamples: try members.optional(.maxSamples).map { try MaxSamples(parsing: $0) } ?? usual.maxSamples,
                classWeight: try members.optional(.classWeight).map { try ClassWeight(parsing: $0) } ?? usual.classWeight,
                seed: try members.optional(.seed) ?? usual.seed)
        } catch let error as ForestError {
            throw members.wrong(error.description)
        }
    }
}
