@testable import Formats
import Foundation
@testable import Imaging
import Testing

@testable import Coordinator

@Suite struct PendingFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()) ?? [] }

    private func text(_ name: String) throws -> String { try String(contentsOfFile: folder(name), encoding: .utf8) }

    @Test func `what a killed process left is taken over, whatever is in it`() throws {
        _ = try folder.write("half of a much longer text that was never finished", to: ".labels.png.partial")
        try PendingFile.write(Data("whole".utf8), to: folder("labels.png"))
        #expect(names == ["labels.png"])
        #expect(try text("labels.png") == "whole")
    }

    @Test func `two that write one output at the same time do not meet`() throws {
        do {
            let first = try PendingFile(path: folder("labels.png"))
            let second = try PendingFile(path: folder("labels.png"))
            #expect(first.temporaryPath != second.temporaryPath)
            try Data("first".utf8).write(to: URL(fileURLWithPath: first.temporaryPath))
            try Data("second".utf8).write(to: URL(fileURLWithPath: second.temporaryPath))
            try second.commit()
            #expect(try text("labels.png") == "second")
            try first.commit()
            #expect(try text("labels.png") == "first")
        }
        #expect(names == ["labels.png"])
    }

    @Test func `a file that is given up leaves nothing, and its output as it was`() throws {
        _ = try folder.write("old", to: "labels.png")
        do {
            let given = try PendingFile(path: folder("labels.png"))
            try Data("new".utf8).write(to: URL(fileURLWithPath: given.temporaryPath))
        }
        #expect(names == ["labels.png"])
        #expect(try text("labels.png") == "old")
    }

    @Test func `a link in the place of the temporary file is not followed`() throws {
        _ = try folder.write("precious", to: "else")
        try FileManager.default.createSymbolicLink(atPath: folder(".labels.png.partial"), withDestinationPath: folder("else"))
        try PendingFile.write(Data("whole".utf8), to: folder("labels.png"))
        #expect(try text("else") == "precious")
        #expect(try text("labels.png") == "whole")
    }

    @Test(arguments: ["target", "deep/target", "../FOLDER/deep/target"])
    func `a link stays one, and what it leads to is written beside itself, be it there or not`(target: String) throws {
        let text = target.replacing("FOLDER", with: FilePath(folder.path).name)
        try FileManager.default.createSymbolicLink(atPath: folder("out"), withDestinationPath: "second")
        try FileManager.default.createSymbolicLink(atPath: folder("second"), withDestinationPath: text)
        for content in ["first", "again"] {
            let file = try PendingFile(path: folder("out"))
            #expect(FilePath(file.temporaryPath).folder == FilePath(folder(text)).folder)
            #expect(file.path == folder("out"))
            try Data(content.utf8).write(to: URL(fileURLWithPath: file.temporaryPath))
            try file.commit()
            #expect(try self.text(text) == content && self.text("out") == content)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("out")) == "second")
        }
        #expect(!names.contains { $0.hasPrefix(".") })
    }

    @Test func `a link in a circle is refused by name`() throws {
        try FileManager.default.createSymbolicLink(atPath: folder("round"), withDestinationPath: "round")
        let error = #expect(throws: OutputError.self) { try PendingFile(path: folder("round")) }
        #expect(error?.description == "\(folder("round")): Too many levels of symbolic links")
    }

    @Test func `a folder's link stays one, and what it leads to is written`() throws {
        try FileManager.default.createSymbolicLink(atPath: folder("out.zarr"), withDestinationPath: "deep/real.zarr")
        for _ in 0..<2 {
            let pending = try PendingFolder(path: folder("out.zarr"))
            let writer = try ZarrMapWriter.labels(
                folder: pending.temporaryPath, width: 4, height: 4, colours: [(label: 1, colour: .classColour(0))])
            try [UInt16](repeating: 1, count: 16).withUnsafeBytes {
                try writer.write(PixelRect(x: 0, y: 0, width: 4, height: 4), from: $0)
            }
            writer.finish()
            try pending.commit()
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("out.zarr")) == "deep/real.zarr")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder("deep")) == ["real.zarr"])
        }
        try FileManager.default.createDirectory(atPath: folder("other"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder("foreign.zarr"), withDestinationPath: "other")
        #expect(throws: OutputError.self) { try PendingFolder(path: folder("foreign.zarr")) }
    }
}
