@testable import Features
import Foundation
@testable import Imaging

/// The features by their definition, one pixel after the other, in double precision.
///
/// With m for the mask, 1 or 0, and f for the values: a blurred plane is G∗(f·m) / (G∗m), the products of the structure tensor likewise.
/// Lines are means over the points with data.
enum ReferenceFeatures {
    /// `[feature][row][column]` of the whole image; those of pixels without data mean nothing.
    static func planes(of image: PixelBuffer, spec: FeatureSpec) -> [Double] {
        var result: [Double] = []
        let mask = ReferencePlane(width: image.width, height: image.height) { row, column in
            Double(image.validity?[row * image.width + column] ?? 1)
        }
        let channels = (0..<spec.channels).map { plane(of: image, channel: $0) * mask }
        let scaleFamilies = spec.families.filter { $0.input == .everyScale }
        for channel in channels where !scaleFamilies.isEmpty {
            for sigma in spec.sigmas {
                let blurred = channel.normalised(mask, sigma: sigma)
                for family in scaleFamilies where spec.sigmas(of: family).contains(sigma) {
                    result += scalePlanes(of: family, blurred)
                }
            }
        }
        for family in spec.families where family.input != .everyScale {
            result += wholePlanes(of: family, mask) { sigma in channels.map { $0.normalised(mask, sigma: sigma) } }
        }
        guard let selected = spec.selected else { return result }
        let area = image.width * image.height
        return selected.flatMap { result[$0 * area..<($0 + 1) * area] }
    }

    /// How far a feature may be from its definition. Of a quotient it is what the numerator and the denominator, which is 0.001 or more,
    /// may be off.
    static func tolerance(of name: String, _ expected: Double) -> Double {
        if [".saturation", ".red", ".green"].contains(where: { name.hasSuffix($0) }) { return 2e-3 * (1 + abs(expected)) }
        return ["texture", "laplacian", "line"].contains(where: { name.contains($0) }) ? 5e-6 : 2e-6
    }

    /// The planes of a family at one channel and sigma, from the blurred plane.
    private static func scalePlanes(of family: FeatureFamily, _ blurred: ReferencePlane) -> [Double] {
        switch family {
        case .intensity: blurred.values
        case .edges: blurred.sobel().values
        case .texture: blurred.hessianEigenvalues()
        case .laplacian:
            zip(blurred.gradient(axis: 0).gradient(axis: 0).values, blurred.gradient(axis: 1).gradient(axis: 1).values).map(+)
        default: preconditionFailure("no definition of \(family.rawValue)")
        }
    }

    /// The planes of a family from the blurred channels.
    private static func wholePlanes(
        of family: FeatureFamily, _ mask: ReferencePlane, channels: (_ sigma: Double) -> [ReferencePlane]
    ) -> [Double] {
        func mean(_ sigma: Double) -> ReferencePlane {
            let blurred = channels(sigma)
            return ReferencePlane(width: mask.width, height: mask.height) { row, column in
                blurred.reduce(0) { $0 + $1.nearest(row, column) } / Double(blurred.count)
            }
        }
        switch family {
        case .ring: return [(1.0, 4.0), (2, 8), (4, 16)].flatMap { mean($0).ring(radius: $1) }
        case .line: return [(1.0, 1.5), (2, 3)].flatMap { mean($0).lines(step: $1, mask) }
        case .colour: return [0.5, 2, 8].flatMap { ReferencePlane.colours(channels($0)) }
        case .differenceOfGaussians:
            return [(0.5, 4.0), (1, 8), (2, 16), (4, 16)].flatMap { narrow, wide in
                zip(mean(narrow).values, mean(wide).values).map { $0 - $1 }
            }
        case .structureTensor:
            return [1.0, 2, 4].flatMap { sigma in
                let (y, x) = (mean(sigma).gradient(axis: 0), mean(sigma).gradient(axis: 1))
                let products = [y * y, y * x, x * x].map { ($0 * mask).normalised(mask, sigma: max(1, sigma)) }
                return ReferencePlane.eigenvalues(products[0], products[1], products[2])
            }
        default: preconditionFailure("no definition of \(family.rawValue)")
        }
    }

