@testable import Compression

/// Small files of every kind that is read.
enum ImageSeeds {
    static func all() throws -> [String: [UInt8]] {
        var seeds = [
            "grey.jpg": HandmadeJPEG.grey, "colour.jpg": HandmadeJPEG.colour, "progressive.jpg": HandmadeJPEG.progressive,
            "cmyk.jpg": HandmadeJPEG.cmyk,
        ]
        let palette = HandmadePNG.chunk("PLTE", (0..<12).map { UInt8($0 * 20) })
        let transparent = HandmadePNG.chunk("tRNS", [0, 9])
        let text = HandmadePNG.chunk("tEXt", Array("Comment\0seed".utf8))
        for (colourType, depths) in [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]] {
            let channels = [1, 0, 3, 1, 2, 0, 4][colourType]
            for depth in depths {
                let rowByteCount = (5 * channels * depth + 7) / 8
                let rows = (0..<3).map { row in (0..<rowByteCount).map { UInt8(truncatingIfNeeded: row * 17 + $0 * 5) & 0x11 } }
                seeds["type\(colourType)-\(depth).png"] = try HandmadePNG.file(
                    width: 5, height: 3, bitDepth: depth, colourType: colourType, rows: rows,
                    extra: colourType == 3 ? [palette, transparent] : [text])
            }
        }
        // The passes of a 4 × 2 interlaced image: 1, 1 (column 2), 2 (columns 1, 3) and 4 (row 1) pixels.
        let passes: [UInt8] = [0, 9, 0, 8, 0, 7, 6, 0, 5, 4, 3, 2]
        seeds["interlaced.png"] =
            try HandmadePNG.signature
            + HandmadePNG.header(width: 4, height: 2, bitDepth: 8, colourType: 0, isInterlaced: true)
            + HandmadePNG.chunk("IDAT", Zlib.compress(passes)) + HandmadePNG.chunk("IEND", [])
        seeds["huge.png"] =
            HandmadePNG.signature + HandmadePNG.header(width: 1_000_000, height: 1_000_000, bitDepth: 16, colourType: 6)
        var stack = (0..<4).map { HandmadeTIFF.Image(6, 5, seed: $0) }
        stack[0].below = [HandmadeTIFF.Image(3, 2, seed: 7, subfileType: 1)]
        stack[2].tileSide = 16
        stack[0].description = "ImageJ=1.54f\nimages=4\nchannels=2\nslices=2\n"
        seeds["imagej.tif"] = HandmadeTIFF.file(stack)
        stack[0].description = """
            <OME><Image><Pixels SizeC="2" SizeZ="2" SizeT="1" DimensionOrder="XYZCT"><Channel Name="a"/><Channel Name="b"/>\
            <TiffData IFD="0" PlaneCount="4"/></Pixels></Image></OME>
            """
        seeds["ome.tif"] = HandmadeTIFF.file(stack)
        seeds.merge(try archives()) { first, _ in first }
        seeds.merge(codestreams()) { first, _ in first }
        // The first plane alone has a directory.
        stack = [HandmadeTIFF.Image(6, 5, seed: 0, description: "ImageJ=1.54f\nimages=3\n")]
        seeds["planes.tif"] = HandmadeTIFF.file(stack) + HandmadeTIFF.Image(6, 10, seed: 1).bytes
        return seeds
    }

    /// OME-Zarr in ZIP archives: stored and deflated, of either kind of directory.
    private static func archives() throws -> [String: [UInt8]] {
        var seeds: [String: [UInt8]] = [:]
        for (isDeflated, type, packing) in [(false, "|u1", "null"), (true, "<f8", "null"), (true, ">i8", "{\"id\": \"zlib\"}")] {
            let chunk = [UInt8](repeating: 0, count: 3 * 4 * (type == "|u1" ? 1 : 8))
            let content = try packing == "null" ? chunk : Zlib.compress(chunk)
            let values: [(String, [UInt8])] = [
                (".zattrs", Array("{\"multiscales\": [{\"datasets\": [{\"path\": \"0\"}]}]}".utf8)),
                (
                    "0/.zarray",
                    Array(
                        """
                        {"zarr_format": 2, "shape": [5, 6], "chunks": [3, 4], "dtype": "\(type)", "compressor": \(packing), \
                        "fill_value": "7", "order": "F"}
                        """.utf8)
                ), ("0/0.0", content),
            ]
            let zip = HandmadeZip(values.map { (key: $0.0, bytes: $0.1) }, isDeflated: isDeflated, isZip64: type == "<f8")
            seeds["\(type.dropFirst()).zarr.zip"] = try zip.bytes
        }
        return seeds
    }

    /// JPEG 2000 alone, and in TIFF.
    private static func codestreams() -> [String: [UInt8]] {
        var seeds = [
            "grey.j2k": HandmadeJPEG2000.grey8, "signed.j2k": HandmadeJPEG2000.signed16, "lossy.j2k": HandmadeJPEG2000.lossy8,
            "tiled.j2k": HandmadeJPEG2000.tiled8, "thinned.j2k": HandmadeJPEG2000.thinnedTiled8,
            "rgba.jp2": HandmadeJPEG2000.boxedRGBA, "ycc.jp2": HandmadeJPEG2000.boxedYCC,
        ]
        var image = HandmadeTIFF.Image(16, 16, samplesPerPixel: 3, seed: 0)
        (image.compression, image.tileSide, image.packed) = (33003, 16, [HandmadeJPEG2000.thinned8])
        seeds["aperio.tif"] = HandmadeTIFF.file([image])
        image = HandmadeTIFF.Image(21, 14, seed: 0)
        (image.compression, image.packed) = (34712, [HandmadeJPEG2000.tiled8])
        seeds["strip.tif"] = HandmadeTIFF.file([image])
        return seeds
    }
}
