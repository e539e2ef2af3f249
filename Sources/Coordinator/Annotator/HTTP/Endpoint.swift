internal import HTTPTypes

/// A path that the annotator answers. **To add one:** a case, its line in `template` and in `methods`, its line in `AnnotatorResponder`,
/// and its place in `openapi.json`; a test compares the two lists.
enum Endpoint: CaseIterable {
    // The page.
    case start, pageFile, openAPI, login
    // The project.
    case project, operations
    // Images.
    case image, imageMatch, shapes, tile, histogram, values, labels, annotations
    // Live.
    case stream, view, live, update, report, uncertain
    // Models.
    case models, model, modelRestore, modelKeep
    // Files.
    case uploads, folders
    // Runs and workers.
    case runs, run, runAgain, runFile, workers
    // Work on files of a client.
    case clientFiles, clientFile, train, segment, predict, evaluate, objects
    // The whole project.
    case backup, export

    /// The path, with the names of its arguments in braces, as OpenAPI writes it.
    var template: String {
        switch self {
        case .start: "/"
        case .pageFile: "/page/{name}"
        case .openAPI: "/openapi.json"
        case .login: "/api/v1/login"
        case .project: "/api/v1/project"
        case .operations: "/api/v1/operations"
        case .image: "/api/v1/images/{image}"
        case .imageMatch: "/api/v1/images/{image}/match"
        case .shapes: "/api/v1/images/{image}/shapes"
        case .tile: "/api/v1/images/{image}/tiles/{level}/{column}/{row}"
        case .histogram: "/api/v1/images/{image}/histogram"
        case .values: "/api/v1/images/{image}/values"
        case .labels: "/api/v1/images/{image}/labels/{column}/{row}"
        case .annotations: "/api/v1/images/{image}/annotations"
        case .stream: "/api/v1/stream"
        case .view: "/api/v1/stream/{client}/views/{tab}"
        case .live: "/api/v1/live"
        case .update: "/api/v1/update"
        case .report: "/api/v1/report"
        case .uncertain: "/api/v1/uncertain"
        case .models: "/api/v1/models"
        case .model: "/api/v1/models/{revision}"
        case .modelRestore: "/api/v1/models/{revision}/restore"
        case .modelKeep: "/api/v1/models/{revision}/keep"
        case .uploads: "/api/v1/uploads"
        case .folders: "/api/v1/folders"
        case .runs: "/api/v1/runs"
        case .run: "/api/v1/runs/{run}"
        case .runAgain: "/api/v1/runs/{run}/again"
        case .runFile: "/api/v1/runs/{run}/files/{name}"
        case .workers: "/api/v1/workers"
        case .clientFiles: "/api/v1/files"
        case .clientFile: "/api/v1/files/{file}"
        case .train: "/api/v1/train"
        case .segment: "/api/v1/segment"
        case .predict: "/api/v1/predict"
        case .evaluate: "/api/v1/evaluate"
        case .objects: "/api/v1/objects"
        case .backup: "/api/v1/backup"
        case .export: "/api/v1/export"
        }
    }

    /// The methods that the path has; with GET goes HEAD.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .start, .pageFile, .openAPI, .project, .image, .imageMatch, .shapes, .tile, .histogram, .values, .labels, .stream,
            .uncertain, .models, .model, .folders, .runFile, .workers, .clientFiles:
            [.get]
        case .clientFile: [.get, .put, .delete]
        case .annotations, .operations, .report, .runs: [.get, .post]
        case .run: [.get, .delete]
        case .view: [.put, .delete]
        case .live, .uploads: [.put]
        case .login, .update, .modelRestore, .modelKeep, .runAgain, .backup, .export, .train, .segment, .predict, .evaluate,
            .objects:
            [.post]
        }
    }

    /// Whether everybody may ask, also where a token is needed: the page that asks for the token, and what takes it.
    var isPublic: Bool {
        switch self {
        case .start, .pageFile, .openAPI, .login: true
        default: false
        }
    }

    /// Whether it may be called from another site's link: the page itself.
    var isDocument: Bool { self == .start }

    /// The parts of the template, split at slashes; the text in front of the first slash is left out.
    fileprivate var parts: [Substring] {
        template.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(\.self)
    }
}

/// A path and what stands in the places of its arguments.
struct Route: Equatable {
    let endpoint: Endpoint
    /// In the order of the template; percent-decoded, never empty, without slashes and control characters.
    let arguments: [String]

    private static let table: [Int: [(endpoint: Endpoint, parts: [Substring])]] = Dictionary(
        grouping: Endpoint.allCases.map { ($0, $0.parts) }, by: { $0.1.count })

    /// Nil when there is nothing under the path.
    init?(path: String) {
        // Files of the page lie in folders: all that follows is the name.
        if path.hasPrefix("/page/"), path.utf8.count > 6 {
            (endpoint, arguments) = (.pageFile, [String(path.dropFirst(6))])
            return
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (endpoint, expected) in Self.table[parts.count] ?? [] {
            guard let arguments = Self.arguments(of: parts, as: expected) else { continue }
            (self.endpoint, self.arguments) = (endpoint, arguments)
            return
        }
        return nil
    }

    /// What stands in the places of the names in braces; nil if the path is another one.
    private static func arguments(of parts: ArraySlice<Substring>, as expected: [Substring]) -> [String]? {
        var arguments: [String] = []
        for (part, expected) in zip(parts, expected) {
            if !expected.hasPrefix("{") {
                guard part == expected else { return nil }
                continue
            }
            guard let text = PercentEncoding.decoded(part), !text.isEmpty, text.unicodeScalars.allSatisfy({ isPlain($0) }) else {
                return nil
            }
            arguments.append(text)
        }
        return arguments
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 32 && scalar.value != 127 && scalar != "/" }

    /// The argument of a place.
    subscript(_ place: Int) -> String { arguments[place] }
}
