@testable import Formats
@testable import Imaging
@testable import Primitives
import Testing

/// Files of kinds that people reported and that were once read wrongly.
@Suite(.enabled(if: SharedFaults.isHere, "../shared/faults is not here"))
struct FaultInputTests {
    private func image(_ name: String, _ selection: ImageSelection = .first) throws -> PixelBuffer {
        try ImageFile.readAll(path: SharedFaults.path(name), selection)
    }

    private func kinds(_ name: String) throws -> [ImageNote.Kind] {
        try ImageFile.contents(path: SharedFaults.path(name)).notes.map(\.kind)
    }

    @Test func `pictures lie as people see them`() throws {
        let (jpeg, png) = (try image("exif/exif1.jpg"), try image("exif/exif1.png"))
        for (number, orientation) in [(3, Orientation.turnedAround), (6, .turnedRight), (8, .turnedLeft)] {
            #expect(try image("exif/exif\(number).jpg") == jpeg.turned(orientation))
            #expect(try image("exif/exif\(number).png") == png.turned(orientation))
            #expect(try kinds("exif/exif\(number).jpg") == [.orientation])
        }
        let turned = try image("tiff-photometric/orient6.tif")
        #expect(turned.width == 64 && turned.height == 96)
        #expect(try image("tiff-photometric/white.tif") == image("tiff-photometric/black.tif"))
        #expect(try kinds("tiff-photometric/white.tif") == [.inverted])
    }

    @Test func `axes are those that are stated`() throws {
        let channels = try ImageFile.contents(path: SharedFaults.path("axes/cyx.tif"))
        #expect(channels.channels == 5 && channels.pages == 1)
        let times = try ImageFile.contents(path: SharedFaults.path("axes/tyx.tif"))
        #expect(times.channels == 1 && times.times == 5 && times.depth == 1)
        let samples = try ImageFile.contents(path: SharedFaults.path("axes/yxc.tif"))
        #expect(samples.channels == 5 && samples.pages == 1)
        // The same planes as channels, time points and samples.
        let whole = try image("axes/cyx.tif")
        #expect(try image("axes/yxc.tif") == whole)
        for page in 0..<5 {
            #expect(try image("axes/tyx.tif", ImageSelection(page: page)) == whole.choosing([page]))
        }
    }

    /// SHA-256 of what tifffile reads, its first eight bytes.
    private static let sparse = [
        "sp-f32.tif": "0998e3680ed86bf0", "sp-i16.tif": "b552af28fcc6f6fb", "sp-planar.tif": "b7202f0a739a0360",
        "sp-rgb.tif": "bf28d615881696f5", "sp-strips.tif": "e408aeb5a3738487", "sp-u8-255.tif": "b1d6eb44a445eba9",
        "sparse-nodata7.tif": "c9f6b1c41bb98d95", "sparse.tif": "3e22ae60bc7dc099",
    ]

    @Test(arguments: sparse) func `chunks that are left out are read as tifffile reads them`(_ name: String, _ hash: String)
        throws
    {
        let found = try image("sparse-tiff/\(name)")
        #expect(ContentHash(of: found.bytes).description.hasPrefix(hash))
        #expect(try kinds("sparse-tiff/\(name)").contains(.missing))
        // With a value for no data, they are none. The planes of sp-planar.tif lack different chunks: no pixel lacks all channels.
        #expect((found.validity == nil) == ["sparse.tif", "sp-planar.tif"].contains(name))
    }

    @Test(arguments: ["nan.tif", "nan-tag.tif", "i16.tif", "mask.tif"]) func `no data is no data`(_ name: String) throws {
        let path = SharedFaults.path("no-data/\(name)")
        let windows = ImageWindows(try ImageFile.source(path: path), path: path)
        try windows.advance(to: 0..<96)
        let pixels = try windows.window(PixelRect(x: 0, y: 0, width: 96, height: 96))
        #expect(pixels.validity?.filter { $0 == 0 }.count == 400)
    }

    @Test(arguments: ["c20-ij.tif", "c20-contig.tif", "c20.ome.tif"]) func `twenty channels are read, and some of them`(
        _ name: String
    ) throws {
        let whole = try image("channels/\(name)")
        #expect(whole.channels == 20)
        #expect(try image("channels/\(name)", ImageSelection(channels: [0, 3, 19, 5])) == whole.choosing([0, 3, 19, 5]))
        #expect(try whole.bytes == image("channels/c20-contig.tif").bytes)
    }
}
