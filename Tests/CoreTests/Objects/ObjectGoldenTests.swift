@testable import Imaging
@testable import Objects
import Testing

/// Measurements against those of scikit-image 0.26 (`regionprops`, 8-connectivity). The image's pixel *i* is 37 · *i* modulo 251.
struct ObjectGoldenTests {
    private static let picture = [
        "1.............11111111..........111.....",
        "1...............111111111.......111.....",
        "...1.............1111111111.....111.....",
        ".................11111111111............",
        ".................11111111111............",
        ".....................1111...............",
        "1.....................111...............",
        "11....................11111............1",
        "1111...................1111...........11",
        "11111..................1111..11111...111",
        "111111.................111...11111...111",
        "111111.........................111...111",
        "1111.1..........................11...111",
        "111..11.........................1...1111",
    ]

    /// Area, centroid (x, y), perimeter, major and minor axis, eccentricity, orientation, solidity, equivalent diameter, mean and deviation
    /// of the intensity; in the order of first pixels.
    private static let expected: [[Double]] = [
        [
            2, 0, 0.5, 0, 2, 0,
            1, 0, 1, 1.5957691216057308, 112.5, 112.5,
        ],
        [
            72, 21.75, 3.8472222222222223, 41.349242404917504, 15.113229292605167, 7.873666321148961,
            0.8535698481520935, 0.8686951220612558, 0.7578947368421053, 9.574614729634384, 129.51388888888889, 68.9204438818885,
        ],
        [
            9, 33, 1, 8, 3.265986323710904, 3.265986323710904,
            0, -0.7853981633974483, 1, 3.385137501286538, 163.11111111111111, 63.8095159125005,
        ],
        [
            1, 3, 2, 0, 0, 0,
            0, -0.7853981633974483, 1, 1.1283791670955126, 59, 0,
        ],
        [
            34, 2.1176470588235294, 10.235294117647058, 23.899494936611667, 8.507413059750043, 6.052627830424717,
            0.7027332915503834, 0.6753076426495985, 0.8717948717948718, 6.579524642479541, 114.91176470588235, 65.92213216098611,
        ],
        [
            19, 38, 10.578947368421053, 16.035533905932738, 7.511615957989742, 3.3876101765085216,
            0.8925326013934248, -0.21241608145967128, 0.9047619047619048, 4.918490759365935, 126.94736842105263,
            64.37020697268552,
        ],
        [
            16, 31.4375, 10.3125, 12.621320343559642, 5.979519822469341, 3.9522579233516897,
            0.7504160519090824, 0.8980995888084788, 0.8888888888888888, 4.51351666838205, 142.0625, 46.911444166109405,
        ],
    ]

    @Test(arguments: [3, 64])
    func `measurements are those of scikit-image`(tileSide: Int) throws {
        let (width, height) = (Self.picture[0].count, Self.picture.count)
        let labels = Self.picture.flatMap { $0.utf8.map { $0 == UInt8(ascii: "1") ? UInt8(1) : 0 } }
        let values = labels.indices.map { UInt8($0 * 37 % 251) }
        func buffer(_ bytes: [UInt8]) -> PixelBuffer {
            PixelBuffer(width: width, height: height, channels: 1, sampleType: .uint8, bytes: bytes)
        }
        let found = try TiledObjects(buffer(labels), tileSide: tileSide, ObjectRules(classes: [1]), image: buffer(values)).objects
        try #require(found.count == Self.expected.count)
        for (object, expected) in zip(found, Self.expected) {
            let shape = object.shape
            let moments = try #require(object.sums.values[0].moments)
            let measured = [
                Double(shape.area), shape.centroidX, shape.centroidY, shape.perimeter, shape.majorAxis, shape.minorAxis,
                shape.eccentricity, shape.orientation, shape.solidity, shape.equivalentDiameter, moments.mean, moments.deviation,
            ]
            for (one, other) in zip(measured, expected) {
                #expect((one - other).magnitude <= 1e-6 * max(1, other.magnitude), "object at \(object.sums.first): \(measured)")
            }
        }
    }
}
