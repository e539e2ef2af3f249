internal import HTTPServing
internal import Foundation
@testable import Protocol
internal import Testing

@testable import Worker

@Suite struct AnnouncementTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("coppice-announce-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path) } }

    @Test func `an announcement says where the worker is, and is gone when withdrawn`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let announcement = try Announcement(folder: folder.path)
        try announcement.publish(url: "http://node:7", slots: 3)
        let name = try #require(names.first)
        #expect(try names.count == 1)
        let read = try WireJSON.decode(
            WorkerAnnouncement.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
        try read.check()
        #expect(read.url == "http://node:7" && read.slots == 3 && read.fileName == name)
        announcement.withdraw()
        #expect(try names == [])
    }

    @Test func `two workers in one folder do not touch each other's files`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let announcements = [try Announcement(folder: folder.path), try Announcement(folder: folder.path)]
        for announcement in announcements { try announcement.publish(url: "http://node:7", slots: 1) }
        announcements[0].withdraw()
        #expect(try names.count == 1)
    }

    @Test func `a folder that is none, or cannot be written to, is an I/O error`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(throws: StartError.self) { try Announcement(folder: folder.appendingPathComponent("none").path) }
        let announcement = try Announcement(folder: folder.path)
        try FileManager.default.removeItem(at: folder)
        let error = #expect(throws: StartError.self) { try announcement.publish(url: "http://node:7", slots: 1) }
        #expect(error?.code == .inputOutput)
    }

    @Test(arguments: [("0.0.0.0", "node7"), ("::", "node7"), ("10.0.0.7", "10.0.0.7"), ("127.0.0.1", "127.0.0.1")])
    func `an address that stands for all of the machine's is announced by the machine's name`(host: String, reached: String) {
        #expect(ListenAddress(host: host, port: 0).hostForOthers(on: "node7") == reached)
    }
}
