@testable import Formats
@testable import Imaging
import Testing

/// Where pixels lie, in every format that says it.
struct ImageMetadataTests {
    private static let micrometre = "micrometer"

    private func write(_ images: [HandmadeTIFF.Image], _ scratch: ScratchFolder, _ name: String = "image.tif") throws -> String {
        try scratch.write(HandmadeTIFF.file(images), to: name)
    }

    private func sampling(_ step: Double, _ origin: Double = 0, _ unit: String? = micrometre) -> AxisSampling? {
        AxisSampling(step: step, origin: origin, unit: unit)
    }

    // MARK: Units

    @Test(arguments: [
        ("µm", 1), ("μm", 1), ("um", 1), ("\\u00B5m", 1), ("micron", 1), ("Micrometers", 1), ("nm", 1e-3), ("mm", 1e3),
        ("cm", 1e4),
        ("metre", 1e6), ("inch", 25_400), ("ft", 304_800), ("Å", 1e-4), ("Mm", 1e12),
    ])
    func `a length is known in every usual spelling`(unit: String, microns: Double) {
        #expect(PixelSize.microns(1, unit: unit) == microns)
    }

    @Test func `pixels, words and times are no lengths`() {
        for unit in ["pixel", "", "furlong", "s", "day"] { #expect(PixelSize.microns(1, unit: unit) == nil, "\(unit)") }
        #expect(sampling(1, 0, "furlong")?.unit == "furlong" && sampling(1, 0, "µm")?.unit == "micrometer")
        #expect(sampling(0) == nil && sampling(.nan) == nil && sampling(1, .infinity) == nil)
        #expect(PixelSize.microns(-1, unit: "µm") == nil)
    }

    // MARK: Levels, planes and orientation

    @Test func `a level has larger pixels and begins at the same corner`() {
        let full = ImageMetadata(
            x: sampling(0.5, 10), y: sampling(0.25), z: sampling(2, 4),
            resolution: PrintResolution(x: 20_000, y: 40_000, unit: .centimetre))
        let level = full.scaled(x: 4, y: 2)
        // The corner is at 10 − 0.25 = 9.75, half a pixel of 2 is 1.
        #expect(level.x == sampling(2, 10.75) && level.y == sampling(0.5, 0.125) && level.z == full.z)
        #expect(level.resolution == PrintResolution(x: 5000, y: 20_000, unit: .centimetre))
        let plane = full.plane(depth: 3, time: 5)
        #expect(plane.z == sampling(2, 10) && plane.time == nil && plane.x == full.x)
    }

    @Test(arguments: Orientation.allCases)
    func `a turned image keeps the places of its pixels on the Earth`(orientation: Orientation) throws {
        for isPoint in [false, true] {
            let geo = GeoReference(pixelScale: [2, 3, 0], tiepoints: [1, 1, 0, 100, 200, 0], keys: Self.keys(isPoint: isPoint))
            let map = PixelMap.shown(orientation, width: 4, height: 3)
            let (before, after) = (try #require(geo.affine), try #require(geo.seen(through: map).affine))
            for (x, y) in [(0.0, 0.0), (4, 3), (1, 2), (0.5, 2.5)] {
                // A place of the stored image, and the same one as it is shown.
                let shown = map.inverse(x: x, y: y)
                #expect(Self.place(before, x, y) == Self.place(after, shown.x, shown.y), "(\(x), \(y))")
            }
        }
        // Sizes change places with the axes, and no coordinate falls because a photograph was turned.
        let photograph = ImageMetadata(x: sampling(2), y: sampling(3))
        let shown = photograph.seen(through: .shown(orientation, width: 4, height: 3))
        #expect(shown.x == sampling(orientation.swapsAxes ? 3 : 2) && shown.y == sampling(orientation.swapsAxes ? 2 : 3))
    }

    private static func keys(isPoint: Bool) -> [UInt16] {
        [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, isPoint ? 2 : 1, 3072, 0, 1, 32631]
    }

    private static func place(_ affine: GeoReference.Affine, _ x: Double, _ y: Double) -> [Double] {
        [affine.xx * x + affine.xy * y + affine.x0, affine.yx * x + affine.yy * y + affine.y0]
    }

    // MARK: TIFF

    private static func geoFields(isPoint: Bool) -> [HandmadeTIFF.Field] {
        [
            .doubles(33550, [0.5, 0.25, 0]), .doubles(33922, [0, 0, 0, 500_000, 4_600_000, 0]),
            .shorts(34735, keys(isPoint: isPoint).map(Int.init)),
        ]
    }

    @Test(arguments: [false, true]) func `a GeoTIFF lies where its tags say, in each of its levels`(isPoint: Bool) throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(9, 7, seed: 1)
        image.fields = Self.geoFields(isPoint: isPoint)
        image.below = [.init(4, 3, seed: 2, subfileType: 1)]
        let path = try write([image], scratch)
        let contents = try ImageFile.contents(path: path)
        let half = isPoint ? 0.5 : 0
        #expect(contents.metadata.geo?.code == "EPSG:32631" && contents.metadata.geo?.unit == "meter")
        #expect(contents.metadata.x == sampling(0.5, 500_000.25 - half * 0.5, "m"))
        #expect(contents.metadata.y == sampling(-0.25, 4_599_999.875 + half * 0.25, "m"))
        #expect(ImageFile.metadata(path: path) == contents.metadata)
        #expect(contents.levels[0].micronsPerPixel == 500_000)
        // The extent is the full one's: 9 pixels are 4, and 7 are 3.
        let level = ImageFile.metadata(path: path, ImageSelection(level: 1))
        #expect(level == contents.levels[1].metadata)
        let (full, below) = (try #require(contents.metadata.geo?.affine), try #require(level.geo?.affine))
        for (whole, part) in [((0.0, 0.0), (0.0, 0.0)), ((9, 7), (4, 3))] {
            let (expected, found) = (Self.place(full, whole.0, whole.1), Self.place(below, part.0, part.1))
            #expect(abs(expected[0] - found[0]) < 1e-6 && abs(expected[1] - found[1]) < 1e-6)
        }
    }

    @Test func `tags that cannot be are left out`() throws {
        let scratch = try ScratchFolder()
        for fields in [
            [.doubles(33550, [0.5, 0.5])], [.doubles(33922, [0, 0, 0, 1, 2, 3, 4])], [.doubles(34264, [1, 2, 3])],
            [.doubles(33550, [0.5, .nan, 0]), .doubles(33922, [0, 0, 0, 1, 2, 0])], [.shorts(33550, [1, 1, 0])],
            [.doubles(33550, [1, 1, 0])], [.fraction(282, 0, 0), .fraction(283, 1, 0)],
        ] as [[HandmadeTIFF.Field]] {
            var image = HandmadeTIFF.Image(5, 4, seed: 1)
            image.fields = fields
            let path = try write([image], scratch)
            #expect(ImageFile.metadata(path: path) == .none, "\(fields)")
            #expect(try ImageFile.readAll(path: path).bytes == image.bytes)
        }
        #expect(ImageFile.metadata(path: scratch.path("none.tif")) == .none)
    }

    @Test func `resolution is the size of pixels, in centimetres and inches, at its position`() throws {
        let scratch = try ScratchFolder()
        func metadata(_ fields: [HandmadeTIFF.Field]) throws -> ImageMetadata {
            var image = HandmadeTIFF.Image(5, 4, seed: 1)
            image.fields = fields
            return ImageFile.metadata(path: try write([image], scratch))
        }
        // 200000/13 a centimetre are 0.65 µm, though libtiff keeps no more than 24 bits of it.
        let fine: [HandmadeTIFF.Field] = [.fraction(282, 200_000, 13), .fraction(283, 40_000, 1), .shorts(296, [3])]
        let found = try metadata(fine)
        #expect(found.x == sampling(0.65) && found.y == sampling(0.25) && found.resolution?.unit == .centimetre)
        let placed = try metadata(fine + [.fraction(286, 3, 2), .fraction(287, 1, 4)])
        #expect(placed.x == sampling(0.65, 15_000.325) && placed.y == sampling(0.25, 2500.125))
        let print = try metadata([.fraction(282, 254, 1), .fraction(283, 254, 1), .shorts(296, [2])])
        #expect(print.x == sampling(100) && print.resolution == PrintResolution(x: 254, y: 254, unit: .inch))
        #expect(try metadata([.fraction(282, 254, 1), .fraction(283, 254, 1)]) == print)
        // What is written by programs that know nothing.
        #expect(try metadata([.fraction(282, 1, 1), .fraction(283, 1, 1), .shorts(296, [1])]) == .none)
        #expect(try metadata([.fraction(282, 1, 1), .fraction(283, 1, 1)]) == .none)
    }

    @Test func `ImageJ names its unit, spacing and interval`() throws {
        let scratch = try ScratchFolder()
        var images = (0..<6).map { HandmadeTIFF.Image(5, 4, seed: $0) }
        images[0].description =
            "ImageJ=1.53t\nimages=6\nslices=3\nframes=2\nunit=\\u00B5m\nspacing=2.5\nfinterval=0.5\ntunit=sec\nxorigin=2\n"
        for number in images.indices {
            images[number].fields = [.fraction(282, 4, 1), .fraction(283, 2, 1), .shorts(296, [1])]
        }
        let path = try write(images, scratch)
        let first = ImageFile.metadata(path: path)
        #expect(first.x == sampling(0.25, -0.5) && first.y == sampling(0.5) && first.z == sampling(2.5))
        #expect(first.time == sampling(0.5, 0, "s"))
        let fifth = ImageFile.metadata(path: path, ImageSelection(page: 4))
        #expect(fifth.z == sampling(2.5, 2.5) && fifth.time == sampling(0.5, 0.5, "s") && fifth.x == first.x)
        images[0].description = "ImageJ=1.53t\nimages=6\nunit=pixel\nspacing=1.0\n"
        let none = ImageFile.metadata(
            path: try write(
                images.map {
                    var one = $0; one.fields = []; return one
                }, scratch))
        #expect(none == .none)
    }

    @Test func `OME-XML states sizes, times and places of planes with their units`() throws {
        let scratch = try ScratchFolder()
        var images = (0..<4).map { HandmadeTIFF.Image(5, 4, seed: $0) }
        images[0].description = """
            <OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" \
            DimensionOrder="XYCZT" Type="uint8" SizeX="5" SizeY="4" SizeC="1" SizeZ="2" SizeT="2" PhysicalSizeX="0.5" \
            PhysicalSizeY="650" PhysicalSizeYUnit="nm" PhysicalSizeZ="0.003" PhysicalSizeZUnit="mm" TimeIncrement="2" \
            TimeIncrementUnit="min"><Channel SamplesPerPixel="1"/><TiffData/>\
            <Plane TheC="0" TheZ="1" TheT="0" PositionX="0.1" PositionXUnit="mm" PositionY="7"/></Pixels></Image></OME>
            """
        let path = try write(images, scratch)
        let first = ImageFile.metadata(path: path)
        #expect(first.x == sampling(0.5) && first.y == sampling(650, 0, "nm") && first.z == sampling(0.003, 0, "mm"))
        #expect(first.time == sampling(2, 0, "min"))
        let second = ImageFile.metadata(path: path, ImageSelection(page: 1))
        // A place in a frame of reference that is no length is not taken.
        #expect(second.x == sampling(0.5, 100) && second.y == first.y && second.z == sampling(0.003, 0.003, "mm"))
        #expect(ImageFile.metadata(path: path, ImageSelection(page: 3)).time == sampling(2, 2, "min"))
    }

    // MARK: PNG and JPEG

    @Test func `a PNG states whole pixels in a metre`() throws {
        let scratch = try ScratchFolder()
        func metadata(_ chunk: [UInt8]) throws -> ImageMetadata {
            let file = try HandmadePNG.file(
                width: 2, height: 1, bitDepth: 8, colourType: 0, rows: [[1, 2]],
                extra: [HandmadePNG.chunk("tEXt", Array("a\0b".utf8)), HandmadePNG.chunk("pHYs", chunk)])
            return ImageFile.metadata(path: try scratch.write(file, to: "image.png"))
        }
        let fine = HandmadePNG.bigEndian(4_000_000) + HandmadePNG.bigEndian(2_000_000)
        #expect(try metadata(fine + [1]) == ImageMetadata(x: sampling(0.25), y: sampling(0.5)))
        #expect(try metadata(fine + [0]).x == sampling(1 / 4e6, 0, nil))
        for nothing in [fine, [UInt8](repeating: 0, count: 9), fine + [1, 1]] { #expect(try metadata(nothing) == .none) }
    }

    @Test func `a JPEG states pixels in an inch or a centimetre`() throws {
        let scratch = try ScratchFolder()
        func metadata(_ unit: UInt8, _ x: UInt8, _ y: UInt8) throws -> ImageMetadata {
            var file = HandmadeJPEG.grey
            file[13..<18] = [unit, 0, x, 0, y]
            return ImageFile.metadata(path: try scratch.write(file, to: "image.jpg"))
        }
        #expect(try metadata(1, 254, 127) == ImageMetadata(x: sampling(100), y: sampling(200)))
        #expect(try metadata(2, 100, 100) == ImageMetadata(x: sampling(100), y: sampling(100)))
        #expect(try metadata(0, 1, 1) == .none && metadata(1, 0, 5) == .none && metadata(1, 1, 1) == .none)
        #expect(try metadata(0, 1, 2) == ImageMetadata(x: sampling(1, 0, nil), y: sampling(0.5, 0, nil)))
    }
}
