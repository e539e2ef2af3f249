/// Where an image lies on the Earth, as GeoTIFF says it: the tags as they are stored, and what follows from them.
///
/// In the raster space of GeoTIFF, whole numbers are corners of pixels, or, where key 1025 says so, their centres. Values of bands that
/// GDAL keeps beside (`GDAL_METADATA`: statistics, offsets, scales) are of the image's own values and have no meaning in maps made of it.
package struct GeoReference: Codable, Hashable, Sendable {
    /// ModelPixelScale (33550): the sides of a pixel along x, y and z. Coordinates fall from row to row.
    package var pixelScale: [Double]
    /// ModelTiepoint (33922): six numbers a point, of which three are in the raster and three in the world.
    package var tiepoints: [Double]
    /// ModelTransformation (34264): 4 × 4, row by row, from the raster to the world.
    package var transformation: [Double]
    /// GeoKeyDirectory (34735): the coordinate reference system.
    package var keys: [UInt16]
    /// GeoDoubleParams (34736), which keys refer to.
    package var doubles: [Double]
    /// GeoAsciiParams (34737), which keys refer to.
    package var text: String

    package init(
        pixelScale: [Double] = [], tiepoints: [Double] = [], transformation: [Double] = [], keys: [UInt16] = [],
        doubles: [Double] = [], text: String = ""
    ) {
        (self.pixelScale, self.tiepoints, self.transformation) = (pixelScale, tiepoints, transformation)
        (self.keys, self.doubles, self.text) = (keys, doubles, text)
    }

    /// Whether it says where pixels lie: tags of other sizes, or with numbers that are not finite, say nothing.
    package var isValid: Bool {
        let sizes =
            [0, 3].contains(pixelScale.count) && tiepoints.count.isMultiple(of: 6) && [0, 16].contains(transformation.count)
        let hasPlace = transformation.count == 16 || !tiepoints.isEmpty
        return sizes && hasPlace && (pixelScale + tiepoints + transformation + doubles).allSatisfy(\.isFinite)
    }

    /// From corners of pixels to coordinates.
    ///
    ///     X = xx · x + xy · y + x0        Y = yx · x + yy · y + y0
    package struct Affine: Hashable, Sendable {
        package var xx, xy, x0, yx, yy, y0: Double

        /// Whether rows and columns lie along the axes of coordinates.
        package var isUpright: Bool { xy == 0 && yx == 0 && xx != 0 && yy != 0 }
    }

    /// Nil where several points without a scale say where the image lies.
    package var affine: Affine? {
        // Whole numbers are centres: half a pixel is between them and the corners.
        let half = isPoint ? 0.5 : 0
        if transformation.count == 16 {
            let m = transformation
            return Affine(
                xx: m[0], xy: m[1], x0: m[3] - half * (m[0] + m[1]), yx: m[4], yy: m[5], y0: m[7] - half * (m[4] + m[5]))
        }
        guard pixelScale.count == 3, tiepoints.count == 6, pixelScale[0] != 0, pixelScale[1] != 0 else { return nil }
        let (column, row) = (tiepoints[0] + half, tiepoints[1] + half)
        return Affine(
            xx: pixelScale[0], xy: 0, x0: tiepoints[3] - column * pixelScale[0], yx: 0, yy: -pixelScale[1],
            y0: tiepoints[4] + row * pixelScale[1])
    }

    /// The coordinates along rows and columns, of an image that is not turned. Degrees are no unit of OME-Zarr: those of a geographic
    /// system have none.
    package var axes: (x: AxisSampling, y: AxisSampling)? {
        guard let affine, affine.isUpright,
            let x = AxisSampling(step: affine.xx, origin: affine.x0 + affine.xx / 2, unit: unit),
            let y = AxisSampling(step: affine.yy, origin: affine.y0 + affine.yy / 2, unit: unit)
        else { return nil }
        return (x, y)
    }

    /// The sides of pixels, of an image that may be turned: steps along its rows and columns, which are no axes of coordinates.
    package var sides: (x: AxisSampling, y: AxisSampling)? {
        guard let affine,
            let x = AxisSampling(step: (affine.xx * affine.xx + affine.yx * affine.yx).squareRoot(), unit: unit),
            let y = AxisSampling(step: (affine.xy * affine.xy + affine.yy * affine.yy).squareRoot(), unit: unit)
        else { return nil }
        return (x, y)
    }

    /// Of an image made of this one by scaling, turning or mirroring.
    package func seen(through map: PixelMap) -> GeoReference {
        var seen = self
        let half = isPoint ? 0.5 : 0
        for point in stride(from: 0, to: tiepoints.count - 5, by: 6) {
            let place = map.inverse(x: tiepoints[point] + half, y: tiepoints[point + 1] + half)
            (seen.tiepoints[point], seen.tiepoints[point + 1]) = (place.x - half, place.y - half)
        }
        if pixelScale.count == 3, map.isUpright {
            seen.pixelScale[0] *= map.xx
            seen.pixelScale[1] *= map.yy
        }
        guard let affine, transformation.count == 16 || !map.isUpright else { return seen }
        // A scale and a point cannot say that an image is turned.
        if !map.isUpright { (seen.pixelScale, seen.tiepoints) = ([], []) }
        seen.transformation = transformation.isEmpty ? Self.identity : transformation
        let (xx, xy) = (affine.xx * map.xx + affine.xy * map.yx, affine.xx * map.xy + affine.xy * map.yy)
        let (yx, yy) = (affine.yx * map.xx + affine.yy * map.yx, affine.yx * map.xy + affine.yy * map.yy)
        let x0 = affine.xx * map.x0 + affine.xy * map.y0 + affine.x0
        let y0 = affine.yx * map.x0 + affine.yy * map.y0 + affine.y0
        (seen.transformation[0], seen.transformation[1], seen.transformation[3]) = (xx, xy, x0 + half * (xx + xy))
        (seen.transformation[4], seen.transformation[5], seen.transformation[7]) = (yx, yy, y0 + half * (yx + yy))
        return seen
    }

    private static let identity = (0..<16).map { $0.isMultiple(of: 5) ? 1.0 : 0 }
}

