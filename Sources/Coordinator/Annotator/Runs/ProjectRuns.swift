internal import Coordinator
internal import Foundation
internal import HTTPTypes
internal import Imaging
internal import Jobs
internal import Primitives
internal import Synchronization

/// The runs that were asked for from the page: one after the other, each kept in a folder of the project, so that it goes on when the server
/// is started again, and `coppice status` shows it.
///
///     runs/ID/order.json      what was asked for
///     runs/ID/model.json      the model it is done with
///     runs/ID/ledger.sqlite   the run's own record
///     runs/ID/maps/           what comes of it
///     runs/ID/end.json        how it ended; missing as long as it has not, and once it is to be done again
actor ProjectRuns {
    /// How a run is done; the coordinator's way, or that of a test.
    typealias Work = @Sendable (_ order: RunOrder, _ folder: String, _ progress: RunProgress) async throws -> Void

    private struct Entry {
        let order: RunOrder
        var progress: RunProgress
        var end: RunEnd?
        var isRunning = false
    }

    private let folder: String
    private let work: Work
    private var entries: [String: Entry] = [:]
    /// In the order in which they were asked for.
    private var ids: [String] = []
    private var running: (id: String, task: Task<Void, Never>)?
    private nonisolated let changes = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1024))
    private nonisolated let wishes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter folder: the project's folder of runs.
    init(folder: String, work: @escaping Work) { (self.folder, self.work) = (folder, work) }

    // MARK: Asking

    /// Keeps an order and its model; the run begins when those before it have ended.
    ///
    /// - Throws: an output error when it cannot be kept.
    func add(_ order: RunOrder, model: Data) throws {
        let place = path(of: order.id)
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try PendingFile.write(model, to: FilePath.join(place, "model.json"))
        // Comes last: an order is one that can be done.
        try PendingFile.write(try AnnotatorJSON.encode(order), to: FilePath.join(place, "order.json"))
        insert(order, end: nil)
        wishes.continuation.yield()
        changes.continuation.yield(order.id)
    }

    /// Gives up a run; what is done of it stays.
    ///
    /// - Throws: `Refusal` for a run that is not known, or has ended.
    func cancel(_ id: String) throws {
        guard let entry = entries[id] else { throw Refusal.unknown("run", id) }
        guard entry.end == nil else {
            throw Refusal(.conflict, "run_ended", "run \(id) has ended: \(entry.end?.state.rawValue ?? "")")
        }
        end(id, RunEnd(state: .cancelled, message: nil, time: Self.now))
        if let running, running.id == id { running.task.cancel() }
    }

    /// Has a run go on that failed or was cancelled: with the same order and model, in the same folder, so that only what is missing is
    /// done. It begins when those that were ordered before it have ended.
    ///
    /// - Throws: `Refusal` for a run that is not known, or has not ended so; an output error when the folder cannot be written.
    func again(_ id: String) throws {
        guard let entry = entries[id] else { throw Refusal.unknown("run", id) }
        guard let state = entry.end?.state, state != .done else {
            let found = entry.end == nil ? "one that goes on" : "one that is done"
            throw Refusal(.conflict, "run_not_ended", "run \(id): expected one that failed or was cancelled, found \(found)")
        }
        let path = endPath(of: id)
        do {
            if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        } catch {
            throw CoordinatorError(.inputOutput, "\(path): cannot be removed: \(error.localizedDescription)")
        }
        entries[id]?.end = nil
        entries[id]?.progress = progress(of: id)
        wishes.continuation.yield()
        changes.continuation.yield(id)
    }

    /// Newest first.
    var all: [RunDocument] { ids.reversed().compactMap { try? document(of: $0) } }

    /// - Throws: `Refusal` for a run that is not known.
    func document(of id: String) throws -> RunDocument {
        guard let entry = entries[id] else { throw Refusal.unknown("run", id) }
        let figures = entry.progress.figures
        return RunDocument(
            entry.order, state: entry.end?.state.rawValue ?? (entry.isRunning ? "running" : "waiting"), figures: figures,
            message: entry.end?.message ?? figures.message, directory: path(of: id), files: files(of: id))
    }

    /// Where a run's file lies.
    ///
    /// - Throws: `Refusal` for a file that is not the run's.
    func file(_ name: String, of id: String) throws -> String {
        guard entries[id] != nil else { throw Refusal.unknown("run", id) }
        guard files(of: id).contains(where: { $0.name == name && !$0.isFolder }) else { throw Refusal.unknown("file", name) }
        return FilePath.join(maps(of: id), name)
    }

    private func files(of id: String) -> [RunDocument.File] {
        let folder = maps(of: id)
        // Names that begin with a dot are not complete yet.
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
        return names.compactMap { name in
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: FilePath.join(folder, name)) else {
                return nil
            }
            let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
            return RunDocument.File(name: name, size: attributes[.size] as? Int ?? 0, isFolder: isFolder)
        }
    }

    // MARK: Doing

    /// Does what is asked for until the task is cancelled, beginning with what an earlier server left.
    func serve() async {
        restore()
        wishes.continuation.yield()
        for await _ in wishes.stream {
            while !Task.isCancelled, let id = ids.first(where: { entries[$0]?.end == nil }) { await perform(id) }
        }
    }

    /// Hands on how runs stand whenever that changes, at most ten times a second each, until the task is cancelled.
    func watch(_ say: @escaping @Sendable (RunMessage) -> Void) async {
        var last: [String: ContinuousClock.Instant] = [:]
        for await id in changes.stream {
            guard let document = try? document(of: id) else { continue }
            let now = ContinuousClock.now
            if document.state == "running", let then = last[id], now - then < .milliseconds(100) { continue }
            last[id] = now
            say(
                RunMessage(
                    id: id, state: document.state, done: document.done, total: document.total, message: document.message))
        }
    }

    private func perform(_ id: String) async {
        guard let order = entries[id]?.order, let progress = entries[id]?.progress else { return }
        entries[id]?.isRunning = true
        changes.continuation.yield(id)
        let (work, place) = (work, path(of: id))
        let outcome = Lock<CoordinatorError?>(nil)
        // Awaited below, and cancelled with this task.
        let task = Task {
            do {
                try await work(order, place, progress)
            } catch {
                outcome.withLock { $0 = CoordinatorError(classifying: error) }
            }
        }
        running = (id, task)
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        running = nil
        entries[id]?.isRunning = false
        // One that was interrupted by the end of the server goes on at the next start; one that was cancelled has its end already, or is to
        // be done again.
        guard entries[id]?.end == nil, !task.isCancelled, !Task.isCancelled else { return }
        let failure = outcome.withLock { $0 }
        end(id, RunEnd(state: failure == nil ? .done : .failed, message: failure?.description, time: Self.now))
    }

    private func end(_ id: String, _ end: RunEnd) {
        entries[id]?.end = end
        // Without the file the run is done again, and finds that nothing is left to do.
        if let bytes = try? AnnotatorJSON.encode(end) {
            try? PendingFile.write(bytes, to: endPath(of: id))
        }
        changes.continuation.yield(id)
    }

    /// Reads what is kept.
    private func restore() {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        for name in names where entries[name] == nil {
            guard let order: RunOrder = read("order.json", of: name), order.id == name else { continue }
            insert(order, end: read("end.json", of: name))
        }
        ids.sort { (entries[$0]?.order.time ?? "", $0) < (entries[$1]?.order.time ?? "", $1) }
    }

    private func read<Document: Decodable>(_ file: String, of id: String) -> Document? {
        let bytes = FileManager.default.contents(atPath: FilePath.join(path(of: id), file))
        return bytes.flatMap { try? JSONDecoder().decode(Document.self, from: $0) }
    }

    private func insert(_ order: RunOrder, end: RunEnd?) {
        entries[order.id] = Entry(order: order, progress: progress(of: order.id), end: end)
        ids.append(order.id)
    }

    private func progress(of id: String) -> RunProgress {
        RunProgress { [changes] in changes.continuation.yield(id) }
    }

    private func path(of id: String) -> String { FilePath.join(folder, id) }

    private func endPath(of id: String) -> String { FilePath.join(path(of: id), "end.json") }

    private func maps(of id: String) -> String { FilePath.join(path(of: id), "maps") }

    static var now: String { Date().ISO8601Format() }
}

