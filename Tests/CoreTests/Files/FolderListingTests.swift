internal import Formats
import Foundation
@testable import Primitives
import Testing

struct FolderListingTests {
    @Test func `the hash of a folder changes with metadata, and with the names, sizes and times of chunks`() throws {
        let scratch = try ScratchFolder()
        let path = try HandmadeZarr().write(to: scratch)
        var seen = [try ContentHash(ofInput: path)]
        #expect(try ContentHash(ofInput: "\(path)/") == seen[0])
        func expectChange(_ what: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
            let hash = try ContentHash(ofInput: path)
            #expect(!seen.contains(hash), "\(what)", sourceLocation: sourceLocation)
            seen.append(hash)
        }
        let attributes = try scratch.bytes("image.zarr/.zattrs")
        _ = try scratch.write(attributes + [32], to: "image.zarr/.zattrs")
        try expectChange("metadata")
        _ = try scratch.write(attributes, to: "image.zarr/.zattrs")
        #expect(try ContentHash(ofInput: path) == seen[0], "the time of metadata does not count")

        let chunk = "\(path)/0/0/0"
        let date = Date(timeIntervalSince1970: 1_000_000)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: chunk)
        try expectChange("time")
        _ = try scratch.write([1], to: "image.zarr/0/0/0")
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: chunk)
        try expectChange("size")
        try FileManager.default.moveItem(atPath: chunk, toPath: "\(path)/0/0/7")
        try expectChange("name")
        try FileManager.default.createSymbolicLink(atPath: chunk, withDestinationPath: "7")
        try expectChange("link")
        try FileManager.default.moveItem(atPath: path, toPath: scratch.path("moved.zarr"))
        #expect(try ContentHash(ofInput: scratch.path("moved.zarr")) == seen.last)
    }

    @Test func `the hash of a file is that of its content`() throws {
        let scratch = try ScratchFolder()
        let path = try scratch.write([1, 2, 3], to: "file")
        #expect(try ContentHash(ofInput: path) == ContentHash(of: [1, 2, 3]))
        #expect(throws: (any Error).self) { try ContentHash(ofInput: scratch.path("none")) }
    }
}
