internal import Foundation
internal import Imaging

/// The axes that tifffile states in a description, `{"shape": [5, 96, 96], "axes": "CYX"}`: one letter for each dimension, the slowest first.
struct TIFFAxes {
    private let shape: [Int]
    private let letters: [Character]
    /// Whether the first image alone has a directory, and the others follow it.
    private let isTruncated: Bool

    private struct Document: Decodable {
        var shape: [Int]
        var axes: String?
        var truncated: Bool?
    }

    /// The longest description that is read.
    private static let byteCountMax = 1 << 16

    /// Nil for a description that states no axes, unless images without a directory are to be found by their shape.
    ///
    /// - Parameter image: the axes of an image and its size along each; nil where they are not known.
    init?(_ description: String, image: (letters: [Character], shape: [Int])?) {
        guard description.hasPrefix("{"), description.utf8.count <= Self.byteCountMax,
            let document = try? JSONDecoder().decode(Document.self, from: Data(description.utf8)),
            document.shape.allSatisfy({ (1...Int(Int32.max)).contains($0) })
        else { return nil }
        isTruncated = document.truncated ?? false
        if let axes = document.axes, axes.count == document.shape.count {
            (shape, letters) = (document.shape, Array(axes.uppercased()))
            return
        }
        guard isTruncated, let image else { return nil }
        // The dimensions before those of an image have no name; sides of 1 may be left out.
        let (all, own) = (document.shape.filter { $0 > 1 }, image.shape.filter { $0 > 1 })
        guard all.suffix(own.count).elementsEqual(own) else { return nil }
        let leading = Array(all.dropLast(own.count))
        (shape, letters) = (leading + image.shape, leading.map { _ in "Q" } + image.letters)
    }

    /// How the images in the chain form a stack.
    ///
    /// - Parameters:
    ///   - samplesPerImage: values of a pixel of an image.
    ///   - isPlanar: whether each of them lies in a plane of its own.
    /// - Throws: `ImageError.unsupported` for axes that are no stack of planes.
    func stack(samplesPerImage: Int, isPlanar: Bool, path: String) throws(ImageError) -> TIFFStack {
        let samples: [Character] = ["S", "C"]
        var leading = Array(zip(letters, shape))
        // The dimensions of one image are the last ones: rows, columns, and its samples before or after them.
        if samplesPerImage > 1, !isPlanar, let last = leading.last, samples.contains(last.0) { leading.removeLast() }
        guard leading.count >= 2, leading.suffix(2).map(\.0) == ["Y", "X"] else {
            throw unread("Y and X as the axes of an image", path)
        }
        leading.removeLast(2)
        if samplesPerImage > 1, isPlanar, let last = leading.last, samples.contains(last.0) { leading.removeLast() }
        var counts: [TIFFStack.Axis: Int] = [:]
        var order: [TIFFStack.Axis] = []
        // Sequences of another kind count as planes in depth, or as time points where depth is taken.
        let isDepthTaken = leading.contains { $0.0 == "Z" }
        for (letter, count) in leading.reversed() where count > 1 {
            let axis: TIFFStack.Axis =
                switch letter {
                case "S", "C": .channel
                case "Z": .depth
                case "T": .time
                case "Y", "X": throw unread("Y and X once", path)
                default: isDepthTaken ? .time : .depth
                }
            if order.last != axis {
                guard counts[axis] == nil else { throw unread("channels, depth and time as the other axes", path) }
                order.append(axis)
            }
            let (product, overflow) = (counts[axis] ?? 1).multipliedReportingOverflow(by: count)
            guard !overflow else { throw unread("at most \(TIFFStack.imagesMax) images", path) }
            counts[axis] = product
        }
        var stack = TIFFStack()
        stack.channels = counts[.channel] ?? 1
        (stack.depth, stack.times) = (counts[.depth] ?? 1, counts[.time] ?? 1)
        stack.directories = isTruncated ? .first : .firstIfAlone
        stack.order = order + [.channel, .depth, .time].filter { !order.contains($0) }
        return stack
    }

    private func unread(_ expected: String, _ path: String) -> ImageError {
        .unsupported(path: path, reason: "axes of its description: expected \(expected), found \(String(letters)) of \(shape)")
    }
}
