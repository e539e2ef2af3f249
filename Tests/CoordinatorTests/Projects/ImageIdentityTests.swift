@testable import Coordinator
import Foundation
@testable import Imaging
@testable import Primitives
@testable import Projects
import Testing

/// Images that move and change.
@Suite struct ImageIdentityTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder("a/b"), withIntermediateDirectories: true)
        path = try folder.write("pixels", to: "a/cells.tif")
    }

    private func touch(_ path: String) throws {
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: path)
    }

    @Test func `a file is the same by its content, whatever its time`() throws {
        let identity = try ImageIdentity.identify(path)
        #expect(identity.byteCount == 6 && identity.sha256 == ContentHash(of: Data("pixels".utf8)))
        #expect(identity.verify(path) == .ok(identity))
        try touch(path)
        let touched = try ImageIdentity.identify(path)
        #expect(touched != identity)
        #expect(identity.verify(path) == .ok(touched))
        var unhashed = identity
        unhashed.sha256 = nil
        #expect(unhashed.verify(path) == .changed)
    }

    @Test func `a changed file is told from the one that was added, at the same size too`() throws {
        let identity = try ImageIdentity.identify(path)
        _ = try folder.write("pixelz", to: "a/cells.tif")
        try touch(path)
        #expect(identity.verify(path) == .changed)
        _ = try folder.write("more pixels", to: "a/cells.tif")
        #expect(identity.verify(path) == .changed)
    }

    @Test func `a moved file is found by its name and content, not by its name alone`() throws {
        let identity = try ImageIdentity.identify(path)
        _ = try folder.write("sixbig", to: "cells.tif")
        _ = try folder.write("other", to: "a/b/cells.tif")
        try FileManager.default.createDirectory(atPath: folder("c/d/e"), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: path, toPath: folder("c/d/e/cells.tif"))
        #expect(identity.verify(path) == .missing)
        #expect(identity.verify(path, below: [folder("a")]) == .missing)
        #expect(identity.verify(path, below: [folder("a"), folder.path]) == .moved(folder("c/d/e/cells.tif")))
        #expect(identity.find("cells.tif", below: [folder("nothing"), folder("c")]) == folder("c/d/e/cells.tif"))
    }

    @Test func `a folder is the same by its listing`() throws {
        try FileManager.default.createDirectory(atPath: folder("x.zarr/0"), withIntermediateDirectories: true)
        _ = try folder.write("{}", to: "x.zarr/zarr.json")
        _ = try folder.write("chunk", to: "x.zarr/0/0")
        let identity = try ImageIdentity.identify(folder("x.zarr"), isHashed: false)
        #expect(identity.byteCount == 0 && identity.sha256 != nil)
        #expect(identity.verify(folder("x.zarr")) == .ok(identity))
        try FileManager.default.createDirectory(atPath: folder("y"), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: folder("x.zarr"), toPath: folder("y/x.zarr"))
        #expect(identity.verify(folder("x.zarr"), below: [folder.path]) == .moved(folder("y/x.zarr")))
        _ = try folder.write("other chunk", to: "y/x.zarr/0/0")
        #expect(identity.verify(folder("y/x.zarr")) == .changed)
    }

    @Test func `a project knows what was found last of an image, where it lies now`() async throws {
        let store = try ProjectStore.open(folder: folder("project"))
        let person = try store.person(nil).id
        let quick = try ImageIdentity.identify(path, isHashed: false)
        let id = ProjectScene.id(1)
        let added = ProjectImage(id: id, path: path, name: "cells.tif", identity: quick)
        _ = try await store.append([NewOperation(.addImage(added))], by: person)
        var image = try #require(store.state.image(id))
        #expect(try store.identity(of: image) == quick)
        #expect(try store.verify(image) == .ok(quick))
        try touch(path)
        #expect(try store.verify(image) == .changed)
        let full = try ImageIdentity.identify(path)
        try store.record(full, of: image)
        #expect(try store.identity(of: image) == full)
        #expect(try store.verify(image) == .ok(full))
        try FileManager.default.moveItem(atPath: path, toPath: folder("project/cells.tif"))
        #expect(try store.verify(image, below: [store.folder]) == .moved(folder("project/cells.tif")))
        let link = ImageLink(path: "cells.tif", identity: full)
        _ = try await store.append([NewOperation(.relinkImage(id, link))], by: person)
        image = try #require(store.state.image(id))
        #expect(store.location(of: image) == folder("project/cells.tif"))
        guard case .ok = try store.verify(image) else {
            Issue.record("expected the image in the project's folder")
            return
        }
    }
}
