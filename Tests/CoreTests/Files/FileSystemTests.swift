@testable import Formats
import Foundation
import Testing

struct FileSystemTests {
    @Test func `a scratch file gives back what was written, and has no name`() throws {
        let folder = try ScratchFolder()
        let file = try ScratchFile(prefix: folder.path("scratch-"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path(".")).isEmpty)
        try [UInt8](repeating: 7, count: 3).withUnsafeBytes { try file.write($0, at: 1 << 20) }
        try ([1, 2, 3] as [UInt8]).withUnsafeBytes { try file.write($0, at: 5) }
        #expect(try Self.bytes(of: file, at: 4, count: 5) == [0, 1, 2, 3, 0])
        #expect(try Self.bytes(of: file, at: 1 << 20, count: 3) == [7, 7, 7])
    }

    @Test func `a scratch file that is shorter than what is read says so`() throws {
        let folder = try ScratchFolder()
        let prefix = folder.path("scratch-")
        let file = try ScratchFile(prefix: prefix)
        try ([1, 2, 3] as [UInt8]).withUnsafeBytes { try file.write($0, at: 0) }
        #expect(throws: FileError(path: prefix, reason: "what was written is gone")) {
            try Self.bytes(of: file, at: 1, count: 3)
        }
        #expect(throws: FileError(path: folder.path("none/a"), reason: "No such file or directory")) {
            try ScratchFile(prefix: folder.path("none/a"))
        }
    }

    #if os(Linux)
        @Test func `what is given back to the disk reads as zeros`() throws {
            let folder = try ScratchFolder()
            let file = try ScratchFile(prefix: folder.path("scratch-"))
            try [UInt8](repeating: 9, count: 1 << 16).withUnsafeBytes { try file.write($0, at: 0) }
            file.giveBack(1 << 15, at: 0)
            #expect(try Self.bytes(of: file, at: 0, count: 1 << 15).allSatisfy { $0 == 0 })
            #expect(try Self.bytes(of: file, at: 1 << 15, count: 1 << 15).allSatisfy { $0 == 9 })
        }
    #endif

    @Test func `folders are told from files, and links are followed`() throws {
        let folder = try ScratchFolder()
        let file = try folder.write([1], to: "file")
        try folder.makeFolder("inside")
        #expect(FileSystem.isFolder(folder.path("inside")))
        #expect(!FileSystem.isFolder(file) && !FileSystem.isFolder(folder.path("none")) && !FileSystem.isFolder("a\0b"))
        #expect(FileSystem.resolved(folder.path("inside/../file")) == FileSystem.resolved(file))
        #expect(FileSystem.resolved(folder.path("none")) == nil && FileSystem.resolved("a\0b") == nil)
        #expect(FileSystem.exists(file) && !FileSystem.exists(folder.path("none")))
    }

    private static func bytes(of file: ScratchFile, at offset: Int, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 255, count: count)
        try bytes.withUnsafeMutableBytes { try file.read($0, at: offset) }
        return bytes
    }
}
