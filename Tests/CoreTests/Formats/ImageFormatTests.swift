@testable import Formats
@testable import Imaging
import Testing

/// What holds of every format in the list, so that a new one is held to it.
struct ImageFormatTests {
    @Test func `an ending belongs to one format`() {
        let endings = ImageFormat.all.flatMap(\.endings)
        #expect(Set(endings).count == endings.count)
        #expect(endings.allSatisfy { $0 == $0.lowercased() && !$0.hasPrefix(".") })
        #expect(ImageFormat.all.allSatisfy { !$0.endings.isEmpty && !$0.name.isEmpty })
        #expect(ImageFile.endings == ImageFormat.all.filter(\.isFoundInFolders).map(\.endings))
    }

    @Test(arguments: ImageFormat.writtenEndings)
    func `a file that is written under an ending is read as the format of that ending`(ending: String) throws {
        let folder = try ScratchFolder()
        let path = folder.path("image.\(ending)")
        let writer = try ImageFormat.writer(of: path, ending: ending, width: 3, height: 2, kind: .grey8, overviews: .mean)
        let pixels: [UInt8] = [1, 2, 3, 4, 5, 6]
        try pixels.withUnsafeBytes { try writer.write(PixelRect(x: 0, y: 0, width: 3, height: 2), from: $0) }
        try writer.finish()
        let format = try ImageFormat.of(InputFile(path: path), expected: "an image")
        #expect(format.endings.contains(ending))
        #expect(try ImageFile.readAll(path: path).bytes == pixels)
    }

    @Test func `an ending that no written format has stands for PNG`() throws {
        #expect(Set(ImageFormat.writtenEndings).isSuperset(of: ["png", "tif", "tiff"]))
        let folder = try ScratchFolder()
        let writer = try ImageFormat.writer(
            of: folder.path("image"), ending: "jpg", width: 1, height: 1, kind: .grey8, overviews: .mean)
        #expect(writer is PNGRegionWriter)
    }

    @Test func `a folder is refused where a file is expected, and a file where a folder is`() throws {
        let folder = try ScratchFolder()
        let store = ImageBytes.store(try FolderStore(path: folder.path(".")))
        #expect(throws: ImageError.unsupported(path: store.path, reason: "expected a file")) { try store.file() }
        let file = ImageBytes.file(try InputFile(path: try folder.write([1], to: "a")))
        #expect(throws: ImageError.unsupported(path: file.path, reason: "expected a folder")) { try file.store() }
        for format in ImageFormat.all where !format.isReadInParts {
            #expect(throws: ImageError.self) { try format.source(of: store, .first, ImageLimits()) }
        }
    }

    @Test func `a sentence names formats with the right article`() {
        #expect(ImageFormat.sentence([.png, .tiff], noun: "label map") == "a PNG or TIFF label map")
        #expect(ImageFormat.sentence([.omeZarr], noun: "folder") == "an OME-Zarr folder")
        #expect(ImageFormat.documentNames == ZarrNode.documentNames)
    }
}
