internal import AnnotationFormats
internal import Coordinator
internal import Dispatch
internal import Formats
internal import Foundation
internal import GRDB
internal import HashTreeCollections
internal import Imaging
internal import Primitives
internal import Synchronization

/// A project: a folder with an SQLite file, whose log of operations says everything that people did.
///
/// Initialization: `open` reads the log and folds it; a lock keeps other processes out.
/// Computation: operations that come at the same time are committed together, in one transaction, and are acknowledged after it. What is
/// acknowledged is on the disk.
/// Failure scenario: a transaction that fails, as on a full disk, leaves the log and the state as they were, and the next one is tried
/// again. A killed process loses what was not acknowledged.
/// Shutdown: `close` leaves everything in one file.
///
/// Safe to use from any thread; what is not `async` may wait for the disk.
package final class ProjectStore: Sendable {
    package let folder: String
    /// A UUID in lower case, the same as long as the project lives, wherever it lies.
    package let id: String
    let pool: DatabasePool
    private let lock: RunLock
    /// The fold of all that is committed, and who follows it.
    private let current: Lock<Current>
    private let waiting = Lock(Waiting())
    /// Where transactions are made, one after the other.
    private let queue = DispatchQueue(label: "coppice.project.writer")

    private struct Current {
        var state: ProjectState
        var followers: [Int: AsyncStream<[ProjectOperation]>.Continuation] = [:]
        var nextFollower = 0
    }

    /// Operations that wait for the next transaction.
    private struct Request: Sendable {
        let operations: [NewOperation]
        let person: String
        let continuation: CheckedContinuation<Result<[ProjectOperation], ProjectError>, Never>
    }

    private struct Waiting {
        var requests: [Request] = []
        var isWorking = false
    }

    /// Opens the project in a folder, and makes both if they are not there.
    ///
    /// - Throws: locked when another process has it open; other format for one that a newer program wrote; input/output.
    package static func open(folder: String) throws(ProjectError) -> ProjectStore { try ProjectStore(folder: folder) }

    private init(folder: String) throws(ProjectError) {
        do throws(FileError) {
            try FileSystem.makeFolder(folder)
        } catch {
            throw ProjectError(.inputOutput, "project \(folder): \(error.reason)")
        }
        do throws(CoordinatorError) {
            lock = try RunLock(
                directory: folder, subject: "project", expected: "one that no other coppice serve has",
                advice: "open it there, or end that process")
        } catch {
            let holder = RunLock.holder(in: folder)
            throw ProjectError(holder == nil ? .inputOutput : .locked, error.description)
        }
        let pool = try ProjectDatabase.open(in: folder)
        let (id, state) = try ProjectDatabase.reporting(folder) {
            try pool.read { (try ProjectDatabase.id($0), try Self.fold($0, folder)) }
        }
        (self.folder, self.id, self.pool) = (folder, id, pool)
        current = Lock(Current(state: state))
    }

    /// Folds the whole log.
    private static func fold(_ database: Database, _ folder: String) throws -> ProjectState {
        var state = ProjectState()
        let persons = try Row.fetchCursor(database, sql: "SELECT number, id, name FROM person ORDER BY number")
        while let row = try persons.next() { state.add(person: row[1], name: row[2], number: row[0]) }
        let rows = try Row.fetchCursor(
            database, sql: "SELECT sequence, person, time, document FROM operation ORDER BY sequence")
        while let row = try rows.next() {
            let operation = try operation(row)
            guard operation.sequence == state.sequence + 1 else {
                throw ProjectError(
                    .inputOutput, "project \(folder): expected operation \(state.sequence + 1), found \(operation.sequence)")
            }
            state.apply(operation)
        }
        return state
    }

    /// A row of sequence, person, time and document.
    private static func operation(_ row: Row) throws(ProjectError) -> ProjectOperation {
        let document: Data = row[3]
        let place: JSONPlace
        do throws(ImageError) {
            place = try JSONParser.parse(Array(document), path: "operation")
        } catch {
            throw ProjectError(malformed: error)
        }
        return ProjectOperation(try NewOperation(place), sequence: row[0], person: row[1], time: row[2])
    }

    /// Puts everything into the one file, and gives back the lock. Streams of changes end.
    package func close() throws(ProjectError) {
        queue.sync {}
        let followers = current.withLock { current in
            defer { current.followers = [:] }
            return Array(current.followers.values)
        }
        for follower in followers { follower.finish() }
        defer { lock.release() }
        try ProjectDatabase.reporting(folder) {
            try pool.writeWithoutTransaction { database in _ = try database.checkpoint(.truncate) }
            try pool.close()
        }
    }

    /// Says where the project is served, for whoever tries to open it meanwhile.
    package func announce(_ address: String) { lock.announce(address) }

    /// What the project is now. A copy costs nothing.
    package var state: ProjectState { current.withLock { $0.state } }

    // MARK: Writing

    /// Takes operations, all or none, and returns once they are on the disk.
    ///
    /// An operation that is known by its id is as it was: it changes nothing, and is returned as the first time.
    /// - Parameter person: the id of who sends them.
    /// - Returns: the operations in their order, with their places in the log.
    /// - Throws: bad operation, with the position of the first one that is; not found for an unknown person; disk full or input/output,
    ///   when nothing was taken and the same may be tried again.
    package func append(_ operations: [NewOperation], by person: String) async throws(ProjectError) -> [ProjectOperation] {
        let result = await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                waiting.requests.append(Request(operations: operations, person: person, continuation: continuation))
                defer { waiting.isWorking = true }
                return !waiting.isWorking
            }
            if isFirst { queue.async { [self] in work() } }
        }
        return try result.get()
    }

    /// Commits what waits until nothing does. Runs on the queue.
    private func work() {
        while true {
            let requests = waiting.withLock { waiting in
                defer { waiting.requests = [] }
                waiting.isWorking = !waiting.requests.isEmpty
                return waiting.requests
            }
            guard !requests.isEmpty else { return }
            commit(requests)
        }
    }

    /// Commits the operations of several requests together. Each of them is refused by itself.
    private func commit(_ requests: [Request]) {
        let before = state
        var after = before
        let time = Self.now
        var taken: [(Request, Result<[ProjectOperation], ProjectError>)] = []
        for request in requests {
            var draft = after
            do throws(ProjectError) {
                let operations = try draft.take(request.operations, by: request.person, at: time)
                after = draft
                taken.append((request, .success(operations)))
            } catch {
                taken.append((request, .failure(error)))
            }
        }
        let new = before.sequence == after.sequence ? [] : after.operations(after: before.sequence)
        do throws(ProjectError) {
            try write(new)
            for follower in publish(after, new) { follower.yield(new) }
            for (request, result) in taken { request.continuation.resume(returning: result) }
        } catch {
            for (request, result) in taken {
                // What is refused is refused, and what was known is known, whether others can be written or not.
                let isKnown = (try? result.get())?.allSatisfy { $0.sequence <= before.sequence } ?? true
                request.continuation.resume(returning: isKnown ? result : .failure(error))
            }
        }
    }

    private func write(_ operations: [ProjectOperation]) throws(ProjectError) {
        guard !operations.isEmpty else { return }
        try ProjectDatabase.reporting(folder) {
            try pool.write { database in
                let statement = try database.cachedStatement(
                    sql: "INSERT INTO operation (sequence, id, person, time, document) VALUES (?, ?, ?, ?, ?)")
                for one in operations {
                    let document = NewOperation(id: one.id, one.action).document
                    try statement.execute(arguments: [one.sequence, one.id, one.person, one.time, document])
                }
            }
        }
    }

    /// Makes a state the current one.
    ///
    /// - Returns: who is to be told of the operations that led to it.
    private func publish(_ state: ProjectState, _ new: [ProjectOperation]) -> [AsyncStream<[ProjectOperation]>.Continuation] {
        current.withLock { current in
            // Persons who came meanwhile are not in the log.
            var state = state
            for (id, person) in current.state.persons where state.persons[id] == nil {
                state.add(person: id, name: person.name, number: person.number)
            }
            current.state = state
            return new.isEmpty ? [] : Array(current.followers.values)
        }
    }

    private static var now: String { Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(Date()) }

    // MARK: Reading

    /// Operations of the log behind a sequence, at most `limit` of them.
    package func operations(after sequence: Int, limit: Int = .max) -> [ProjectOperation] {
        state.operations(after: sequence, limit: limit)
    }

    /// All operations that are taken from now on, in their order. The stream ends when the project is closed.
    ///
    /// Who follows a log from some sequence on asks for the stream first and for the operations behind the sequence then.
    package func changes() -> AsyncStream<[ProjectOperation]> {
        AsyncStream { continuation in
            let number = current.withLock { current in
                defer { current.nextFollower += 1 }
                current.followers[current.nextFollower] = continuation
                return current.nextFollower
            }
            continuation.onTermination = { [weak self] _ in
                self?.current.withLock { _ = $0.followers.removeValue(forKey: number) }
            }
        }
    }

    // MARK: Persons

    /// The person of an id; a new one for no id, or one that is not known yet.
    ///
    /// A cookie is of a host, whatever the port: the id of another project's person is taken over, so that one browser is one person in all.
    /// - Parameter given: the name of a new one; nil for "Person 1", "Person 2", …, which count those without a name of their own.
    /// - Throws: disk full; input/output.
    package func person(_ id: String?, named given: String? = nil) throws(ProjectError) -> Person {
        if let id, let known = state.person(id) { return known }
        let new = id.flatMap { $0.isIdentifier ? $0 : nil } ?? UUID().uuidString.lowercased()
        let (number, name) = try ProjectDatabase.reporting(folder) {
            try pool.write { database in try Self.add(person: new, named: given, to: database) }
        }
        return current.withLock { current in
            current.state.add(person: new, name: name, number: number)
            return current.state.person(new) ?? Person(id: new, name: name)
        }
    }

    private static func add(person id: String, named given: String?, to database: Database) throws -> (
        number: Int, name: String
    ) {
        // Two requests of one browser may come at once.
        if let known = try Row.fetchOne(database, sql: "SELECT number, name FROM person WHERE id = ?", arguments: [id]) {
            return (known[0], known[1])
        }
        let number = try (Int.fetchOne(database, sql: "SELECT max(number) FROM person") ?? 0) + 1
        let unnamedCount = try Int.fetchOne(database, sql: "SELECT count(*) FROM person WHERE name LIKE 'Person %'") ?? 0
        let name = given ?? "Person \(unnamedCount + 1)"
        try database.execute(
            sql: "INSERT INTO person (number, id, name, time) VALUES (?, ?, ?, ?)", arguments: [number, id, name, now])
        return (number, name)
    }
}

extension ProjectState {
    /// Operations of the log behind a sequence, at most `limit` of them.
    package func operations(after sequence: Int, limit: Int = .max) -> [ProjectOperation] {
        guard sequence < self.sequence, limit > 0 else { return [] }
        let first = max(0, sequence) + 1
        let last = limit > self.sequence - first ? self.sequence : first + limit - 1
        return (first...last).compactMap { operations[$0]?.operation }
    }
}
