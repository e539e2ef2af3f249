package import Imaging

/// Why there is no tile, or none yet. `description` is one line for the user.
package enum TileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The image cannot be read.
    case image(ImageError)
    /// What the tile is made from is being made: a share of 0…1 is done. Ask again.
    case notReady(progress: Double)
    /// The file is no longer the one that was described: describe it again.
    case changed(path: String)
    /// There is no such level, tile, plane or pixel.
    case outside(String)
    /// The task that asked was cancelled.
    case cancelled

    package var description: String {
        switch self {
        case .image(let error): error.description
        case .notReady(let progress): "the image is being prepared: \(Int(100 * progress)) % are done"
        case .changed(let path): "\(path): the image has changed since it was opened"
        case .outside(let reason): reason
        case .cancelled: "the request was called off"
        }
    }
}

/// Does `body`, whose error is of an image.
func readingImage<Value>(_ body: () throws(ImageError) -> Value) throws(TileError) -> Value {
    do {
        return try body()
    } catch {
        throw .image(error)
    }
}
