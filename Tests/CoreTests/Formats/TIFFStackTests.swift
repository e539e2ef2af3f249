@testable import Formats
@testable import Imaging
import Testing

/// Planes, channels and resolutions of TIFF files.
struct TIFFStackTests {
    private func write(_ images: [HandmadeTIFF.Image], _ scratch: ScratchFolder, _ name: String = "stack.tif") throws -> String {
        try scratch.write(HandmadeTIFF.file(images), to: name)
    }

    private func error(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    /// An OME-XML description, as programs write it.
    private static func ome(
        order: String = "XYZCT", _ c: Int, _ z: Int, _ t: Int, channels: [String] = [], data: String = "<TiffData/>",
        size: String = ""
    ) -> String {
        let channels = channels.map { "<Channel ID=\"Channel:0:0\" Name=\"\($0)\" SamplesPerPixel=\"1\"/>" }.joined()
        return """
            <?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">\
            <Pixels ID="Pixels:0" Type="uint8" SizeX="6" SizeY="5" SizeC="\(c)" SizeZ="\(z)" SizeT="\(t)" DimensionOrder="\(order)" \
            \(size)>\(channels)\(data)</Pixels></Image><Image ID="Image:1"><Pixels SizeC="9" SizeZ="9" SizeT="9"/></Image></OME>
            """
    }

    /// Channels interleaved.
    private static func interleaved(_ images: [HandmadeTIFF.Image]) -> [UInt8] {
        images[0].bytes.indices.flatMap { index in images.map { $0.bytes[index] } }
    }

    @Test func `pages are the images of full resolution, in order`() throws {
        let scratch = try ScratchFolder()
        let images = (0..<4).map { HandmadeTIFF.Image(6, 5, seed: $0) }
        // Two smaller ones of the second page, and a mask.
        let chain =
            [images[0], images[1], .init(3, 2, seed: 8, subfileType: 1), .init(2, 1, seed: 9, subfileType: 1), images[2]]
            + [.init(6, 5, seed: 7, subfileType: 4), images[3]]
        let path = try write(chain, scratch)
        let contents = try ImageFile.contents(path: path)
        #expect(contents.pages == 4 && contents.levels.count == 1 && contents.channelNames.isEmpty)
        for (page, image) in images.enumerated() {
            #expect(try ImageFile.readAll(path: path, ImageSelection(page: page)).bytes == image.bytes)
            #expect(
                try ImageFile.readAllLabels(path: path, ImageSelection(page: page)).labels == image.bytes.map(UInt16.init))
        }
        #expect(
            try ImageFile.readAll(path: path, ImageSelection(page: 1, level: 2)).bytes == HandmadeTIFF.Image(2, 1, seed: 9).bytes)
        #expect(
            error { _ = try ImageFile.source(path: path, ImageSelection(page: 4)) }
                == "\(path): expected a page from 0 to 3, found page 4")
        #expect(
            error { _ = try ImageFile.source(path: path, ImageSelection(page: 1, level: 3)) }
                == "\(path): expected a level from 0 to 2, found level 3")
    }

    @Test func `levels are the directories below, with the sizes of their pixels`() throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(8, 6, samplesPerPixel: 3, seed: 1)
        image.below = [
            .init(4, 3, samplesPerPixel: 3, seed: 2, subfileType: 1), .init(2, 1, samplesPerPixel: 3, seed: 3, subfileType: 1),
        ]
        image.resolution = 40_000
        let path = try write([image], scratch)
        let contents = try ImageFile.contents(path: path)
        #expect(contents.levels.map(\.width) == [8, 4, 2] && contents.levels.map(\.height) == [6, 3, 1])
        #expect(contents.levels.map { $0.micronsPerPixel.map { ($0 * 1000).rounded() } } == [250, 500, 1000])
        for (size, level) in [(0.01, 0), (0.3, 0), (0.36, 1), (0.5, 1), (0.9, 2), (100, 2)] {
            #expect(contents.level(nearestTo: size) == level, "\(size) µm")
        }
        for (level, below) in image.below.enumerated() {
            #expect(try ImageFile.readAll(path: path, ImageSelection(level: level + 1)).bytes == below.bytes)
        }
        #expect(
            error { _ = try ImageFile.source(path: path, ImageSelection(level: 3)) }
                == "\(path): expected a level from 0 to 2, found level 3")
    }

    @Test func `channels of an OME-TIFF have the colours that it names for all of them`() throws {
        let scratch = try ScratchFolder()
        var images = (0..<2).map { HandmadeTIFF.Image(6, 5, seed: $0) }
        // Red, green, blue and alpha, from the highest byte on, as a signed number.
        var text = Self.ome(2, 1, 1, channels: ["DAPI", "GFP"])
            .replacing("\"DAPI\"", with: "\"DAPI\" Color=\"65535\"")
        images[0].description = text
        #expect(try ImageFile.contents(path: write(images, scratch, "one.tif")).channelColours.isEmpty)
        text = text.replacing("\"GFP\"", with: "\"GFP\" Color=\"-8388353\"")
        images[0].description = text
        let colours = try ImageFile.contents(path: write(images, scratch, "both.tif")).channelColours
        #expect(colours.map(\.hex) == ["#0000FF", "#FF8000"])
    }

    @Test(arguments: ["XYZCT", "XYZTC", "XYCZT", "XYCTZ", "XYTCZ", "XYTZC"])
    func `an OME-TIFF's planes have the channels that its axes name`(order: String) throws {
        let scratch = try ScratchFolder()
        let sizes: [Character: Int] = ["C": 2, "Z": 3, "T": 2]
        var images = (0..<12).map { HandmadeTIFF.Image(6, 5, seed: $0) }
        images[0].description = Self.ome(
            order: order, 2, 3, 2, channels: ["DAPI", "GFP"], size: "PhysicalSizeX=\"650\" PhysicalSizeXUnit=\"nm\"")
        let path = try write(images, scratch)
        let contents = try ImageFile.contents(path: path)
        #expect((contents.depth, contents.times) == (3, 2) && contents.channelNames == ["DAPI", "GFP"])
        #expect(contents.levels.map { [$0.width, $0.height] } == [[6, 5]])
        #expect(contents.metadata == ImageMetadata(x: AxisSampling(step: 650, unit: "nm")))
        #expect(contents.levels.map(\.micronsPerPixel) == [0.65])
        for page in 0..<6 {
            let expected = (0..<2).map { channel in
                let indices: [Character: Int] = ["C": channel, "Z": page % 3, "T": page / 3]
                return images[order.dropFirst(2).reversed().reduce(0) { $0 * (sizes[$1] ?? 0) + (indices[$1] ?? 0) }]
            }
            let found = try ImageFile.readAll(path: path, ImageSelection(page: page))
            #expect(found.channels == 2 && found.bytes == Self.interleaved(expected), "page \(page)")
        }
    }

    @Test func `blocks of an OME-TIFF say where planes are`() throws {
        let scratch = try ScratchFolder()
        var images = (0..<4).map { HandmadeTIFF.Image(6, 5, seed: $0) }
        images[0].description = Self.ome(
            2, 2, 1,
            data: """
                <TiffData IFD="3" FirstC="0" FirstZ="0"/><TiffData IFD="0" FirstC="0" FirstZ="1" PlaneCount="1"/>\
                <TiffData IFD="1" FirstC="1" FirstZ="0" PlaneCount="2"/>
                """)
        let path = try write(images, scratch)
        #expect(try ImageFile.readAll(path: path).bytes == Self.interleaved([images[3], images[1]]))
        #expect(try ImageFile.readAll(path: path, ImageSelection(page: 1)).bytes == Self.interleaved([images[0], images[2]]))
        // The second channel lies in another file.
        func data(_ own: String) -> String {
            """
            <TiffData IFD="0" FirstC="0" PlaneCount="2"><UUID FileName="\(own)">urn:uuid:1</UUID></TiffData>\
            <TiffData IFD="0" FirstC="1" PlaneCount="2"><UUID FileName="other.tif">urn:uuid:2</UUID></TiffData>
            """
        }
        images[0].description = Self.ome(2, 2, 1, data: data("split.tif"))
        let split = try write(images, scratch, "split.tif")
        #expect(error { _ = try ImageFile.source(path: split) }.hasSuffix("found one in another file"))
        // A file that was renamed is still the only one.
        images[0].description = Self.ome(
            1, 4, 1, data: "<TiffData IFD=\"0\" PlaneCount=\"4\"><UUID FileName=\"old.tif\">urn:uuid:1</UUID></TiffData>")
        let renamed = try write(images, scratch, "renamed.tif")
        #expect(try ImageFile.readAll(path: renamed, ImageSelection(page: 2)).bytes == images[2].bytes)
    }

    @Test func `an ImageJ stack's channels go fastest`() throws {
        let scratch = try ScratchFolder()
        var images = (0..<12).map { HandmadeTIFF.Image(6, 5, seed: $0) }
        images[0].description = "ImageJ=1.54f\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\nunit=micron\n"
        let path = try write(images, scratch)
        #expect(try ImageFile.contents(path: path).pages == 6)
        #expect(try ImageFile.readAll(path: path, ImageSelection(page: 4)).bytes == Self.interleaved([images[8], images[9]]))
        images[0].description = "ImageJ=1.54f\nimages=12\n"
        let planes = try write(images, scratch, "planes.tif")
        #expect(try ImageFile.readAll(path: planes, ImageSelection(page: 11)).bytes == images[11].bytes)
    }

    static let wrong: [(description: String, message: String)] = [
        (ome(3, 2, 1), "expected an image in directory 4, as the description says, found 4 directories"),
        (ome(0, 2, 1), "expected a multiple of the 1 channels of an image, found 0"),
        (ome(1, -2, 1), "expected 1 to 1048576 images a dimension, found -2"),
        (ome(1, 1 << 20, 1 << 20), "expected at most 1048576 images, found more"),
        (ome(1, 9_223_372_036_854_775_807, 2), "expected 1 to 1048576 images a dimension, found 9223372036854775807"),
        (
            ome(1, 4, 1, data: "<TiffData IFD=\"2\" FirstZ=\"3\" PlaneCount=\"9\"/>"),
            "expected blocks of the 4 images, found others"
        ),
        (ome(1, 4, 1, data: "<TiffData IFD=\"-9223372036854775807\" PlaneCount=\"2\"/>"), "expected blocks of the 4 images"),
        (ome(1, 4, 1, data: "<TiffData IFD=\"9223372036854775807\" PlaneCount=\"2\"/>"), "expected blocks of the 4 images"),
        (ome(1, 4, 1, data: "<TiffData IFD=\"0\" FirstZ=\"7\"/>"), "expected blocks of the 4 images"),
        ("ImageJ=1\nchannels=0\n", "expected 1 to 1048576 images a dimension, found 0"),
        ("ImageJ=1\nchannels=4\nslices=2\n", "expected an image in directory 4, as the description says, found 4 directories"),
        ("ImageJ=1\nchannels=17\n", "expected an image in directory 4"),
    ]

    @Test(arguments: wrong)
    func `a description that contradicts itself or the file is an error`(description: String, message: String) throws {
        let scratch = try ScratchFolder()
        var images = (0..<4).map { HandmadeTIFF.Image(6, 5, seed: $0) }
        images[0].description = description
        let path = try write(images, scratch)
        let said = error {
            for page in 0..<2 { _ = try ImageFile.readAll(path: path, ImageSelection(page: page)) }
        }
        #expect(said.hasPrefix("\(path): ") && said.contains(message), "\(said)")
    }

    @Test func `a damaged description is none, and channels of other sizes are refused`() throws {
        let scratch = try ScratchFolder()
        var images = [HandmadeTIFF.Image(6, 5, seed: 0), .init(6, 4, seed: 1)]
        images[0].description = String(Self.ome(2, 1, 1).dropLast(9))
        #expect(try ImageFile.contents(path: write(images, scratch)).pages == 2)
        images[0].description = Self.ome(2, 1, 1)
        let said = try { path in error { _ = try ImageFile.source(path: path) } }(write(images, scratch))
        #expect(said.hasSuffix("expected channels of 6×5 pixels of uint8 as the first, found 6×4 of uint8"))
        // A small text that would unfold to gigabytes.
        let bomb = (1...30).reduce("<!ENTITY e0 \"ha\">") { $0 + "<!ENTITY e\($1) \"&e\($1 - 1);&e\($1 - 1);\">" }
        images[0].description = "<!DOCTYPE OME [\(bomb)]><OME><Image Name=\"&e30;\"/></OME>"
        #expect(try ImageFile.contents(path: write(images, scratch)).pages == 2)
    }
}
