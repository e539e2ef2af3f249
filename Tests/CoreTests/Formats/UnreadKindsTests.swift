@testable import Formats
@testable import Imaging
import Testing

/// What is well formed but not read is called by its name, by everything that opens an image, and never called damaged.
struct UnreadKindsTests {
    struct Kind: CustomTestStringConvertible, Sendable {
        let name: String
        let bytes: [UInt8]
        /// What the error says.
        let reason: String
        /// Whether the kind is known only once the first pixels are decoded.
        var isSeenLate = false
        /// Whether label maps of this kind are read, so that what the file holds can be told.
        var isReadAsLabels = false

        var testDescription: String { name }
    }

    private static func image(_ change: (inout HandmadeTIFF.Image) -> Void) -> [UInt8] {
        var image = HandmadeTIFF.Image(16, 16, seed: 3)
        change(&image)
        return HandmadeTIFF.file([image])
    }

    // MARK: - TIFF

    private static let compressions: [Kind] = [
        (99, "JPEG of Leaf (99)"), (22610, "JPEG XR of Hamamatsu (22610)"), (32767, "Sony ARW (32767)"),
        (34892, "lossy JPEG of DNG (34892)"), (34713, "Nikon NEF (34713)"), (34934, "JPEG XR (34934)"), (48124, "Jetraw (48124)"),
        (50002, "JPEG XL (50002)"), (52546, "JPEG XL of DNG (52546)"), (33007, "JPEG of Aperio (33007)"),
        (12345, "number 12345"),
    ].map { number, name in
        Kind(
            name: "TIFF, compression \(number)", bytes: image { $0.compression = number },
            reason: "expected a compression that is decoded here, found \(name); save it with another")
    }

    private static let samples: [Kind] = [
        (64, 1, "unsigned integers of 64 bits"), (64, 2, "signed integers of 64 bits"), (24, 1, "unsigned integers of 24 bits"),
        (64, 6, "complex numbers of 64 bits"), (24, 3, "floats of 24 bits"), (16, 5, "complex numbers of 16 bits"),
    ].map { bits, format, name in
        Kind(
            name: "TIFF, \(name)",
            bytes: image {
                $0.bitsPerSample = bits
                $0.sampleFormat = format
                $0.bytes = [UInt8](repeating: 0, count: 256 * bits / 8)
            }, reason: "found \(name)", isReadAsLabels: bits == 64 && format < 3)
    }

    private static let colours: [Kind] = [
        (6, 3, "YCbCr with no compression"), (10, 3, "ITU L*a*b* with no compression"), (32803, 1, "a colour filter array"),
        (32844, 1, "LogL"), (32845, 3, "LogLuv"),
    ].map { photometric, samples, name in
        Kind(
            name: "TIFF, photometric interpretation \(photometric)",
            bytes: image {
                $0 = HandmadeTIFF.Image(16, 16, samplesPerPixel: samples, seed: 3)
                $0.photometric = photometric
            }, reason: "expected grey levels, RGB, a palette or channels, found \(name)")
    }

    private static let layouts: [Kind] = [
        Kind(
            name: "TIFF, samples of different sizes",
            bytes: image {
                $0 = HandmadeTIFF.Image(16, 16, samplesPerPixel: 3, seed: 3)
                $0.bitsOfSamples = [5, 6, 5]
            }, reason: "BitsPerSample"),
        Kind(
            name: "TIFF, lossless JPEG",
            bytes: image { ($0.compression, $0.packed) = (7, [jpeg(frame: 0xC3)]) }, reason: "(lossless JPEG)", isSeenLate: true),
        Kind(
            name: "TIFF, old-style JPEG with colours",
            bytes: image {
                $0 = HandmadeTIFF.Image(16, 16, samplesPerPixel: 3, seed: 3)
                ($0.compression, $0.photometric, $0.packed) = (6, 6, [HandmadeJPEG.colour])
            }, reason: "old-style JPEG (6)"),
        Kind(
            name: "TIFF, JPEG 2000 in planes of YCbCr",
            bytes: image {
                $0 = HandmadeTIFF.Image(16, 16, samplesPerPixel: 3, seed: 3)
                ($0.compression, $0.photometric, $0.isPlanar) = (34712, 6, true)
                $0.packed = [HandmadeJPEG2000.grey8, HandmadeJPEG2000.grey8, HandmadeJPEG2000.grey8]
            }, reason: "YCbCr in planes with compression JPEG 2000 (34712)"),
        Kind(
            name: "TIFF, floats in JPEG 2000",
            bytes: image {
                ($0.compression, $0.bitsPerSample, $0.sampleFormat, $0.packed) = (34712, 32, 3, [HandmadeJPEG2000.grey8])
            }, reason: "expected integers of up to 32 bits in JPEG 2000, found floats of 32 bits"),
    ]

