internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import ImageTiles
internal import Imaging
internal import NIOCore
internal import Projects

/// A part of a plane on the wire: a header of eight bytes, samples, and a mask if some pixels have no data.
///
///     u16 width   u16 height   u8 channels   u8 bytes a sample   u8 1 for floats   u8 1 for a mask     little-endian
enum TileHeader {
    static func bytes(width: Int, height: Int, channels: Int = 1, bytesPerSample: Int = 1) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt16(width), endianness: .little)
        buffer.writeInteger(UInt16(height), endianness: .little)
        buffer.writeBytes([UInt8(channels), UInt8(bytesPerSample), 0, 0])
        return buffer
    }
}

extension AnnotatorResponder {
    /// Side of the tiles, in pixels.
    static let tileSide = 256
    /// Of what never changes under its address.
    private static let forever = "private, max-age=31536000, immutable"

    /// `GET /api/v1/images/{image}`
    func describe(image id: String) async throws -> Answer { .document(.ok, try await project.images.describe(id)) }

    /// `GET /api/v1/images/{image}/match?path=`: whether a file can take the image's place.
    func match(image id: String, _ request: Request) async throws -> Answer {
        .document(.ok, try await project.match(try Query(request.uri.query).text("path"), for: id))
    }

    /// `GET /api/v1/images/{image}/tiles/{level}/{column}/{row}?z=&t=&k=`
    func tile(_ route: Route, _ request: Request) async throws -> Answer {
        let query = try Query(request.uri.query)
        let (level, column, row) = (
            try Query.number(route[1], "level"), try Query.number(route[2], "column"), try Query.number(route[3], "row")
        )
        let plane = try query.plane()
        let image = try await project.images.tiled(route[0])
        if let key = query["k"], key != image.contentKey { throw TileError.changed(path: image.path) }
        let tile = try await project.images.service.tile(
            of: image, level: level, column: column, row: row, z: plane.z, t: plane.t)
        var answer = Answer.bytes(.ok, tile.bytes, type: "application/octet-stream")
        // Without the key, other pixels may come under the same address.
        answer.fields[.cacheControl] = query["k"] == nil ? "no-store" : Self.forever
        return answer
    }

    /// `GET /api/v1/images/{image}/histogram?z=&t=`
    func histogram(of id: String, _ request: Request) async throws -> Answer {
        let plane = try Query(request.uri.query).plane()
        return .document(.ok, try await project.images.histogram(of: id, z: plane.z, t: plane.t))
    }

    /// `GET /api/v1/images/{image}/values?x=&y=&z=&t=`
    func values(of id: String, _ request: Request) async throws -> Answer {
        struct Values: Encodable { var values: [Double?]? }
        let query = try Query(request.uri.query)
        let plane = try query.plane()
        guard let x = try query.number("x"), let y = try query.number("y") else {
            throw Refusal.badRequest("x and y: expected the column and the row of a pixel")
        }
        return .document(.ok, Values(values: try await project.images.values(of: id, x: x, y: y, z: plane.z, t: plane.t)))
    }

    /// `GET /api/v1/images/{image}/labels/{column}/{row}?z=&t=&s=`
    func labels(_ route: Route, _ request: Request) async throws -> Answer {
        let query = try Query(request.uri.query)
        let (column, row) = (try Query.number(route[1], "column"), try Query.number(route[2], "row"))
        let plane = try query.plane()
        let image = try project.images.entry(route[0])
        let (x, y) = (column * Self.tileSide, row * Self.tileSide)
        guard x < image.width, y < image.height, plane.z < max(1, image.depth), plane.t < max(1, image.times) else {
            throw TileError.outside(
                "expected a tile of an image of \(image.width)×\(image.height) pixels, found column \(column) and row \(row)")
        }
        let rect = PixelRect(
            x: x, y: y, width: min(Self.tileSide, image.width - x), height: min(Self.tileSide, image.height - y))
        let masks = project.masks
        let map = try await offloaded {
            try masks.labels(in: rect, of: image.id, z: plane.z, t: plane.t, width: image.width, height: image.height)
        }
        var bytes = TileHeader.bytes(width: rect.width, height: rect.height)
        bytes.writeBytes(map.labels.map { UInt8(truncatingIfNeeded: $0) })
        return Answer(status: .ok, fields: [.contentType: "application/octet-stream"], body: .whole(bytes))
    }
}
