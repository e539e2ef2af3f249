import Foundation
@testable import Protocol
import Testing

@testable import Coordinator

@Suite struct RosterSourceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func urls(_ reading: RosterReading) -> [String] { reading.workers.map(\.url.text) }

    // MARK: A file

    @Test func `a file is read again, and a malformed line is a complaint that names it`() throws {
        let file = WorkersFile(path: try folder.write("# ours\n\n http://a:1 \n", to: "workers"))
        #expect(try urls(file.read()) == ["http://a:1"])
        _ = try folder.write("http://a:1\nhttp://\u{1B}[31m\nhttp://b:2\n", to: "workers")
        let reading = try file.read()
        #expect(urls(reading) == ["http://a:1", "http://b:2"])
        #expect(
            reading.complaints == [
                "\(file.name), line 2: expected a URL like http://10.0.0.7:8080, found \"http://·[31m\""
            ])
    }

    @Test func `half a line at the end does not count until it has stayed`() throws {
        let file = WorkersFile(path: try folder.write("http://a:1\n", to: "workers"))
        #expect(try urls(file.read()) == ["http://a:1"])
        _ = try folder.write("http://a:1\nhttp://b:2", to: "workers")
        #expect(try urls(file.read()) == ["http://a:1"])
        _ = try folder.write("http://a:1\nhttp://b:22", to: "workers")
        #expect(try urls(file.read()) == ["http://a:1"])
        #expect(try urls(file.read()) == ["http://a:1", "http://b:22"])
    }

    @Test func `a file that is gone, a folder or too large cannot be read`() throws {
        for path in [folder("none"), folder.path] {
            #expect(throws: RosterError.self) { try WorkersFile(path: path).read() }
        }
        let large = try folder.write(String(repeating: "#", count: WorkersFile.bytesMax + 1), to: "large")
        #expect(throws: RosterError(description: "\(large): cannot be read as a list of worker URLs: it is larger than 1 MiB")) {
            try WorkersFile(path: large).read()
        }
    }

    // MARK: A name

    private func named(_ text: String, _ addresses: [String]) throws -> NamedWorkers {
        let workers = NamedWorkers(text, resolve: { _ in addresses })
        return try #require(workers)
    }

    @Test func `every address of a name is a worker, sorted, IPv4 before IPv6`() throws {
        let both = try named("https://w:7", ["10.0.0.2", "fe80::1%eth0", "10.0.0.1", "10.0.0.2"])
        #expect(try urls(both.read()) == ["https://10.0.0.1:7", "https://10.0.0.2:7"])
        let sixth = try named("w:7", ["fd00::2", "fd00::1"])
        #expect(try urls(sixth.read()) == ["http://[fd00::1]:7", "http://[fd00::2]:7"])
        let nobody = try named("w:7", [])
        #expect(try nobody.read() == RosterReading(complaints: ["w: the name has no address at the moment"]))
    }

    @Test func `this machine's own name leads to it`() throws {
        let local = try #require(NamedWorkers("localhost:7"))
        #expect(try urls(local.read()).contains { ["http://127.0.0.1:7", "http://[::1]:7"].contains($0) })
    }

    @Test(arguments: ["", "w", "w:", "w:0", "w:65536", ":7", "w:7/x", "me@w:7", "a b:7", "ftp://w:7", "w:7:8"])
    func `what is no name and port is refused`(text: String) { #expect(NamedWorkers(text) == nil) }

    // MARK: A folder

    private func announce(_ name: String, _ url: String, instance: String) throws {
        let document = try WireJSON.encode(WorkerAnnouncement(url: url, instance: instance, slots: 2))
        _ = try folder.write(String(decoding: document, as: UTF8.self), to: name)
    }

    @Test func `announcements are found, changed and missed`() throws {
        let rendezvous = RendezvousFolder(path: folder.path, isTLSExpected: false)
        #expect(try rendezvous.read() == RosterReading())
        try announce("worker-a.json", "http://a:1", instance: "a")
        try announce(".worker-b.json.partial", "http://b:1", instance: "b")
        #expect(try urls(rendezvous.read()) == ["http://a:1"])
        try announce("worker-a.json", "http://a:22", instance: "a2")
        #expect(try rendezvous.read().workers.map(\.instance) == ["a2"])
        try FileManager.default.removeItem(atPath: folder("worker-a.json"))
        #expect(try rendezvous.read() == RosterReading())
    }

    @Test func `what is no announcement is left out with one complaint each`() throws {
        try announce("good.json", "http://good:1", instance: "good")
        try announce("url.json", "http://me:secret@a:1", instance: "url")
        try announce("name.json", "http://a:1", instance: "../x")
        _ = try folder.write("{\"format\":\"coppice-wor", to: "half.json")
        _ = try folder.write(
            "{\"format\":\"x\",\"version\":1,\"url\":\"http://a:1\",\"instance\":\"a\",\"slots\":1}", to: "other.json")
        _ = try folder.write(String(repeating: "[", count: 4000), to: "deep.json")
        _ = try folder.write(String(repeating: " ", count: WorkerAnnouncement.bytesMax + 1), to: "large.json")
        try FileManager.default.createDirectory(atPath: folder("folder.json"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder("link.json"), withDestinationPath: folder("good.json"))
        #expect(mkfifo(folder("pipe.json"), 0o600) == 0)
        let rendezvous = RendezvousFolder(path: folder.path, isTLSExpected: false)
        let reading = try rendezvous.read()
        #expect(urls(reading) == ["http://good:1"])
        let names = ["deep", "folder", "half", "large", "link", "name", "other", "pipe", "url"]
        #expect(reading.complaints.count == names.count, "\(reading.complaints)")
        for (name, complaint) in zip(names, reading.complaints) {
            #expect(complaint.hasPrefix("\(folder("\(name).json")): left out: "))
            #expect(complaint.utf8.allSatisfy { $0 >= 32 } && complaint.count < 500)
        }
        #expect(try rendezvous.read() == reading)
    }

    @Test func `where TLS is expected, plain http to another machine is left out`() throws {
        try announce("a.json", "http://node:1", instance: "a")
        try announce("b.json", "https://node:2", instance: "b")
        try announce("c.json", "http://127.0.0.1:3", instance: "c")
        let reading = try RendezvousFolder(path: folder.path, isTLSExpected: true).read()
        #expect(Set(urls(reading)) == ["https://node:2", "http://127.0.0.1:3"])
        #expect(reading.complaints.count == 1)
    }

    @Test func `a folder that is gone cannot be read`() {
        #expect(throws: RosterError.self) { try RendezvousFolder(path: folder("none"), isTLSExpected: false).read() }
    }
}
