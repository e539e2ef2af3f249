/// Windows of a TIFF in tiles. Tiles that were decoded last are kept for the windows beside.
final class TIFFWindowReader: WindowReader {
    let info: ImageInfo
    let chunkWidth: Int
    let chunkHeight: Int
    private let decoder: TIFFDecoder
    private var tiles: ChunkCache<Int>

    init(_ decoder: TIFFDecoder, _ limits: ImageLimits) {
        self.decoder = decoder
        info = decoder.info
        (chunkWidth, chunkHeight) = (decoder.layout.chunkWidth, decoder.layout.chunkHeight)
        tiles = ChunkCache(bytesMax: min(ChunkCache<Int>.usualBytesMax, limits.heldBytesMax))
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        try PixelBuffer(of: window, in: info, chunkWidth, chunkHeight) { (row, column) throws(ImageError) in
            try tiles.chunk(row * decoder.layout.chunkColumns + column) { () throws(ImageError) in
                try decoder.chunk(row: row, column: column)
            }
        }
    }
}