    // MARK: - JPEG and PNG

    /// A JPEG whose frame is of another kind.
    private static func jpeg(frame: UInt8, precision: UInt8 = 8, height: Int? = nil) -> [UInt8] {
        var bytes = HandmadeJPEG.grey
        guard let at = bytes.indices.first(where: { bytes[$0...].starts(with: [0xFF, 0xC0]) }) else { return [] }
        bytes[at + 1] = frame
        bytes[at + 4] = precision
        if let height { bytes.replaceSubrange(at + 5..<at + 7, with: [UInt8(height >> 8), UInt8(height & 255)]) }
        return bytes
    }

    private static let jpegs: [Kind] = [
        Kind(name: "JPEG, lossless", bytes: jpeg(frame: 0xC3), reason: "(lossless JPEG)"),
        Kind(name: "JPEG, hierarchical", bytes: jpeg(frame: 0xC5), reason: "(hierarchical JPEG)"),
        Kind(name: "JPEG-LS", bytes: jpeg(frame: 0xF7), reason: "(JPEG-LS)"),
        Kind(name: "JPEG of 12 bits", bytes: jpeg(frame: 0xC1, precision: 12), reason: "Unsupported JPEG data precision 12"),
        Kind(name: "JPEG without a height", bytes: jpeg(frame: 0xC0, height: 0), reason: "DNL not supported"),
        Kind(name: "JPEG, CMYK", bytes: HandmadeJPEG.cmyk, reason: "expected a grey or RGB JPEG, found CMYK"),
    ]

    private static let pngs: [Kind] = [
        Kind(
            name: "PNG of Apple's",
            bytes: HandmadePNG.signature + HandmadePNG.chunk("CgBI", [0x50, 0, 0x20, 2])
                + HandmadePNG.header(width: 4, height: 4, bitDepth: 8, colourType: 6) + HandmadePNG.chunk("IEND", []),
            reason: "expected a PNG, found Apple's variant of it (CgBI)")
    ]

    // MARK: - JPEG 2000

    /// A file in boxes with other colours, or with a palette.
    private static func boxed(_ name: String, _ change: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes = HandmadeJPEG2000.boxedRGBA
        guard let at = bytes.indices.first(where: { bytes[$0...].starts(with: Array(name.utf8)) }) else { return [] }
        var box = Array(bytes[at...])
        change(&box)
        bytes.replaceSubrange(at..., with: box)
        return bytes
    }

    private static let codestreams: [Kind] = [
        Kind(name: "JP2, CMYK", bytes: boxed("colr") { $0[10] = 12 }, reason: "found CMYK"),
        Kind(name: "JP2, L*a*b*", bytes: boxed("colr") { $0[10] = 14 }, reason: "found CIE L*a*b*"),
        Kind(
            name: "JP2, colours of another number", bytes: boxed("colr") { $0[10] = 77 }, reason: "found the colours of number 77"
        ),
        Kind(
            name: "JP2 with a palette", bytes: boxed("cdef") { $0.replaceSubrange(0..<4, with: Array("pclr".utf8)) },
            reason: "found a palette in JPEG 2000"),
        Kind(
            name: "JPEG 2000 of 32 bits", bytes: HandmadeJPEG2000.grey8.enumerated().map { $0.offset == 42 ? 31 : $0.element },
            reason: "expected values of 1 to 31 bits, found 32"),
    ]

    // MARK: - Slides

