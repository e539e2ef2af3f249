import Foundation
import Testing

@testable import Annotator
@testable import Projects

/// Images whose files have moved, changed or gone: what is said of them, and how they are found again.
@Suite(.timeLimit(.minutes(5))) struct MovedImageTests {
    private static let image = "33333333-3333-4333-8333-333333333333"

    /// A project with one image.
    private struct Scene: Sendable {
        let streams: StreamScene
        let person: String

        var project: ServedProject { streams.project }
        var images: ServedImages { streams.project.images }

        func path(_ name: String) -> String { streams.scratch(name) }

        func take(_ action: Action) async throws {
            let operations = try await project.admitted([NewOperation(action)])
            _ = try await project.store.append(operations, by: person)
        }

        func relink(to path: String) async throws {
            try await take(.relinkImage(MovedImageTests.image, ImageLink(path: path)))
            images.forget(MovedImageTests.image)
        }

        func move(_ name: String, to other: String) throws {
            let folder = URL(fileURLWithPath: path(other)).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: path(name), toPath: path(other))
        }

        /// Puts another image of a side in the place of the image's file.
        func overwrite(side: Int) throws {
            let other = try Scratch()
            try DemoInputs.write(to: other, side: side, seed: 8)
            try other.bytes("image.png").write(to: URL(fileURLWithPath: path("image.png")))
        }
    }

    private func scene(_ body: @escaping @Sendable (Scene) async throws -> Void) async throws {
        try await StreamScene.with { streams in
            try DemoInputs.write(to: streams.scratch)
            let scene = Scene(streams: streams, person: try streams.project.store.person(nil).id)
            try await scene.take(.addImage(ProjectImage(id: Self.image, path: scene.path("image.png"), name: "cells")))
            try await body(scene)
        }
    }

    @Test func `a moved image is found by its name and content, and relinked`() async throws {
        try await scene { scene in
            let (project, images) = (scene.project, scene.images)
            let before = await images.verify(Self.image)
            #expect(before == nil)
            try scene.move("image.png", to: "elsewhere/deep/image.png")
            let problem = await images.verify(Self.image)
            #expect(problem?.kind == .moved)
            let found = try #require(problem?.foundPath)
            #expect(found.hasSuffix("/elsewhere/deep/image.png"))
            let match = try await project.match(found, for: Self.image)
            #expect(match.isSame && match.problem == nil)
            try await scene.relink(to: found)
            let after = await images.verify(Self.image)
            #expect(after == nil)
            _ = try await images.tiled(Self.image)
        }
    }

    @Test func `a changed image is said, and used when somebody says so, until that is undone`() async throws {
        try await scene { scene in
            let (project, images) = (scene.project, scene.images)
            try scene.overwrite(side: 300)
            let problem = await images.verify(Self.image)
            #expect(problem?.kind == .changed)
            let match = try await project.match(scene.path("image.png"), for: Self.image)
            #expect(!match.isSame && match.problem == nil)
            try await scene.relink(to: scene.path("image.png"))
            let used = await images.verify(Self.image)
            #expect(used == nil)
            let link = try #require(project.store.operations(after: 0).last)
            try await scene.take(.undo(link.id))
            images.forget(Self.image)
            let undone = await images.verify(Self.image)
            #expect(undone?.kind == .changed)
        }
    }

    @Test func `an image of another size cannot take the place of one`() async throws {
        try await scene { scene in
            let project = scene.project
            try scene.overwrite(side: 200)
            let match = try await project.match(scene.path("image.png"), for: Self.image)
            #expect(match.problem?.contains("expected an image of 300×300 pixels") == true, "\(match)")
            await #expect(throws: Refusal.self) { try await scene.relink(to: scene.path("image.png")) }
            #expect(project.store.state.sequence == 1)
        }
    }

    @Test func `a missing image stays missing when somebody opens it, and is back when its file is`() async throws {
        try await scene { scene in
            let images = scene.images
            try scene.move("image.png", to: "image.kept")
            let problem = await images.verify(Self.image)
            #expect(problem?.kind == .missing)
            await #expect(throws: (any Error).self) { try await images.tiled(Self.image) }
            #expect(images.problems[Self.image]?.kind == .missing)
            try scene.move("image.kept", to: "image.png")
            _ = try await images.tiled(Self.image)
            #expect(images.problems.isEmpty)
        }
    }

    @Test func `what was found of an image is said to all`() async throws {
        try await scene { scene in
            try scene.move("image.png", to: "other.png")
            scene.streams.engine.running.holdNext()
            let watching = Task { await scene.project.watch() }
            await scene.streams.engine.running.isHolding()
            let stream = try scene.streams.open(Self.image)
            _ = await stream.next("hello")
            try await scene.take(.relinkImage(Self.image, ImageLink(path: scene.path("other.png"))))
            // That it is missing may have been said before.
            var said: [String: Any] = ["problem": ""]
            while said["problem"] != nil {
                let frame = await stream.next("image")
                said = try #require(frame).document
            }
            #expect(said["image"] as? String == Self.image)
            scene.streams.engine.running.release()
            watching.cancel()
            await watching.value
            await stream.breakOff()
        }
    }
}
