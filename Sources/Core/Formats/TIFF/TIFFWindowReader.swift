internal import Imaging

/// Windows of a TIFF in tiles. Tiles that were decoded last are kept for the windows beside.
final class TIFFWindowReader: WindowReader {
    let info: ImageInfo
    let chunkWidth: Int
    let chunkHeight: Int
    private let decoder: TIFFDecoder
    private var tiles: RecentValues<Int, PixelBuffer>

    init(_ decoder: TIFFDecoder, _ limits: ImageLimits) {
        self.decoder = decoder
        info = decoder.info
        (chunkWidth, chunkHeight) = (decoder.layout.chunkWidth, decoder.layout.chunkHeight)
        tiles = RecentValues(byteCountMax: limits.cachedBytesMax)
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        try PixelBuffer(of: window, in: info, chunkWidth, chunkHeight) { (row, column) throws(ImageError) in
            try tile(row: row, column: column)
        }
    }

    private func tile(row: Int, column: Int) throws(ImageError) -> PixelBuffer {
        let index = row * decoder.layout.chunkColumns + column
        if let held = tiles.value(of: index) { return held }
        let tile = try decoder.chunk(row: row, column: column)
        tiles.insert(tile, of: index, byteCount: tile.bytes.count)
        return tile
    }
}
