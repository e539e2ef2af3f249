import Foundation
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
}