/// How a run stands.
struct RunDocument: Encodable, Sendable {
    struct File: Encodable, Sendable {
        var name: String
        var size: Int
        /// A folder is not handed out: it lies in the run's directory.
        var isFolder: Bool
    }

    var id: String
    var kind: String
    /// `waiting`, `running`, `done`, `failed`, `cancelled`.
    var state: String
    /// What is being done, such as `segmenting`.
    var phase: String
    var done: Int
    var total: Int?
    var message: String?
    var time: String
    var person: String
    /// The model; nil for one that was trained for the run.
    var revision: Int?
    /// When the model was trained.
    var modelTime: String?
    /// As `coppice status` takes it.
    var directory: String
    var images: [RunOrder.Image]
    var maps: [String]
    /// What is done with what the forest says, as of `coppice segment`; nil where it is not.
    var smooth: Double?
    var minRegion: Int?
    var fillHoles: Int?
    var files: [File]

    init(
        _ order: RunOrder, state: String, figures: RunProgress.Figures, message: String?, directory: String, files: [File]
    ) {
        (id, kind, self.state, phase) = (order.id, order.kind, state, figures.phase)
        (done, total, self.message) = (figures.done, figures.total, message)
        (time, person, self.directory, images) = (order.time, order.person, directory, order.images)
        (revision, modelTime) = (order.revision, order.modelTime)
        (maps, self.files) = (order.maps.map(\.rawValue), files)
        smooth = order.cleaning?.sigma
        let pixels = { (count: Int?) -> Int? in count.flatMap { $0 > 0 ? $0 : nil } }
        (minRegion, fillHoles) = (pixels(order.cleaning?.regions.regionPixels), pixels(order.cleaning?.regions.holePixels))
    }
}