extension GeoReference {
    /// Whether whole numbers of the raster space are centres of pixels: GTRasterTypeGeoKey is RasterPixelIsPoint.
    package var isPoint: Bool { key(1025) == 2 }

    /// Such as `EPSG:32631`; nil where the keys spell the system out.
    package var code: String? {
        guard let code = isGeographic ? key(2048) : key(3072) ?? key(2048), (1024..<32767).contains(code) else { return nil }
        return "EPSG:\(code)"
    }

    /// Whether coordinates are degrees.
    package var isGeographic: Bool { key(1024) == 2 }

    /// OME-Zarr's name of the unit of a projected system; nil where the keys do not say it.
    package var unit: String? {
        guard key(1024) == 1 else { return nil }
        switch key(3076) {
        case 9001: return PhysicalUnit.metre.name
        case 9002: return "foot"
        case .some: return nil
        case nil: return key(3072).map(Self.isInMetres) == true ? PhysicalUnit.metre.name : nil
        }
    }

    /// The value of a key that holds a single number.
    private func key(_ id: UInt16) -> UInt16? {
        for entry in stride(from: 4, to: keys.count - 3, by: 4) where keys[entry] == id && keys[entry + 1] == 0 {
            return keys[entry + 3]
        }
        return nil
    }

    /// Whether EPSG counts a projected system in metres: those that are known without its register, which is most images' (UTM on WGS 84,
    /// WGS 72, NAD 83 and ETRS 89, and the projections of web maps and of Europe).
    private static func isInMetres(_ code: UInt16) -> Bool {
        [
            32601...32660, 32701...32760, 32201...32260, 32301...32360, 26901...26923, 25828...25838, 3034...3035, 3395...3395,
            3857...3857,
        ]
        .contains { $0.contains(code) }
    }
}
