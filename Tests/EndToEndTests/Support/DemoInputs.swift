@testable import Commands
import Foundation

@testable import Coordinator

/// The demo's image, scribbles and truth, made small enough for tests.
enum DemoInputs {
    /// Writes `image.png`, `scribbles.png` and `truth.png` into the folder.
    static func write(to scratch: Scratch, side: Int = 300, seed: UInt64 = 7, pixelsPerClass: Int = 600) throws {
        let (image, truth) = try DemoScene(side: side, seed: seed).render()
        var artist = ScribbleArtist(seed: seed, radius: 2)
        try image.write(to: scratch("image.png"))
        try truth.write(to: scratch("truth.png"))
        try artist.paint(truth, classCount: 3, pixelsPerClass: pixelsPerClass).write(to: scratch("scribbles.png"))
    }
}
