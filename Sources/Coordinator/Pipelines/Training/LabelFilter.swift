internal import Imaging
internal import Primitives
internal import Synchronization

/// Takes the labels away from pixels of an image that have no data: nothing can be learned from them.
///
/// Whoever reads labels to learn from them, or to count them, reads them through a filter, so that all see the same ones, whatever way the
/// pixels take. Only rectangles around labels are read, and nothing of an image that has data everywhere. Rows come from the top to the
/// bottom. Not safe to share between threads.
final class LabelFilter {
    /// Columns of a rectangle that is read, at most: labels are few and lie far apart.
    private static let columnsMax = 512

    /// Nil if all pixels have data.
    private let windows: ImageWindows?
    /// Whether rows are made ready here.
    private let advances: Bool
    /// Labels that were taken away so far.
    private(set) var count = 0

    /// - Parameters:
    ///   - source: the image, opened; nothing of it is read yet.
    ///   - bands: rows of the image that are made ready by others; nil if it is read here.
    init(_ image: ImageInput, _ source: ImageSource, bands: ImageWindows? = nil) {
        windows = source.mayLackData ? bands ?? ImageWindows(source, path: image.description) : nil
        advances = bands == nil
    }

    /// The most rows at a time that are of use: those of the chunks that are decoded as one, or nearly so.
    var rowsAdvised: Int { windows?.isRandomAccess == true ? 256 : 1 }

    /// Makes labels 0 at pixels without data.
    ///
    /// - Parameters:
    ///   - labels: of the pixels of `rect`, `[row][column]`.
    ///   - rect: in the image's coordinates; its rows do not end above those of the call before.
    /// - Throws: `ImageError` of the image.
    func apply(to labels: UnsafeMutableBufferPointer<UInt16>, of rect: PixelRect) throws {
        guard let windows else { return }
        if advances, !windows.isRandomAccess { try windows.advance(to: rect.y..<rect.endY) }
        for left in stride(from: 0, to: rect.width, by: Self.columnsMax) {
            let columns = left..<min(left + Self.columnsMax, rect.width)
            guard let box = Self.box(of: labels, width: rect.width, columns: columns) else { continue }
            let window = PixelRect(x: rect.x + box.x, y: rect.y + box.y, width: box.width, height: box.height)
            guard let validity = try windows.window(window).validity else { continue }
            for row in 0..<box.height {
                let first = (box.y + row) * rect.width + box.x
                for column in 0..<box.width where validity[row * box.width + column] == 0 && labels[first + column] != 0 {
                    labels[first + column] = 0
                    count += 1
                }
            }
        }
    }

    /// The smallest rectangle around the labels in some columns; nil if there are none.
    private static func box(
        of labels: UnsafeMutableBufferPointer<UInt16>, width: Int, columns: Range<Int>
    ) -> PixelRect? {
        var (left, right, top, bottom) = (Int.max, -1, Int.max, -1)
        for row in 0..<labels.count / width {
            for column in columns where labels[row * width + column] != 0 {
                (left, right) = (min(left, column), max(right, column))
                (top, bottom) = (min(top, row), row)
            }
        }
        return right < 0 ? nil : PixelRect(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
    }
}

/// The labelled pixels without data of a training set, image by image, however often the labels are read.
///
/// Safe to use from any task.
final class LabelGaps: Sendable {
    private let countOfImage = Lock<[Int: Int]>([:])

    /// Takes note of an image whose labels were all read.
    func set(_ count: Int, ofImage image: Int) { countOfImage.withLock { $0[image] = count } }

    /// All of them.
    var count: Int { countOfImage.withLock { $0.values.reduce(0, +) } }

    /// What is said of the images that have some, in their order.
    func notes(of pairs: [TrainingPair]) -> [(image: ImageInput, note: ImageNote)] {
        countOfImage.withLock { $0 }.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { image, count in
            let text = "labelled pixels without data, which are not learned from: \(count)"
            return (pairs[image].image, ImageNote(.unusedLabels, text))
        }
    }
}
