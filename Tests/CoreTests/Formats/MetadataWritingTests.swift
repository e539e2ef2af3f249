@testable import Formats
import Foundation
@testable import Imaging
import Testing

/// What is written of the place of pixels, read back by the package itself; other programs read it in the conformance tests.
struct MetadataWritingTests {
    private static let width = 1100
    private static let height = 530

    private func sampling(_ step: Double, _ origin: Double = 0, _ unit: String? = "micrometer") -> AxisSampling? {
        AxisSampling(step: step, origin: origin, unit: unit)
    }

    private static func geo(isPoint: Bool = false) -> GeoReference {
        GeoReference(
            pixelScale: [0.5, 0.25, 0], tiepoints: [0, 0, 0, 500_000, 4_600_000, 0],
            keys: [1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, isPoint ? 2 : 1, 1026, 34737, 9, 0, 3072, 0, 1, 32631],
            text: "WGS 84 / |")
    }

    private static func turned() -> GeoReference {
        GeoReference(
            transformation: [0.6, -0.8, 0, 100, -0.8, -0.6, 0, 900, 0, 0, 0, 0, 0, 0, 0, 1], keys: [1, 1, 0, 1, 1024, 0, 1, 1])
    }

    private func write(
        _ metadata: ImageMetadata, _ scratch: ScratchFolder, _ name: String, _ kind: PixelKind = .grey8,
        rule: OverviewRule = .mean
    ) throws -> String {
        let path = scratch.path(name)
        let writer = try ImageFormat.writer(
            of: path, ending: name.hasSuffix("png") ? "png" : "tif", width: Self.width, height: Self.height, kind: kind,
            overviews: rule,
            caption: ImageCaption(metadata: metadata, name: "a \"class\" & µ", isOME: ImageCaption.isOME(path: path)))
        let bytes = [UInt8](repeating: 7, count: Self.width * Self.height * kind.byteCount)
        try bytes.withUnsafeBytes {
            try writer.write(PixelRect(x: 0, y: 0, width: Self.width, height: Self.height), from: $0)
        }
        try writer.finish()
        return path
    }

    private func writeZarr(_ metadata: ImageMetadata, _ scratch: ScratchFolder, isLabels: Bool, _ name: String = "map.zarr")
        throws
        -> String
    {
        try scratch.makeFolder(name)
        let path = scratch.path(name)
        let colour = RGBColour(red: 1, green: 2, blue: 3)
        let writer =
            isLabels
            ? try ZarrMapWriter.labels(
                folder: path, width: Self.width, height: Self.height, colours: [(1, colour)], metadata: metadata)
            : try ZarrMapWriter.shares(
                folder: path, width: Self.width, height: Self.height, name: "shares", channels: [("a", colour), ("b", colour)],
                metadata: metadata)
        let bytes = [UInt8](repeating: 1, count: Self.width * Self.height * (isLabels ? 1 : 4))
        try bytes.withUnsafeBytes {
            try writer.write(PixelRect(x: 0, y: 0, width: Self.width, height: Self.height), from: $0)
        }
        writer.finish()
        return path
    }

    // MARK: TIFF

    @Test func `a TIFF carries the place on the Earth, and each overview its own`() throws {
        let scratch = try ScratchFolder()
        for (number, geo) in [Self.geo(), Self.geo(isPoint: true), Self.turned()].enumerated() {
            let path = try write(ImageMetadata(geo: geo), scratch, "\(number).tif")
            #expect(ImageFile.metadata(path: path).geo == geo)
            for level in 1...2 {
                let found = try #require(ImageFile.metadata(path: path, ImageSelection(level: level)).geo)
                // Whole pixels of the image, though its sides are not multiples of them.
                #expect(found == geo.seen(through: .scaling(x: Double(1 << level), y: Double(1 << level))), "level \(level)")
            }
        }
    }

    @Test func `points on the Earth without a scale are carried too`() throws {
        let scratch = try ScratchFolder()
        let geo = GeoReference(
            tiepoints: [0, 0, 0, 1, 2, 0, 1100, 0, 0, 5, 2, 0, 0, 530, 0, 1, 7, 0], keys: [1, 1, 0, 1, 1024, 0, 1, 2])
        let path = try write(ImageMetadata(geo: geo), scratch, "image.tif")
        #expect(ImageFile.metadata(path: path).geo == geo)
        #expect(ImageFile.metadata(path: path, ImageSelection(level: 1)).geo?.tiepoints[6] == 550)
    }

