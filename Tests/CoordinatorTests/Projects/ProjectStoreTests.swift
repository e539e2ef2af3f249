@testable import Annotations
@testable import Coordinator
import Foundation
import GRDB
@testable import Imaging
@testable import Projects
import Testing

/// Projects on the disk.
@Suite struct ProjectStoreTests {
    private let folder: TemporaryFolder
    private static let image = ProjectScene.id(500)

    init() throws { folder = try TemporaryFolder() }

    private func open() throws(ProjectError) -> ProjectStore { try ProjectStore.open(folder: folder("project")) }

    private func openError() -> ProjectError? {
        do throws(ProjectError) {
            try open().close()
            return nil
        } catch {
            return error
        }
    }

    private static let classes = [
        NewOperation(id: ProjectScene.id(901), .addClass(number: 1, name: "one", colour: .classColour(0))),
        NewOperation(id: ProjectScene.id(902), .addClass(number: 2, name: "two", colour: .classColour(1))),
    ]

    private static let start =
        [NewOperation(id: ProjectScene.id(900), .addImage(ProjectImage(id: image, path: "a.png", name: "a.png")))] + classes

    private static func stroke(_ number: Int) -> NewOperation {
        NewOperation(
            id: ProjectScene.id(number),
            .addShape(image: image, plane: ShapePlane(), NewShape(classNumber: number % 2 + 1, ProjectScene.box(Double(number)))))
    }

    @Test func `a project is as it was left, whatever was undone, and undo goes on`() async throws {
        var scene = ProjectScene(seed: 41)
        let store = try open()
        for person in scene.people { _ = try store.person(person) }
        var batches: [(String, [NewOperation])] = []
        for _ in 0..<300 {
            let (person, operation) = scene.next()
            if batches.last?.0 == person {
                batches[batches.count - 1].1.append(operation)
            } else {
                batches.append((person, [operation]))
            }
        }
        for (person, operations) in batches { _ = try? await store.append(operations, by: person) }
        let state = store.state
        #expect(state.sequence > 200)
        try store.close()
        let again = try open()
        #expect(again.state == state)
        let person = try #require(scene.people.first { state.nextUndo(of: $0) != nil })
        let undone = try #require(again.state.nextUndo(of: person))
        _ = try await again.append([NewOperation(.undo(undone))], by: person)
        #expect(again.state.nextRedo(of: person) == undone)
        try again.close()
    }

    @Test func `what is acknowledged is on the disk without closing, and the disk is waited for`() async throws {
        let store = try open()
        let person = try store.person(nil).id
        _ = try await store.append(Self.start, by: person)
        // Another connection sees what is committed alone.
        let file = try DatabaseQueue(path: ProjectDatabase.path(in: store.folder))
        #expect(try await file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM operation") } == 3)
        #expect(try await store.pool.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
        #expect(try await store.pool.write { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
        try store.close()
    }

    @Test func `an operation that is sent again is answered as the first time, and changes nothing`() async throws {
        let store = try open()
        let person = try store.person(nil).id
        let first = try await store.append(Self.start + [Self.stroke(1)], by: person)
        let again = try await store.append([Self.stroke(1), Self.stroke(2)] + Self.start, by: person)
        #expect(first.map(\.sequence) == [1, 2, 3, 4])
        #expect(again.map(\.sequence) == [4, 5, 1, 2, 3])
        #expect(again[0] == first[3])
        #expect(store.state.sequence == 5)
        try store.close()
    }

