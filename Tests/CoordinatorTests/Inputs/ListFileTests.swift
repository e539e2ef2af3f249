import Foundation
import Imaging
import Testing

@testable import Coordinator

/// Lists of images as people and spreadsheets write them.
@Suite struct ListFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func list(_ bytes: Data) throws(CoordinatorError) -> ListFile {
        try? bytes.write(to: URL(fileURLWithPath: folder("list.csv")))
        return try ListFile(folder("list.csv"), columns: ["image", "labels", "page"], required: 2)
    }

    private func fields(_ text: String) throws -> [[String]] { try list(Data(text.utf8)).rows.map(\.fields) }

    @Test(
        arguments: [
            "a.png,s.png\nb.png,t.png\n", "image,labels\na.png,s.png\nb.png,t.png",
            "image;labels\r\na.png;s.png\r\nb.png;t.png\r\n",
            "a.png;s.png\nb.png;t.png", "a.png\ts.png\nb.png\tt.png\n", "Image\tLabels\tPage\na.png\ts.png\nb.png\tt.png\t\n",
            "\u{FEFF}image,labels\na.png,s.png\nb.png,t.png", "\u{FEFF}a.png,s.png\nb.png,t.png",
            "sep=;\na.png;s.png\nb.png;t.png",
            "# ours\n\n  # and yours\nimage,labels\n#x,y\na.png,s.png\n\n  \n b.png , t.png \n#",
            "sep=,\rimage,labels\ra.png,s.png\rb.png,t.png",
            "\"a.png\",\"s.png\",,,\n\"b.png\" , \"t.png\",\n,,,\n", "labels,image\ns.png,a.png\nt.png,b.png",
            "page;labels;image\n;s.png;a.png\n;t.png;b.png",
        ])
    func `separators, headers, comments, marks and line ends are those of the file`(text: String) throws {
        #expect(try fields(text) == [["a.png", "s.png"], ["b.png", "t.png"]])
    }

    @Test func `quoted names are as they are, and lines keep their numbers`() throws {
        let found = try list(Data("# a list\r\n\"a, \"\"b\"\".png\",\"#1\nx.png\",3\r\n\r\n\"#c.png\",5\" disk.png\r\n".utf8))
        #expect(found.rows.map(\.fields) == [["a, \"b\".png", "#1\nx.png", "3"], ["#c.png", "5\" disk.png"]])
        #expect(found.rows.map(\.line) == [2, 5])
    }

    @Test func `a separator that names have, too, is found by the files that are there`() throws {
        for name in ["a,b.png", "s.png", "a;b.png", "t;1.png"] { _ = try folder.write("x", to: name) }
        #expect(try fields("a,b.png;s.png") == [["a,b.png", "s.png"]])
        #expect(try fields("a;b.png,t;1.png") == [["a;b.png", "t;1.png"]])
        let one = try folder.write("a;b.png\n", to: "one.csv")
        #expect(try ListFile(one, columns: ["image"], required: 1, skipsOthers: true).rows.map(\.fields) == [["a;b.png"]])
        let two = try folder.write("c.png;first\nd.png;second\n", to: "two.csv")
        #expect(
            try ListFile(two, columns: ["image"], required: 1, skipsOthers: true).rows.map(\.fields[0]) == ["c.png", "d.png"])
        let named = try folder.write("id\timage\n7\tc.png\n", to: "named.csv")
        #expect(try ListFile(named, columns: ["image"], required: 1, skipsOthers: true).rows.map(\.fields) == [["c.png"]])
    }

    // No Data: LeakSanitizer does not follow its pointers.
    private static let foreignTexts: [([UInt8], String)] = [
        ([0xFF, 0xFE, 0x61, 0], "expected UTF-8 text, found UTF-16; save it as UTF-8"),
        ([0xFE, 0xFF, 0, 0x61], "expected UTF-8 text, found UTF-16; save it as UTF-8"),
        ([0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], "expected UTF-8 text, found UTF-32; save it as UTF-8"),
        ([0x61, 0, 0x62, 0], "expected UTF-8 text, found zero bytes (UTF-16, or no text); save it as UTF-8"),
        (
            Array("a,b\nm".utf8) + [0xFC] + Array("ller.png,s.png".utf8),
            "line 2: expected UTF-8 text, found bytes that are none "
        ),
        (Array("image,labels\n# none\n".utf8), "expected lines image,labels, found none"),
        ([], "expected lines image,labels"),
        (Array("a.png,s.png\n\nb.png\n".utf8), "line 3: expected image,labels or image,labels,page, found 1 field"),
        (Array("a.png,,3\n".utf8), "line 1: expected image,labels or image,labels,page, found 2 fields"),
        (Array("a.png,s.png,1,2\n".utf8), "line 1: expected image,labels or image,labels,page, found 4 fields"),
        (Array("image,labels,stain\na.png,s.png,x\n".utf8), "expected the columns image, labels, page, found \"stain\""),
        (Array("a.png,s.png\n\"b.png,t.png\n".utf8), "line 2: expected the end of a quoted field, found none"),
    ]

    @Test(arguments: foreignTexts)
    func `what is no list is refused by what it is`(bytes: [UInt8], words: String) {
        let error = #expect(throws: CoordinatorError.self) { try list(Data(bytes)) }
        #expect(error?.kind == .badInput)
        #expect(error?.description.hasPrefix("\(folder("list.csv")): \(words)") == true, "\(error?.description ?? "")")
    }

    @Test func `a list that cannot be read says why`() {
        for (name, reason) in [("none.csv", "No such file or directory"), ("", "expected a list of images, found a folder")] {
            let error = #expect(throws: CoordinatorError.self) { try ListFile(folder(name), columns: ["image"], required: 1) }
            #expect(error?.description == "\(folder(name)): \(reason)")
        }
    }

    @Test func `a manifest holds what a command line holds, and a pair that is listed twice counts once`() throws {
        let text = """
            image;labels;page
            https://example.org/a.tif;s3://bucket/s.tif;
            ~/a.png;/abs/s.png;
            sub/../a.png;s.png;
            a.png;s.png;
            ./a.png;s.png;
            a.png;s.png;2
            a.png;t.png;
            """
        try FileManager.default.createDirectory(atPath: folder("sub"), withIntermediateDirectories: true)
        let path = try folder.write(text, to: "pairs.csv")
        let found = try TrainingPairs(manifest: path)
        let home = try #require(ProcessInfo.processInfo.environment["HOME"])
        #expect(
            found.pairs.map(\.description) == [
                "https://example.org/a.tif + s3://bucket/s.tif", "\(home)/a.png + /abs/s.png",
                "\(folder("sub/../a.png")) + \(folder("s.png"))", "\(folder("a.png")) page 2 + \(folder("s.png"))",
                "\(folder("a.png")) + \(folder("t.png"))",
            ])
        #expect(found.notes.map(\.file) == [path])
        let note = try #require(found.notes.first?.note)
        #expect(note.kind == .doubles)
        #expect(
            note.text
                == "2 pairs are listed twice (\(folder("a.png")), \(folder("s.png")) in line 5, as in line 4), and used once")
    }

    @Test func `a pair that is named twice on the command line counts once`() throws {
        let found = try TrainingPairs(["a.png", "s.png", "b.png", "s.png", "./a.png", "s.png"])
        #expect(found.pairs.map(\.description) == ["a.png + s.png", "b.png + s.png"])
        #expect(found.notes.map { "\($0.file): \($0.note.text)" } == ["./a.png: the pair is listed twice, and used once"])
        #expect(try TrainingPairs(["a.png", "s.png", "a.png", "t.png"]).notes.isEmpty)
        #expect(throws: CoordinatorError.self) { try TrainingPairs(["a.png"]) }
    }
}

extension TrainingPair {
    fileprivate var description: String { "\(image) + \(labels)" }
}