    private static let slides: [Kind] = [
        Kind(
            name: "slide of Aperio with a compression that OpenSlide lacks",
            bytes: image {
                ($0.compression, $0.tileSide, $0.photometric) = (33007, 16, 2)
                ($0.samplesPerPixel, $0.bytes) = (3, [UInt8](repeating: 0, count: 768))
                $0.description = "Aperio Image Library v1.0\n16x16 -> 16x16 - |AppMag = 20"
            }, reason: "Unsupported TIFF compression: 33007")
    ]

    @Test(arguments: compressions + samples + colours + layouts + jpegs + pngs + codestreams + slides)
    func `a kind that is not read is called by its name`(_ kind: Kind) throws {
        let scratch = try ScratchFolder()
        let path = try scratch.write(kind.bytes, to: "image")
        var errors = [#expect(throws: ImageError.self) { try ImageFile.readAll(path: path) }]
        if !kind.isSeenLate {
            errors.append(#expect(throws: ImageError.self) { try ImageFile.source(path: path) })
            if kind.isReadAsLabels {
                #expect(try ImageFile.contents(path: path).channels == 1)
            } else {
                errors.append(#expect(throws: ImageError.self) { try ImageFile.contents(path: path) })
            }
        }
        for error in errors {
            #expect(error?.description.contains(kind.reason) == true, "\(String(describing: error))")
            guard case .unsupported = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test(arguments: [(5, 4, "inks, such as CMYK"), (8, 3, "CIE L*a*b*"), (9, 3, "ICC L*a*b*")])
    func `colours that are read as channels are noted`(_ photometric: Int, _ samples: Int, _ name: String) throws {
        let scratch = try ScratchFolder()
        var image = HandmadeTIFF.Image(16, 16, samplesPerPixel: samples, seed: 3)
        image.photometric = photometric
        let path = try scratch.write(HandmadeTIFF.file([image]), to: "image.tif")
        #expect(try ImageFile.readAll(path: path).bytes == image.bytes)
        #expect(
            try ImageFile.contents(path: path).notes == [
                ImageNote(.profile, "its channels are \(name): values are used as they are stored")
            ])
    }

    // MARK: - Other files

    @Test(arguments: [
        ("\0\0\0\u{18}ftypavif\0\0\0\0", "an AVIF image"), ("\0\0\0\u{18}ftypheic\0\0\0\0", "a HEIF image"),
        ("\0\0\0\u{18}ftypcrx \0\0\0\0", "a Canon CR3 image"),
        ("\0\0\0\u{18}ftypisom\0\0\0\0", "an ISO media file, such as a film"),
        ("\0\0\0\u{C}JXL \r\n", "a JPEG XL image"), ("8BPS\0\u{1}", "a Photoshop document"), ("v/1\u{1}", "an OpenEXR image"),
        ("SIMPLE  =   T", "a FITS file"), ("ZISRAWFILE\0\0", "a Zeiss CZI file"), ("p\0\0\0", "a Leica LIF file"),
        ("OLYMPUSRAWFORMAT", "an Olympus OIR file"), ("NRRD0004\n", "an NRRD file"), ("MATLAB 5.0 MAT-file", "a MATLAB file"),
        ("#?RADIANCE\n", "a Radiance image"), ("P6\n4 4\n255\n", "a Netpbm image"), ("P5 4 4 255 ", "a Netpbm image"),
        ("<svg xmlns=", "an SVG drawing"), ("GIF89a", "a GIF image"),
        ("RIFF\0\0\0\0WEBP", "a RIFF file, such as WebP"), ("a text", "text"),
    ])
    func `a file of another format is called by its name`(_ content: String, _ name: String) throws {
        let scratch = try ScratchFolder()
        let path = try scratch.write(Array(content.utf8), to: "image")
        for error in [
            #expect(throws: ImageError.self) { try ImageFile.source(path: path) },
            #expect(throws: ImageError.self) { try ImageFile.contents(path: path) },
            #expect(throws: ImageError.self) { try ImageFile.openLabels(path: path) },
        ] {
            guard case .unknownFormat(_, _, let found) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(found == name)
        }
    }
}
