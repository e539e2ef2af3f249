import Foundation
import Testing

@testable import Formats

/// Names of files as people write them.
@Suite struct FileNameTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func scratch(_ name: String) -> String { folder.path("x").dropLast() + name }

    private static func home(_ user: String) -> String? { ["": "/home/me/", "ann": "/home/ann", "root": "/"][user] }

    @Test(
        arguments: [
            ("~", "/home/me"), ("~/x.png", "/home/me/x.png"), ("~/", "/home/me/"), ("~ann/x", "/home/ann/x"), ("~root", "/"),
            ("~root/x", "/x"), ("~nobody/x", "~nobody/x"), ("x~", "x~"), ("a/~/x", "a/~/x"), ("./~", "./~"), ("", ""),
        ])
    func `a home folder stands in the place of its sign`(text: String, expected: String) {
        #expect(HomeFolder.expanded(text, home: Self.home) == expected)
    }

    @Test func `arguments have home folders alone and after an equals sign`() {
        let given = ["segment", "~/a.png", "--output=~/x.png", "-m", "~/m.json", "--class-names=a~,b", "--x==~", "~"]
        let expected = [
            "segment", "/home/me/a.png", "--output=/home/me/x.png", "-m", "/home/me/m.json", "--class-names=a~,b", "--x==~",
            "/home/me",
        ]
        #expect(HomeFolder.expanded(arguments: given, home: Self.home) == expected)
        #expect(HomeFolder.expanded(arguments: ["~/x"], home: { _ in nil }) == ["~/x"])
        #expect(HomeFolder.folder(of: "root")?.hasPrefix("/") == true && HomeFolder.folder(of: "no such user") == nil)
    }

    @Test func `a name in another Unicode form is found, if there is one alone`() throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        try FileManager.default.createDirectory(atPath: scratch(decomposed), withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: scratch("\(decomposed)/\(composed).png")))
        let found = FileSystem.located(scratch("\(composed)/\(decomposed).png"))
        #expect(Array(found.utf8) == Array(scratch("\(decomposed)/\(composed).png").utf8))
        #expect(FileSystem.located(scratch("\(composed)/none.png")).utf8.elementsEqual(scratch("\(composed)/none.png").utf8))
        // Two that look the same are two files, and neither is meant by a third spelling.
        let (one, two, third) = ("\u{1E69}", "s\u{323}\u{307}", "\u{1E63}\u{307}")
        for name in [one, two] { try Data(name.utf8).write(to: URL(fileURLWithPath: scratch(name))) }
        for name in [one, two, third] { #expect(FileSystem.located(scratch(name)).utf8.elementsEqual(scratch(name).utf8)) }
    }

    @Test func `links lead to where they lead, also if nothing is there`() throws {
        let link = { (name: String, target: String) in
            try FileManager.default.createSymbolicLink(atPath: self.scratch(name), withDestinationPath: target)
        }
        try link("a", "b")
        try link("b", "deep/c")
        try link("d", scratch("e"))
        try link("round", "about")
        try link("about", "round")
        #expect(try FileSystem.linkTarget(scratch("a")) == scratch("deep/c"))
        #expect(try FileSystem.linkTarget(scratch("d")) == scratch("e"))
        #expect(try FileSystem.linkTarget(scratch("plain")) == scratch("plain"))
        let error = #expect(throws: FileError.self) { try FileSystem.linkTarget(scratch("round")) }
        #expect(error?.reason.contains("symbolic links") == true)
    }

    @Test func `folders are made, and what is in the way is named`() throws {
        try FileSystem.makeFolder(scratch("a/b//c/"))
        try FileSystem.makeFolder(scratch("a/b/c"))
        #expect(FileSystem.isFolder(scratch("a/b/c")))
        try Data("x".utf8).write(to: URL(fileURLWithPath: scratch("file")))
        try FileManager.default.createSymbolicLink(atPath: scratch("lost"), withDestinationPath: "nowhere")
        for (path, words) in [
            (scratch("file/d"), "expected a folder at \(scratch("file")), found a file"),
            (scratch("lost/d"), "expected a folder at \(scratch("lost")), found a link that leads nowhere"),
        ] {
            let error = #expect(throws: FileError.self) { try FileSystem.makeFolder(path) }
            #expect(error?.reason == words)
            #expect(FileSystem.obstacle(toWritingIn: path) == words)
        }
        #expect(FileSystem.obstacle(toWritingIn: scratch("new/deep")) == nil && FileSystem.obstacle(toWritingIn: "") == nil)
        #expect(FileSystem.obstacle(toReading: scratch("none")) == "No such file or directory")
        #expect(FileSystem.obstacle(toReading: scratch("file")) == nil)
        #expect(FileSystem.obstacle(toReading: scratch("a")) == "expected a file, found a folder")
        // The kernel's own file systems take no folders of ours.
        let error = #expect(throws: FileError.self) { try FileSystem.makeFolder("/sys/coppice/run") }
        #expect(error?.reason.hasPrefix("the folder /sys cannot be written to: ") == true, "\(error?.reason ?? "")")
    }
}
