internal import Foundation
internal import Imaging

/// The axes that tifffile states in a description, `{"shape": [5, 96, 96], "axes": "CYX"}`: one letter for each dimension, the slowest first.
struct TIFFAxes {
    private let shape: [Int]
    private let letters: [Character]

    private struct Document: Decodable {
        var shape: [Int]
        var axes: String?
    }

    /// The longest description that is read.
    private static let byteCountMax = 1 << 16

    /// Nil for a description that states no axes.
    init?(_ description: String) {
        guard description.hasPrefix("{"), description.utf8.count <= Self.byteCountMax,
            let document = try? JSONDecoder().decode(Document.self, from: Data(description.utf8)), let axes = document.axes,
            axes.count == document.shape.count, document.shape.allSatisfy({ (1...Int(Int32.max)).contains($0) })
        else { return nil }
        shape = document.shape
        letters = Array(axes.uppercased())
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
        stack.order = order + [.channel, .depth, .time].filter { !order.contains($0) }
        return stack
    }

    private func unread(_ expected: String, _ path: String) -> ImageError {
        .unsupported(path: path, reason: "axes of its description: expected \(expected), found \(String(letters)) of \(shape)")
    }
}
