@testable import Formats
import Foundation
@testable import HTTPClient
@testable import Imaging
@testable import Primitives
internal import Synchronization
import Testing

/// Images behind a server on loopback, which does what each test says.
@Suite struct RemoteImageTests {
    private let folder: TemporaryFolder
    private let content: [UInt8]
    private let image: PixelBuffer

    init() throws {
        folder = try TemporaryFolder()
        // Does not pack: the file is larger than some blocks.
        var random = SplitMix64(seed: 7)
        let bytes = (0..<420_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        image = PixelBuffer(
            width: 700, height: 600, channels: 1, sampleType: .uint8,
            bytes: bytes)
        let writer = try TIFFPyramidWriter(path: folder("image.tif"), width: 700, height: 600, kind: .grey8, overviews: .mean)
        let whole = PixelRect(x: 0, y: 0, width: 700, height: 600)
        try image.bytes.withUnsafeBytes { try writer.write(whole, from: $0) }
        try writer.finish()
        content = Array(try Data(contentsOf: URL(fileURLWithPath: folder("image.tif"))))
    }

    /// A server of the image; `change` may answer a request itself, by its number.
    private func server(
        _ change: @escaping @Sendable (_ number: Int, TestServer.Connection) -> Bool = { _, _ in false }
    ) -> (TestServer, @Sendable () -> [Range<Int>]) {
        let content = content
        let asked = Lock<[Range<Int>]>([])
        let log = Log(asked)
        let server = TestServer { connection in
            while let (head, _) = connection.readRequest() {
                let range = Self.range(in: head, of: content.count)
                let number = log.add(range ?? 0..<content.count)
                if change(number, connection) { continue }
                guard let range else {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nall")
                    return
                }
                connection.write(
                    "HTTP/1.1 206 Part\r\nETag: \"v1\"\r\nContent-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(content.count)\r\n"
                        + "Content-Length: \(range.count)\r\n\r\n")
                connection.write(Array(content[range]))
            }
        }
        return (server, { log.ranges })
    }

    private final class Log: Sendable {
        private let asked: Lock<[Range<Int>]>
        init(_ asked: consuming Lock<[Range<Int>]>) { self.asked = asked }
        var ranges: [Range<Int>] { asked.withLock { $0 } }
        func add(_ range: Range<Int>) -> Int {
            asked.withLock { asked in
                asked.append(range)
                return asked.count
            }
        }
    }

    private static func range(in head: String, of count: Int) -> Range<Int>? {
        guard let line = head.lowercased().split(separator: "\r\n").first(where: { $0.hasPrefix("range: bytes=") }) else {
            return nil
        }
        let bounds = line.dropFirst(13).split(separator: "-").compactMap { Int($0) }
        guard bounds.count == 2, bounds[0] < count else { return nil }
        return bounds[0]..<min(count, bounds[1] + 1)
    }

    private func open(
        _ server: TestServer, cache: RangeCache? = nil, _ cancellation: ReadCancellation = ReadCancellation()
    ) throws -> any WindowReader {
        guard
            case .windows(let reader) = try RemoteImage.open(
                "\(server.url)/image.tif", .first, limits: ImageLimits(), cache: cache, cancellation
            )
            .source
        else { throw ImageError.io(path: "", reason: "not read by windows") }
        return reader
    }

    @Test func `windows are those of the file, and a part is read once`() throws {
        let (server, asked) = server()
        defer { server.stop() }
        try FileManager.default.createDirectory(atPath: folder("cache"), withIntermediateDirectories: true)
        let cache = RangeCache(folder: folder("cache"))
        for round in 0..<2 {
            let reader = try open(server, cache: cache)
            let before = asked().count
            for window in [PixelRect(x: 10, y: 20, width: 600, height: 500), PixelRect(x: 0, y: 599, width: 700, height: 1)] {
                #expect(try reader.read(window) == image.cropped(to: window))
            }
            if round == 1 { #expect(asked().count == before, "what is in the cache was asked for") }
        }
        let bytes = asked().reduce(0) { $0 + $1.count }
        #expect(bytes < content.count * 13 / 10 + 3 * 65_536, "\(bytes) of \(content.count)")
    }

    @Test func `failures that pass are tried again`() throws {
        let (server, _) = server { number, connection in
            if number == 1 { connection.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n") }
            return number == 1
        }
        defer { server.stop() }
        let window = PixelRect(x: 3, y: 5, width: 9, height: 7)
        #expect(try open(server).read(window) == image.cropped(to: window))
    }

    @Test func `a read that is called off is not tried again, and the next flag calls nothing off`() throws {
        let flag = CancellationFlag()
        let (server, asked) = server { number, connection in
            guard number == 2 else { return false }
            connection.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            flag.raise()
            return true
        }
        defer { server.stop() }
        let cancellation = ReadCancellation()
        cancellation.flag = flag
        let window = PixelRect(x: 3, y: 400, width: 9, height: 7)
        let error = #expect(throws: ImageError.self) { _ = try open(server, cancellation).read(window) }
        #expect(error?.description.contains("called off") == true, "\(error?.description ?? "")")
        #expect(asked().count == 2)
        cancellation.flag = CancellationFlag()
        #expect(try open(server, cancellation).read(window) == image.cropped(to: window))
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nall", "Range"),
        ("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", "redirect"),
        ("HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n", "404"),
        ("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", "credentials"),
        ("HTTP/1.1 206 Part\r\nContent-Range: bytes 0-3/4\r\nContent-Length: 4\r\n\r\nabcd", "expected a TIFF"),
    ])
    func `other answers are errors of one line`(answer: String, words: String) throws {
        let server = TestServer { connection in
            while connection.readRequest() != nil { connection.write(answer) }
        }
        defer { server.stop() }
        let error = #expect(throws: ImageError.self) { _ = try open(server) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `an endless answer is cut off, and an object that changes is an error`() throws {
        let endless = TestServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write("HTTP/1.1 206 Part\r\nContent-Range: bytes 0-65535/9999999\r\n\r\n")
            while connection.write(String(repeating: "x", count: 65_536)) {}
        }
        defer { endless.stop() }
        #expect(throws: ImageError.self) { _ = try open(endless) }
        let content = content
        let (changing, _) = server { number, connection in
            guard number > 1 else { return false }
            connection.write(
                "HTTP/1.1 206 Part\r\nETag: \"v2\"\r\nContent-Range: bytes 0-0/\(content.count)\r\nContent-Length: 1\r\n\r\nx")
            return true
        }
        defer { changing.stop() }
        let error = #expect(throws: ImageError.self) {
            _ = try open(changing).read(PixelRect(x: 0, y: 0, width: 700, height: 600))
        }
        #expect(error?.description.contains("it has changed") == true, "\(error?.description ?? "")")
    }

    @Test func `an S3 address follows from the environment`() throws {
        let own = try RemoteURL(
            "s3://slides/a/b.tif", environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:9/", "AWS_REGION": "eu-west-1"])
        #expect(own.address == "http://127.0.0.1:9/slides/a/b.tif" && own.credentials == nil)
        let signed = try RemoteURL(
            "s3://slides/a.tif",
            environment: ["AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"])
        #expect(signed.address == "https://s3.us-east-1.amazonaws.com/slides/a.tif")
        #expect(signed.credentials == .init(region: "us-east-1", key: "k", secret: "s", session: "t"))
        #expect(signed.appending("0/c/1 2").address == "https://s3.us-east-1.amazonaws.com/slides/a.tif/0/c/1%202")
        for text in ["s3://slides", "s3://slides/a?x", "ftp://a/b", "http://u@h/a"] {
            #expect(throws: ReferenceError.self, "\(text)") { try RemoteURL(text, environment: [:]) }
        }
        #expect(throws: ReferenceError.self) { try RemoteURL("s3://b/k", environment: ["AWS_ENDPOINT_URL": "file:///x"]) }
    }
}
