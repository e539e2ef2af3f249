@testable import Formats
import Foundation
import Imaging
import Testing

@testable import Coordinator

@Suite struct ImageListTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func make(_ names: String...) throws {
        for name in names {
            let path = folder(name)
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(fileURLWithPath: path))
        }
    }

    @Test func `names come in the order of the numbers in them`() {
        let sorted = ["a", "a1", "a02", "a2", "a2b", "a10", "a010b", "b", "b9c1", "b9c10", "b10"]
        for (index, one) in sorted.enumerated() {
            for other in sorted[(index + 1)...] {
                #expect(ImageList.precedes(one, other), "\(one) before \(other)")
                #expect(!ImageList.precedes(other, one), "\(other) after \(one)")
            }
        }
        #expect(!ImageList.precedes("a1", "a1"))
    }

    @Test func `a folder stands for the images in it`() throws {
        try make("in/t10.tif", "in/t9.TIF", "in/.hidden.png", "in/notes.txt", "in/z.zarr/.zgroup", "other/x.png")
        let list = try ImageList([folder("in"), folder("other/x.png")], manifest: nil)
        #expect(list.images == [folder("in/t9.TIF"), folder("in/t10.tif"), folder("in/z.zarr"), folder("other/x.png")])
        #expect(list.folders == [folder("in")])
        #expect(try ImageList([folder("in/z.zarr")], manifest: nil).images == [folder("in/z.zarr")])
    }

    @Test func `the images of a folder are those of every format that is read`() throws {
        try make("in/a.svs", "in/b.NDPI", "in/c.jpeg", "in/d.mrxs", "in/e.doc")
        let list = try ImageList([folder("in")], manifest: nil)
        #expect(list.images == [folder("in/a.svs"), folder("in/b.NDPI"), folder("in/c.jpeg"), folder("in/d.mrxs")])
        #expect(ImageFile.endings.allSatisfy { !$0.isEmpty })
    }

    @Test func `patterns that the shell has left are filled in, and names that look like one are names`() throws {
        try make("t1.png", "t2.png", "t10.png", "u1.png", "odd[1].png")
        #expect(
            try ImageList([folder("t*.png")], manifest: nil).images == [folder("t1.png"), folder("t2.png"), folder("t10.png")])
        #expect(try ImageList([folder("odd[1].png")], manifest: nil).images == [folder("odd[1].png")])
    }

    @Test func `a manifest names images relative to its folder`() throws {
        try make("lists/x")
        try "image\na.png\n\"b, c.png\",ignored\n/abs/d.png\n".write(
            toFile: folder("lists/list.csv"), atomically: true, encoding: .utf8)
        let list = try ImageList(["first.png"], manifest: folder("lists/list.csv"))
        #expect(list.images == ["first.png", folder("lists/a.png"), folder("lists/b, c.png"), "/abs/d.png"])
    }

    @Test func `a folder, pattern or manifest without images is refused by name`() throws {
        try make("empty/notes.txt", "empty.csv")
        try "image\n".write(toFile: folder("empty.csv"), atomically: true, encoding: .utf8)
        for (paths, manifest, named) in [
            ([folder("empty")], nil, "empty"), ([folder("q*.png")], nil, "q*.png"), ([], folder("empty.csv"), "empty.csv"),
            ([], folder("none.csv"), "none.csv"),
        ] as [([String], String?, String)] {
            let error = #expect(throws: CoordinatorError.self) { try ImageList(paths, manifest: manifest) }
            #expect(error?.description.hasPrefix(folder(named)) == true, "\(error?.description ?? "")")
        }
        #expect(throws: CoordinatorError.self) { try ImageList([], manifest: nil) }
    }

    @Test func `with recursion a folder stands for the images below it, each with its place`() throws {
        try make(
            "in/b.png", "in/d10/x.png", "in/d9/x.png", "in/d9/deep/y.png", "in/z.zarr/.zgroup", "in/.hidden/h.png", "in/d9/n.txt")
        try FileManager.default.createSymbolicLink(atPath: folder("in/d9/loop"), withDestinationPath: folder("in"))
        let list = try ImageList([folder("in")], manifest: nil, isRecursive: true)
        #expect(
            list.images == ["b.png", "z.zarr", "d9/x.png", "d9/deep/y.png", "d10/x.png"].map { folder("in/\($0)") })
        #expect(list.images.map(list.subfolder) == ["", "", "d9", "d9/deep", "d10"])
        #expect(try ImageList([folder("in")], manifest: nil).images == [folder("in/b.png"), folder("in/z.zarr")])
    }

    @Test func `a folder whose images lie deeper says how they are found`() throws {
        try make("in/d/x.png")
        let error = #expect(throws: CoordinatorError.self) { try ImageList([folder("in")], manifest: nil) }
        #expect(error?.description.hasSuffix("; --recursive looks into its folders, too") == true)
    }

    @Test func `an image that is listed twice is used once`() throws {
        try make("in/a.png", "in/b.png")
        try "../in/./a.png\nb.png\nhttps://h/c.tif\nhttps://h/c.tif\n\"*.png\"\n".write(
            toFile: folder("in/list.csv"), atomically: true, encoding: .utf8)
        let list = try ImageList([folder("in"), folder("in/a.png")], manifest: folder("in/list.csv"))
        #expect(list.images == [folder("in/a.png"), folder("in/b.png"), "https://h/c.tif"])
        #expect(list.notes.map(\.file) == [folder("in/a.png"), folder("in/list.csv")])
        #expect(
            list.notes.map(\.note.text) == [
                "the image is listed twice, and used once",
                "5 images are listed twice (\(folder("in/../in/./a.png")) in line 1), and used once",
            ])
    }

    @Test func `two names that are the same text in two Unicode forms are two images, in one order`() throws {
        let names = ["caf\u{E9}.png", "cafe\u{301}.png"]
        try make("in/\(names[0])", "in/\(names[1])")
        let list = try ImageList([folder("in")], manifest: nil)
        #expect(list.images.map { Array($0.utf8) } == [names[1], names[0]].map { Array(folder("in/\($0)").utf8) })
        #expect(list.notes.isEmpty)
    }
}