    @Test func `the size of pixels is written as resolution, once as it was read`() throws {
        let scratch = try ScratchFolder()
        let microscope = ImageMetadata(
            x: sampling(0.25, 15_000.125), y: sampling(0.5, 0.25), z: sampling(2), time: sampling(1, 0, "s"))
        let path = try write(microscope, scratch, "a.tif")
        let found = ImageFile.metadata(path: path)
        #expect(found.x == microscope.x && found.y == microscope.y && found.resolution?.x == 40_000)
        // Positions are fractions of 24 bits: a pixel is not lost in a centimetre and a half.
        let level = ImageFile.metadata(path: path, ImageSelection(level: 2))
        #expect(level.x?.step == 1 && abs((level.x?.origin ?? 0) - 15_000.5) < 0.01 && level.y == sampling(2, 1))
        let print = ImageMetadata(
            x: sampling(84.66667), y: sampling(84.66667), resolution: PrintResolution(x: 300, y: 300, unit: .inch))
        #expect(ImageFile.metadata(path: try write(print, scratch, "b.tif")) == print)
        for unknown in [ImageMetadata(x: sampling(1, 0, "furlong"), y: sampling(1, 0, "furlong")), ImageMetadata(x: sampling(1))]
        {
            #expect(ImageFile.metadata(path: try write(unknown, scratch, "c.tif")) == .none)
        }
    }