    @Test func `all operations of a request are taken, or none`() async throws {
        let store = try open()
        let person = try store.person(nil).id
        _ = try await store.append(Self.start, by: person)
        let before = store.state
        let bad = NewOperation(.deleteClass(9))
        await #expect(
            throws: ProjectError(.badOperation, "operations[1] (deleteClass): expected a class of the project, found 9")
        ) {
            try await store.append([Self.stroke(1), bad, Self.stroke(2)], by: person)
        }
        #expect(store.state == before)
        await #expect(throws: ProjectError.self) { try await store.append([Self.stroke(1)], by: ProjectScene.id(3)) }
        // Within one request, later operations see earlier ones.
        _ = try await store.append([Self.stroke(1), NewOperation(.undo(ProjectScene.id(1)))], by: person)
        #expect(store.state.shapes(of: Self.image).isEmpty)
        try store.close()
    }

    @Test func `many at once lose nothing, and all who follow see one order`() async throws {
        let store = try open()
        let people = try (0..<8).map { _ in try store.person(nil).id }
        _ = try await store.append(Self.start, by: people[0])
        let changes = store.changes()
        try await withThrowingTaskGroup { group in
            for (index, person) in people.enumerated() {
                group.addTask {
                    for number in 0..<20 { _ = try await store.append([Self.stroke(1000 * (index + 1) + number)], by: person) }
                }
            }
            try await group.waitForAll()
        }
        #expect(store.state.sequence == 163)
        #expect(store.state.shapeCount(of: Self.image) == 160)
        try store.close()
        var seen: [ProjectOperation] = []
        for await operations in changes { seen += operations }
        #expect(seen.map(\.sequence) == Array(4...163))
        #expect(store.operations(after: 3) == seen)
        #expect(store.operations(after: 10, limit: 2).map(\.sequence) == [11, 12])
        #expect(store.operations(after: 163).isEmpty)
    }

    @Test func `a full disk is said, loses nothing, and is forgotten when there is space again`() async throws {
        let store = try open()
        let person = try store.person(nil).id
        _ = try await store.append(Self.start, by: person)
        let before = store.state
        let pages = try await store.pool.write { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
        try await store.pool.write { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
        let points = (0..<20_000).map { AnnotationPoint(x: Double($0), y: 1.5) }
        let large = NewOperation(
            id: ProjectScene.id(77),
            .addShape(image: Self.image, plane: ShapePlane(), NewShape(classNumber: 1, .points(points))))
        do throws(ProjectError) {
            _ = try await store.append([large], by: person)
            Issue.record("expected a full disk")
        } catch {
            #expect(error.kind == .diskFull)
            #expect(error.description.contains("the disk is full: nothing is lost") && !error.description.contains("\n"))
        }
        #expect(store.state == before)
        try await store.pool.write { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        let taken = try await store.append([large], by: person)
        #expect(taken.map(\.sequence) == [4])
        try store.close()
        #expect(try open().state.shapes(of: Self.image).map(\.id) == [ProjectScene.id(77)])
    }

    @Test func `a project is open in one process at a time`() throws {
        let store = try open()
        let error = try #require(openError())
        #expect(error.kind == .locked)
        #expect(error.description.contains("found process \(ProcessInfo.processInfo.processIdentifier) on "))
        #expect(!error.description.contains("--run-dir") && !error.description.contains("directory"))
        store.announce("http://127.0.0.1:4711")
        let served = try #require(openError()).description
        #expect(served.hasPrefix("project \(folder("project")): expected one that no other coppice serve has, found process "))
        #expect(served.contains(", http://127.0.0.1:4711; "))
        try store.close()
        #expect(openError() == nil)
    }

    @Test func `a project of a newer program is refused by both numbers`() throws {
        try open().close()
        let queue = try DatabaseQueue(path: ProjectDatabase.path(in: folder("project")))
        try queue.write { try $0.execute(sql: "PRAGMA user_version = 7") }
        try queue.close()
        let error = try #require(openError())
        #expect(error.kind == .otherFormat)
        #expect(
            error.description.hasSuffix("expected a project of format 2 or older, found 7; use the newer coppice that wrote it"))
    }

    @Test func `a project has an id for life, also one of the format that had none, and so have its copies`() async throws {
        let store = try open()
        let person = try store.person(nil).id
        _ = try await store.append(Self.start + [Self.stroke(1)], by: person)
        let (id, state) = (store.id, store.state)
        #expect(id.isIdentifier)
        try await store.backup(to: folder("copy/project.sqlite"))
        try store.close()
        let copy = try ProjectStore.open(folder: folder("copy"))
        #expect(copy.id == id)
        try copy.close()
        let again = try open()
        #expect(again.id == id)
        try again.close()
        // As format 1 left it.
        let queue = try DatabaseQueue(path: ProjectDatabase.path(in: folder("project")))
        try await queue.write { database in
            try database.drop(table: "project")
            try database.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'format 2'; PRAGMA user_version = 1")
        }
        try queue.close()
        let older = try open()
        #expect(older.id.isIdentifier && older.id != id)
        #expect(older.state == state)
        let given = older.id
        try older.close()
        let last = try open()
        #expect(last.id == given)
        try last.close()
    }

    @Test func `settings of earlier logs, which may have a resolution, are read without it`() async throws {
        let store = try open()
        let person = try store.person(nil).id
        var change = SettingsChange()
        change.trees = 12
        _ = try await store.append([NewOperation(id: ProjectScene.id(7), .setSettings(change))], by: person)
        let settings = store.state.settings
        try store.close()
        let queue = try DatabaseQueue(path: ProjectDatabase.path(in: folder("project")))
        try await queue.write { database in
            let former = #"{"id":"\#(ProjectScene.id(7))","kind":"setSettings","settings":{"forest":{"trees":12},"level":2}}"#
            try database.execute(
                sql: "UPDATE operation SET document = ? WHERE id = ?", arguments: [Data(former.utf8), ProjectScene.id(7)])
        }
        try queue.close()
        let again = try open()
        #expect(again.state.settings == settings && settings != .usual)
        #expect(!again.state.settings.arguments.contains("--level"))
        try again.close()
    }

    @Test func `something else than a database is refused in one line`() throws {
        try FileManager.default.createDirectory(atPath: folder("project"), withIntermediateDirectories: true)
        _ = try folder.write(String(repeating: "no database ", count: 1000), to: "project/project.sqlite")
        let error = try #require(openError())
        #expect(error.kind == .inputOutput && error.description.contains("project.sqlite: file is not a database"))
    }

    @Test func `a person is known again, one of another project is taken over, and nobody takes a made-up id`() async throws {
        let store = try open()
        let first = try store.person(nil)
        #expect(first.name == "Person 1")
        #expect(try store.person(first.id) == first)
        let foreign = try store.person(ProjectScene.id(5))
        #expect(foreign == Person(id: ProjectScene.id(5), name: "Person 2"))
        let third = try store.person("x'; DROP TABLE person")
        #expect(third.id.isIdentifier && third.name == "Person 3")
        _ = try await store.append([NewOperation(.renamePerson("Ada"))], by: foreign.id)
        try store.close()
        let again = try open()
        #expect(again.state.allPersons.map(\.name) == ["Person 1", "Ada", "Person 3"])
        #expect(try again.person(foreign.id).name == "Ada")
    }

    @Test func `who has a name from the start is not counted among the others`() throws {
        let store = try open()
        let named = try store.person(ProjectScene.id(5), named: "Command line")
        #expect(named.name == "Command line")
        let first = try store.person(nil)
        let again = try store.person(named.id, named: "Somebody")
        let second = try store.person(nil)
        #expect([first.name, again.name, second.name] == ["Person 1", "Command line", "Person 2"])
        #expect(store.state.allPersons == [named, first, second])
        try store.close()
    }

    @Test func `a backup is whole while strokes come in`() async throws {
        let store = try open()
        let person = try store.person(nil).id
        _ = try await store.append(Self.start + (1...50).map(Self.stroke), by: person)
        let known = store.state.sequence
        async let strokes: Void = {
            for number in 100..<160 { _ = try await store.append([Self.stroke(number)], by: person) }
        }()
        try await store.backup(to: folder("copy/project.sqlite"))
        try await strokes
        let copy = try ProjectStore.open(folder: folder("copy"))
        #expect(copy.state.sequence >= known)
        #expect(copy.operations(after: 0) == Array(store.operations(after: 0).prefix(copy.state.sequence)))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder("copy")).filter { $0.hasSuffix(".partial") }
        #expect(left.isEmpty)
        try store.close()
        // Also by another process, over an older one.
        try ProjectStore.backup(folder: folder("project"), to: folder("second/project.sqlite"))
        try ProjectStore.backup(folder: folder("project"), to: folder("second/project.sqlite"))
        #expect(try ProjectStore.open(folder: folder("second")).state == store.state)
        #expect(throws: ProjectError.self) { try ProjectStore.backup(folder: folder("nothing"), to: folder("third")) }
    }

    @Test func `a backup in a folder has uploaded images, one in a file says that it has not`() async throws {
        let store = try open()
        try FileManager.default.createDirectory(atPath: folder("project/images/b.zarr"), withIntermediateDirectories: true)
        _ = try folder.write("pixels of a", to: "project/images/a.png")
        _ = try folder.write("more pixels", to: "project/images/b.zarr/.zattrs")
        _ = try folder.write("half", to: "project/images/.upload-1234")
        let alone = try await store.backup(to: folder("alone.sqlite"))
        #expect(!alone.hasImages && alone.imageCount == 2 && alone.imageBytes == 22)
        #expect(alone.line.contains("2 uploaded files of 22 bytes stay in \(store.folder)/images and are left out"))
        #expect(!alone.line.contains("\n"))
        let whole = try await store.backup(to: folder("whole/"))
        #expect(whole.hasImages && whole.line.hasSuffix("the whole project, with 2 uploaded files of 22 bytes"))
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder("whole")).sorted()
        #expect(names == ["images", "images/a.png", "images/b.zarr", "images/b.zarr/.zattrs", "project.sqlite"])
        for name in ["images/a.png", "images/b.zarr/.zattrs"] {
            let (one, other) = (folder("project/\(name)"), folder("whole/\(name)"))
            #expect(FileManager.default.contents(atPath: one) == FileManager.default.contents(atPath: other))
            let same = try ImageIdentity.identify(one)
            #expect(try ImageIdentity.identify(other) == same, "an image is known again by its time")
        }
        // Again: what is new is added, and nothing else touched.
        _ = try folder.write("pixels of c", to: "project/images/c.png")
        try await store.backup(to: folder("whole"))
        let copy = try ProjectStore.open(folder: folder("whole"))
        #expect(copy.id == store.id)
        #expect(FileManager.default.fileExists(atPath: folder("whole/images/c.png")))
        // Not over a copy that is open, over the project itself, or over another one.
        await #expect(throws: ProjectError.self) { try await store.backup(to: folder("whole")) }
        await #expect(throws: ProjectError.self) { try await store.backup(to: folder("project")) }
        try copy.close()
        try ProjectStore.open(folder: folder("other")).close()
        await #expect(throws: ProjectError.self) { try await store.backup(to: folder("other/")) }
        try await store.backup(to: folder("whole"))
        try store.close()
    }

    @Test func `models are kept with what is known of them, and named ones stay`() throws {
        let store = try open()
        for revision in 1...5 {
            let record = ModelRecord(
                revision: revision, labelSequence: 10 * revision, time: "2026-11-30T12:00:00.000Z", trees: 100, samples: 5,
                labelledPixels: 50, isExact: true, seconds: 0.5)
            try store.keep(model: record, Data("model \(revision)".utf8))
        }
        try store.name(model: 2, "good")
        try store.forgetModels(keeping: 2)
        #expect(try store.models().map(\.revision) == [2, 4, 5])
        #expect(try store.models().map(\.name) == ["good", nil, nil])
        #expect(try store.model(revision: 4) == Data("model 4".utf8))
        #expect(throws: ProjectError(.notFound, "model 3: expected one that is kept, found none")) {
            try store.model(revision: 3)
        }
        #expect(throws: ProjectError.self) { try store.name(model: 3, "x") }
    }
}
