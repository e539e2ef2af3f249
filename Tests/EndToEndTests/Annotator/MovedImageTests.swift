import Foundation
import Testing

@testable import Annotator
@testable import Projects

/// Images whose files have moved, changed or gone: what is said of them, and how they are found again.
@Suite(.timeLimit(.minutes(5))) struct MovedImageTests {
    private static let image = "33333333-3333-4333-8333-333333333333"
    private let scene: StreamScene
    private let person: String

    init() async throws {
        scene = try StreamScene()
        try DemoInputs.write(to: scene.scratch)
        person = try scene.project.store.person(nil).id
        let image = ProjectImage(id: Self.image, path: scene.scratch("image.png"), name: "cells")
        try await take(.addImage(image))
    }

    private func take(_ action: Action) async throws {
        let operations = try await scene.project.admitted([NewOperation(action)])
        _ = try await scene.project.store.append(operations, by: person)
    }

    private func relink(to path: String) async throws {
        try await take(.relinkImage(Self.image, ImageLink(path: path)))
        scene.project.images.forget(Self.image)
    }

    private func move(_ name: String, to other: String) throws {
        let folder = URL(fileURLWithPath: scene.scratch(other)).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: scene.scratch(name), toPath: scene.scratch(other))
    }

    /// Puts another image of a side in the place of the image's file.
    private func overwrite(side: Int) throws {
        let other = try Scratch()
        try DemoInputs.write(to: other, side: side, seed: 8)
        try other.bytes("image.png").write(to: URL(fileURLWithPath: scene.scratch("image.png")))
    }

    @Test func `a moved image is found by its name and content, and relinked`() async throws {
        let (project, images) = (scene.project, scene.project.images)
        let before = await images.verify(Self.image)
        #expect(before == nil)
        try move("image.png", to: "elsewhere/deep/image.png")
        let problem = try #require(await images.verify(Self.image))
        #expect(problem.kind == .moved)
        let found = try #require(problem.foundPath)
        #expect(found.hasSuffix("/elsewhere/deep/image.png"))
        let match = try await project.match(found, for: Self.image)
        #expect(match.isSame && match.problem == nil)
        try await relink(to: found)
        let after = await images.verify(Self.image)
        #expect(after == nil)
        _ = try await images.tiled(Self.image)
        try scene.close()
    }

    @Test func `a changed image is said, and used when somebody says so, until that is undone`() async throws {
        let (project, images) = (scene.project, scene.project.images)
        try overwrite(side: 300)
        let problem = await images.verify(Self.image)
        #expect(problem?.kind == .changed)
        let match = try await project.match(scene.scratch("image.png"), for: Self.image)
        #expect(!match.isSame && match.problem == nil)
        try await relink(to: scene.scratch("image.png"))
        let used = await images.verify(Self.image)
        #expect(used == nil)
        let link = try #require(project.store.operations(after: 0).last)
        try await take(.undo(link.id))
        images.forget(Self.image)
        let undone = await images.verify(Self.image)
        #expect(undone?.kind == .changed)
        try scene.close()
    }

    @Test func `an image of another size cannot take the place of one`() async throws {
        let project = scene.project
        try overwrite(side: 200)
        let match = try await project.match(scene.scratch("image.png"), for: Self.image)
        #expect(match.problem?.contains("expected an image of 300×300 pixels") == true, "\(match)")
        await #expect(throws: Refusal.self) { try await relink(to: scene.scratch("image.png")) }
        #expect(project.store.state.sequence == 1)
        try scene.close()
    }

    @Test func `a missing image stays missing when somebody opens it, and is back when its file is`() async throws {
        let images = scene.project.images
        try move("image.png", to: "image.kept")
        let problem = await images.verify(Self.image)
        #expect(problem?.kind == .missing)
        await #expect(throws: (any Error).self) { try await images.tiled(Self.image) }
        #expect(images.problems[Self.image]?.kind == .missing)
        try move("image.kept", to: "image.png")
        _ = try await images.tiled(Self.image)
        #expect(images.problems.isEmpty)
        try scene.close()
    }

    @Test func `what was found of an image is said to all`() async throws {
        try move("image.png", to: "other.png")
        scene.engine.running.holdNext()
        let watching = Task { await scene.project.watch() }
        await scene.engine.running.isHolding()
        let stream = try scene.open(Self.image)
        _ = await stream.next("hello")
        try await take(.relinkImage(Self.image, ImageLink(path: scene.scratch("other.png"))))
        // That it is missing may have been said before.
        var said: [String: Any] = ["problem": ""]
        while said["problem"] != nil {
            let frame = try #require(await stream.next("image"))
            said = frame.document
        }
        #expect(said["image"] as? String == Self.image)
        scene.engine.running.release()
        watching.cancel()
        await watching.value
        await stream.breakOff()
        try scene.close()
    }
}