    private static func plane(of image: PixelBuffer, channel: Int) -> ReferencePlane {
        ReferencePlane(width: image.width, height: image.height) { row, column in
            let value = image.value(at: (row * image.width + column) * image.channels + channel)
            return image.sampleType.isFloat ? value : max(value / image.sampleType.maximum, -1)
        }
    }
}

/// One plane of doubles.
struct ReferencePlane {
    let width: Int
    let height: Int
    var values: [Double]

    init(width: Int, height: Int, _ value: (_ row: Int, _ column: Int) -> Double) {
        self.width = width
        self.height = height
        values = (0..<height).flatMap { row in (0..<width).map { value(row, $0) } }
    }

    /// The value at a pixel; outside, that of the nearest pixel.
    func nearest(_ row: Int, _ column: Int) -> Double {
        values[min(max(row, 0), height - 1) * width + min(max(column, 0), width - 1)]
    }

    func blurred(sigma: Double) -> ReferencePlane {
        let radius = Int(4 * sigma + 0.5)
        let weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
        let sum = weights.reduce(0, +)
        let vertical = ReferencePlane(width: width, height: height) { row, column in
            zip(-radius...radius, weights).reduce(0) { $0 + $1.1 / sum * nearest(row + $1.0, column) }
        }
        return ReferencePlane(width: width, height: height) { row, column in
            zip(-radius...radius, weights).reduce(0) { $0 + $1.1 / sum * vertical.nearest(row, column + $1.0) }
        }
    }

    /// The normalised blur of a plane that is 0 where the mask is; where no pixel in reach has data, 0, or, of a blur that reaches fewer
    /// than two pixels, that of σ 0.5.
    func normalised(_ mask: ReferencePlane, sigma: Double) -> ReferencePlane {
        if !mask.values.contains(0) { return blurred(sigma: sigma) }
        let (sums, weights) = (blurred(sigma: sigma), mask.blurred(sigma: sigma))
        let fill = Int(4 * sigma + 0.5) < 2 ? normalised(mask, sigma: 0.5) : nil
        return ReferencePlane(width: width, height: height) { row, column in
            let weight = weights.nearest(row, column)
            return weight > 0 ? sums.nearest(row, column) / weight : fill?.nearest(row, column) ?? 0
        }
    }

    func sobel() -> ReferencePlane {
        let smooth = [1.0, 2, 1]
        return ReferencePlane(width: width, height: height) { row, column in
            var (x, y) = (0.0, 0.0)
            for offset in -1...1 {
                let weight = smooth[offset + 1] / 4
                x += weight * (nearest(row + offset, column + 1) - nearest(row + offset, column - 1))
                y += weight * (nearest(row + 1, column + offset) - nearest(row - 1, column + offset))
            }
            return (x * x + y * y).squareRoot() / 2.squareRoot()
        }
    }

    /// `numpy.gradient` along the rows' axis (0) or the columns' (1); of a single pixel, 0.
    func gradient(axis: Int) -> ReferencePlane {
        let length = axis == 0 ? height : width
        return ReferencePlane(width: width, height: height) { row, column in
            let position = axis == 0 ? row : column
            let before = max(position - 1, 0)
            let after = min(position + 1, length - 1)
            guard after > before else { return 0 }
            let low = axis == 0 ? nearest(before, column) : nearest(row, before)
            let high = axis == 0 ? nearest(after, column) : nearest(row, after)
            return (high - low) / Double(after - before)
        }
    }

    /// The eigenvalues of the Hessian.
    func hessianEigenvalues() -> [Double] {
        Self.eigenvalues(
            gradient(axis: 0).gradient(axis: 0), gradient(axis: 0).gradient(axis: 1), gradient(axis: 1).gradient(axis: 1))
    }