    @Test(arguments: ["image.ome.tif", "Image.OME.TIFF"]) func `an OME-TIFF describes itself if there is something to say`(
        name: String
    ) throws {
        let scratch = try ScratchFolder()
        let metadata = ImageMetadata(
            x: sampling(0.65, 12), y: sampling(650, 0, "nm"), z: sampling(2, 6), time: sampling(1.5, 0, "s"))
        for kind in [PixelKind.grey8, .grey16, .rgb8] {
            let path = try write(metadata, scratch, name, kind)
            #expect(ImageFile.metadata(path: path) == metadata)
            let contents = try ImageFile.contents(path: path)
            #expect(contents.pages == 1 && contents.levels.count == 3)
            #expect(contents.channelNames == (kind == .rgb8 ? [] : ["a \"class\" & µ"]) || kind == .rgb8)
            let text = try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            #expect(text.contains("PhysicalSizeX=\"0.65\" PhysicalSizeXUnit=\"&#181;m\""))
        }
        #expect(
            try scratch.bytes(write(.none, scratch, name).split(separator: "/").last.map(String.init) ?? "")
                == scratch.bytes(write(.none, scratch, "plain.tif").split(separator: "/").last.map(String.init) ?? ""))
    }

    // MARK: PNG

    @Test func `a PNG carries the size of pixels as far as whole numbers of a metre give it`() throws {
        let scratch = try ScratchFolder()
        let fine = ImageMetadata(x: sampling(0.25), y: sampling(0.5))
        let path = try write(fine, scratch, "a.png")
        #expect(ImageFile.metadata(path: path) == fine)
        #expect(try ImageFile.contents(path: path).levels[0].micronsPerPixel == 0.25)
        let geo = ImageMetadata(x: sampling(0.5, 7, "m"), y: sampling(-0.5, 7, "m"), geo: Self.geo())
        #expect(ImageFile.metadata(path: try write(geo, scratch, "b.png")).x == sampling(500_000))
        let plain = try write(.none, scratch, "plain.png")
        #expect(ImageFile.metadata(path: plain) == .none)
        for other in [sampling(0.6, 0, "m"), sampling(10, 0, "m"), sampling(1, 0, nil), sampling(1e-4)] {
            _ = try write(ImageMetadata(x: other, y: other), scratch, "c.png")
            #expect(try scratch.bytes("c.png") == scratch.bytes("plain.png"), "\(String(describing: other))")
        }
    }

    // MARK: OME-Zarr

    @Test func `an OME-Zarr carries units, and each level's scale and place`() throws {
        let metadata = ImageMetadata(x: sampling(0.5, 10), y: sampling(0.25, 0, "mm"))
        for isLabels in [true, false] {
            let scratch = try ScratchFolder()
            let path = try writeZarr(metadata, scratch, isLabels: isLabels)
            let levels = try ImageFile.contents(path: path).levels.map(\.metadata)
            #expect(levels.count == 3 && levels[0] == metadata)
            // A label of an overview is the one at the top left, a share the mean of four.
            #expect(levels[1].x == (isLabels ? sampling(1, 10) : sampling(1, 10.25)))
            #expect(levels[2].x == (isLabels ? sampling(2, 10) : sampling(2, 10.75)))
            #expect(levels[2].y == (isLabels ? sampling(1, 0, "mm") : sampling(1, 0.375, "mm")))
            #expect(ImageFile.metadata(path: path, ImageSelection(level: 2)) == levels[2])
            let attributes = String(decoding: try scratch.bytes("map.zarr/.zattrs"), as: UTF8.self)
            #expect(attributes.contains("\"name\": \"x\", \"type\": \"space\", \"unit\": \"micrometer\""))
            #expect(!attributes.contains("geotiff"))
        }
    }

    @Test func `an image that says nothing gives the attributes that it always gave`() throws {
        let scratch = try ScratchFolder()
        _ = try writeZarr(.none, scratch, isLabels: false)
        let attributes = String(decoding: try scratch.bytes("map.zarr/.zattrs"), as: UTF8.self)
        #expect(
            attributes.hasSuffix(
                """
                 "multiscales": [{"version": "0.4", "name": "shares", "axes": [{"name": "c", "type": "channel"}, {"name": "y", "type": "space"}, \
                {"name": "x", "type": "space"}],
                  "datasets": [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.0, 1.0, 1.0]}]}, \
                {"path": "1", "coordinateTransformations": [{"type": "scale", "scale": [1.0, 2.0, 2.0]}]}, \
                {"path": "2", "coordinateTransformations": [{"type": "scale", "scale": [1.0, 4.0, 4.0]}]}]}]}

                """))
    }

    @Test(arguments: [false, true]) func `from GeoTIFF to OME-Zarr and back, every level keeps its place`(isPoint: Bool) throws {
        let scratch = try ScratchFolder()
        for (number, geo) in [Self.geo(isPoint: isPoint), Self.turned()].enumerated() {
            let tiff = ImageFile.metadata(path: try write(ImageMetadata(geo: geo), scratch, "\(number).tif"))
            let zarr = try writeZarr(tiff, scratch, isLabels: false, "\(number).zarr")
            let levels = try ImageFile.contents(path: zarr).levels.map(\.metadata)
            #expect(levels[0].geo == geo)
            if number == 0 {
                #expect(levels[0].x == tiff.x && levels[0].y == tiff.y && levels[0].y?.step == -0.25)
                #expect(levels[0].x?.unit == "meter")
            }
            for level in 1...2 {
                let expected = try #require(geo.seen(through: .scaling(x: Double(1 << level), y: Double(1 << level))).affine)
                let found = try #require(levels[level].geo?.affine)
                for (one, other) in zip(
                    [expected.xx, expected.xy, expected.x0, expected.yx, expected.yy, expected.y0],
                    [found.xx, found.xy, found.x0, found.yx, found.yy, found.y0])
                {
                    #expect(abs(one - other) < 1e-6, "level \(level)")
                }
            }
            let back = try write(levels[0], scratch, "back\(number).tif")
            #expect(ImageFile.metadata(path: back).geo == geo)
        }
    }

    @Test func `tags that no longer agree with the coordinates are not believed`() throws {
        let scratch = try ScratchFolder()
        let tiff = ImageFile.metadata(path: try write(ImageMetadata(geo: Self.geo()), scratch, "a.tif"))
        let path = try writeZarr(tiff, scratch, isLabels: true)
        let attributes = String(decoding: try scratch.bytes("map.zarr/.zattrs"), as: UTF8.self)
        _ = try scratch.write(Array(attributes.replacing("500000.25", with: "500100.25").utf8), to: "map.zarr/.zattrs")
        #expect(ImageFile.metadata(path: path).geo == GeoReference?.none)
        #expect(ImageFile.metadata(path: path).x == sampling(0.5, 500_100.25, "m"))
    }

    @Test func `transformations of the whole and of a level come one after the other`() throws {
        let scratch = try ScratchFolder()
        let path = try writeZarr(.none, scratch, isLabels: true)
        func metadata(_ replacements: (String, String)...) throws -> ImageMetadata {
            var attributes = String(decoding: try scratch.bytes("map.zarr/.zattrs"), as: UTF8.self)
            let before = attributes
            for (one, other) in replacements { attributes = attributes.replacing(one, with: other) }
            _ = try scratch.write(Array(attributes.utf8), to: "map.zarr/.zattrs")
            defer { _ = try? scratch.write(Array(before.utf8), to: "map.zarr/.zattrs") }
            return ImageFile.metadata(path: path)
        }
        let whole =
            "\"coordinateTransformations\": [{\"type\": \"scale\", \"scale\": [3, 10]}, {\"type\": \"translation\", \"translation\": [1, 2]}], "
        let own = "\"scale\": [1.0, 1.0]}, {\"type\": \"translation\", \"translation\": [0.5, 0.25]}"
        let found = try metadata(("\"datasets\"", whole + "\"datasets\""), ("\"scale\": [1.0, 1.0]}", own))
        #expect(found.x == sampling(10, 4.5, nil) && found.y == sampling(3, 2.5, nil))
        // Of wrong lengths and kinds, nothing is taken.
        for wrong in ["[1.0]", "[1.0, \"a\"]", "[0, 0]", "2", "[null, 1.0]"] {
            #expect(try metadata(("\"scale\": [1.0, 1.0]", "\"scale\": \(wrong)")) == .none, "\(wrong)")
        }
    }
}