    /// The larger eigenvalues of the matrices [[rows, mixed], [mixed, columns]], then the smaller ones.
    static func eigenvalues(_ rows: ReferencePlane, _ mixed: ReferencePlane, _ columns: ReferencePlane) -> [Double] {
        let middle = zip(rows.values, columns.values).map { ($0 + $1) / 2 }
        let spread = rows.values.indices.map { index in
            let half = (rows.values[index] - columns.values[index]) / 2
            return (mixed.values[index] * mixed.values[index] + half * half).squareRoot()
        }
        return zip(middle, spread).map { $0 + $1 } + zip(middle, spread).map { $0 - $1 }
    }

    /// The least and largest of eight values on a circle, the largest lesser and the least larger of opposite ones, minus the middle.
    func ring(radius: Double) -> [Double] {
        var planes = [[Double]](repeating: [], count: 4)
        for row in 0..<height {
            for column in 0..<width {
                let around = (0..<8).map { index in
                    let angle = Double(index) * .pi / 4
                    let rows = Int((radius * sin(angle)).rounded(.toNearestOrEven))
                    return nearest(row + rows, column + Int((radius * cos(angle)).rounded(.toNearestOrEven)))
                }
                let pairs = (0..<4).map { (low: min(around[$0], around[$0 + 4]), high: max(around[$0], around[$0 + 4])) }
                let (low, high) = (pairs.map { $0.low }, pairs.map { $0.high })
                let middle = nearest(row, column)
                for (plane, value) in [around.min(), around.max(), low.max(), high.min()].enumerated() {
                    planes[plane].append((value ?? 0) - middle)
                }
            }
        }
        return planes.flatMap(\.self)
    }

    /// The largest and the least mean, over eight directions, of the second derivative across a line of seven points with data.
    func lines(step: Double, _ mask: ReferencePlane) -> [Double] {
        let (rows, columns) = (gradient(axis: 0).gradient(axis: 0), gradient(axis: 1).gradient(axis: 1))
        let mixed = gradient(axis: 0).gradient(axis: 1)
        let means = (0..<8).map { index in
            let angle = Double(index) * .pi / 8
            let across = ReferencePlane(width: width, height: height) { row, column in
                let alongRows = cos(angle) * cos(angle) * rows.nearest(row, column)
                let alongColumns = sin(angle) * sin(angle) * columns.nearest(row, column)
                let value = alongRows + alongColumns - sin(2 * angle) * mixed.nearest(row, column)
                return value * mask.nearest(row, column)
            }
            return ReferencePlane(width: width, height: height) { row, column in
                var (sum, count) = (0.0, 0.0)
                for point in -3...3 {
                    let along = Double(point) * step
                    let place = (
                        row + Int((along * sin(angle)).rounded(.toNearestOrEven)),
                        column + Int((along * cos(angle)).rounded(.toNearestOrEven))
                    )
                    sum += across.nearest(place.0, place.1)
                    count += mask.nearest(place.0, place.1)
                }
                return sum / max(count, 1)
            }
        }
        let ofPixels = values.indices.map { pixel in means.map { $0.values[pixel] } }
        return ofPixels.map { $0.max() ?? 0 } + ofPixels.map { $0.min() ?? 0 }
    }

    /// Contrasts, saturation, value, and shares of red and green.
    static func colours(_ channels: [ReferencePlane]) -> [Double] {
        let (red, green, blue) = (channels[0].values, channels[1].values, channels[2].values)
        let pixels = red.indices.map { (red: red[$0], green: green[$0], blue: blue[$0]) }
        let most = pixels.map { max($0.red, $0.green, $0.blue) }
        let least = pixels.map { min($0.red, $0.green, $0.blue) }
        let totals = pixels.map { max($0.red + $0.green + $0.blue, 0) + 0.001 }
        let contrasts = pixels.map { $0.red - $0.green } + pixels.map { ($0.red + $0.green) / 2 - $0.blue }
        let saturation = zip(most, least).map { ($0 - $1) / (max($0, 0) + 0.001) }
        return contrasts + saturation + most + zip(red, totals).map { $0 / $1 } + zip(green, totals).map { $0 / $1 }
    }

    static func * (left: ReferencePlane, right: ReferencePlane) -> ReferencePlane {
        ReferencePlane(width: left.width, height: left.height) { left.nearest($0, $1) * right.nearest($0, $1) }
    }
}
